"""Share one server per folder among processes, and end it with the last of them.

`hold` promises that the server of a folder answers when it returns, and goes on answering until
this process ends or calls `release`. It starts the server at most once however many processes
ask at the same time. See `keeper` for how the end is noticed.

Surprises: a forked child keeps its parent's lease until it has ended too. A server that was
started with other options is reused as it is.
"""

import atexit
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

KEEPER = Path(__file__).with_name("keeper.py")
START_SECONDS = 120
STOP_SECONDS = 20
# A released lease that nobody took for this long while the keeper lives has other holders.
OTHERS_HOLD_SECONDS = 0.5
ATTEMPTS = 5
PAUSE = 0.02


class ServerFailed(RuntimeError):
    """The server could not be started; the message ends with the last lines of its log."""


@dataclass(frozen=True, kw_only=True)
class Server:
    """How to run a server in the foreground, and how to end it.

    `stop` lists signals, each with the seconds to wait before the next one. `delete` lists the
    folders to delete after the last holder has left. `uid` and `gid` name another user to run as.
    """

    argv: list[str]
    stop: list[tuple[int, float]] = field(
        default_factory=lambda: [(signal.SIGTERM, 8), (signal.SIGKILL, 2)]
    )
    uid: int | None = None
    gid: int | None = None
    delete: list[str] = field(default_factory=list)


@dataclass
class _Hold:
    descriptor: int
    process: int
    keepers: list[subprocess.Popen]


_holds: dict[Path, _Hold] = {}


def hold(folder: Path, *, prepare: Callable[[], Server], ready: Callable[[], bool]) -> None:
    """Return when `ready` is true for the server of `folder`, which then stays up for us.

    `prepare` is called, by one process at a time, only where no server is running. Raises
    ServerFailed when the server does not come up, and PermissionError when the folder belongs to
    another user.
    """
    held = _holds.get(folder)
    if held is None or held.process != os.getpid():
        held = _holds[folder] = _Hold(_take(folder), os.getpid(), [])
    with _locked(folder / "start.lock"):
        deadline = time.monotonic() + START_SECONDS
        attempts = 0
        while time.monotonic() < deadline:
            if not is_running(folder):
                if attempts == ATTEMPTS:
                    break
                # A former server may need a moment to give up its files: hence more than one try.
                time.sleep(0.2 * attempts)
                attempts += 1
                held.keepers.append(_launch(folder, prepare()))
                _wait(lambda: is_running(folder) or held.keepers[-1].poll() is not None)
            elif ready():
                return
            time.sleep(PAUSE)
    release(folder)
    raise ServerFailed(f"{folder}: the server did not start\n{_log_tail(folder)}")


def release(folder: Path) -> None:
    """Give up this process's lease; wait for the end of a server that nobody else holds."""
    held = _holds.pop(folder, None)
    if held is None or held.process != os.getpid():
        return
    fcntl.flock(held.descriptor, fcntl.LOCK_UN)
    os.close(held.descriptor)
    deadline = time.monotonic() + STOP_SECONDS
    shared_since = time.monotonic()
    while is_running(folder) and time.monotonic() < deadline:
        if not _is_lockable(folder / "lease"):
            shared_since = time.monotonic()
        elif time.monotonic() - shared_since > OTHERS_HOLD_SECONDS:
            return
        time.sleep(PAUSE)
    for keeper in held.keepers:
        try:
            keeper.wait(2)
        except subprocess.TimeoutExpired:
            return


def is_running(folder: Path) -> bool:
    """Whether a keeper serves this folder (its server may not answer yet)."""
    return not _is_lockable(folder / "keeper.lock")


@atexit.register
def _release_all() -> None:
    for folder in list(_holds):
        release(folder)


def _take(folder: Path) -> int:
    """A descriptor that holds the shared lock; waits while a keeper is ending its server."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / "lease", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            # The keeper of a throw-away folder deletes it: then this is the lock of a ghost.
            if os.path.samestat(os.fstat(descriptor), (folder / "lease").stat()):
                return descriptor
        except (BlockingIOError, FileNotFoundError):
            pass
        os.close(descriptor)
        if time.monotonic() > deadline:
            raise ServerFailed(f"{folder}: a former server does not end")
        time.sleep(PAUSE)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _is_lockable(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def _launch(folder: Path, server: Server) -> subprocess.Popen:
    with (folder / "server.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", str(KEEPER), str(folder), json.dumps(asdict(server))],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            # Its own session: Ctrl-C in a terminal must reach the holders, never the server.
            start_new_session=True,
        )


def _wait(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(PAUSE)


def _log_tail(folder: Path, lines: int = 12) -> str:
    try:
        text = (folder / "server.log").read_text(errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])
