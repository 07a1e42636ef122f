"""Run one server for as long as any process holds its lease.

Started by `lease`, as a plain script and with the standard library only, so that it costs a few
milliseconds and a few megabytes: `keeper.py FOLDER SPEC`, where SPEC is the JSON of `lease.Server`.

Whoever uses the server holds a shared lock on FOLDER/lease. The kernel drops that lock however
its holder ends, kill -9 included, so the keeper only has to ask for the exclusive lock: getting
it means that nobody is left. If the keeper itself is killed, the kernel signals the server.
"""

import ctypes
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

PR_SET_PDEATHSIG = 1


def die_with_parent(signum: int) -> None:
    """Have the kernel send `signum` to this process when its parent dies (Linux; else nothing).

    Meant for `preexec_fn`: it must run after a change of user, which clears the request.
    """
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signum, 0, 0, 0)


def keep(*, folder: str, spec: dict) -> int:
    """Run the server of `spec` until its lease is free; return the server's exit status.

    Returns 75 without starting anything when another keeper already serves this folder.
    """
    alive = os.open(Path(folder, "keeper.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return 75
    lease = os.open(Path(folder, "lease"), os.O_RDWR | os.O_CREAT, 0o600)

    stops = [(int(signum), seconds) for signum, seconds in spec["stop"]]
    other_user = {}
    if spec["uid"] is not None:
        other_user = {"user": spec["uid"], "group": spec["gid"], "extra_groups": []}
    server = subprocess.Popen(
        spec["argv"],
        stdin=subprocess.DEVNULL,
        preexec_fn=lambda: die_with_parent(stops[0][0]),  # noqa: PLW1509  no threads yet
        **other_user,
    )
    ended = threading.Event()
    free = threading.Event()

    def stop_when_free() -> None:
        fcntl.flock(lease, fcntl.LOCK_EX)
        free.set()
        for signum, seconds in stops:
            os.kill(server.pid, signum)
            if ended.wait(seconds):
                return

    for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(signum, lambda *_: os.kill(server.pid, stops[0][0]))
    threading.Thread(target=stop_when_free, daemon=True).start()
    status = server.wait()
    ended.set()
    if free.is_set() and spec["delete"]:
        for leftover in spec["delete"]:
            shutil.rmtree(leftover, ignore_errors=True)
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    # os._exit: the thread may still be waiting for the lock, and there is nothing to tidy up.
    os._exit(keep(folder=sys.argv[1], spec=json.loads(sys.argv[2])))
