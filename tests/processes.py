"""Real processes and connections on the test's database: at once, or killed in the middle."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.conf import settings
from django.db import connection, connections


def fork(work: Callable[[], object]) -> int:
    """Run `work` in a process of its own, under the runtime role; returns its id.

    The caller's connections are closed first: two processes must not share one.
    """
    connections.close_all()
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SET ROLE {settings.RUNTIME_ROLE}")
        work()
        status = 0
    finally:
        os._exit(status)


def wait(*children: int) -> list[int]:
    """The exit codes of the processes, in their order; a killed one's is negative."""
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


def at_once(acts: list[Callable[[], Any]]) -> list[Any]:
    """What each of `acts` gave, all begun at the same moment, each on its own connection."""
    ready = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"SET ROLE {settings.RUNTIME_ROLE}")
            ready.wait(timeout=60)
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def kill_after(child: int, seconds: float) -> int:
    """kill -9 after a while; the exit code (0 when the process was faster)."""
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    return wait(child)[0]


def eventually(condition: Callable[[], bool], seconds: float = 60) -> bool:
    """Whether `condition` comes true in time; asked again and again, at once when it is."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
