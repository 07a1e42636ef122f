"""ClamAV, when one is configured: a file is streamed to clamd and its verdict comes back.

`PORTAL_CLAMD` is `tcp://HOST:PORT` or `unix:/PATH`; empty means that there is no scanner.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

CHUNK = 64 * 1024
SECONDS = 30


class ScannerAway(Exception):
    """No scanner answers at the configured address."""


class ScanFailed(Exception):
    """The scanner answered, but not with a verdict; the message is its answer."""


@dataclass(frozen=True)
class Verdict:
    """`signature` names what was found; empty for a clean file."""

    signature: str

    @property
    def is_clean(self) -> bool:
        return not self.signature


def is_configured() -> bool:
    return bool(settings.PORTAL_CLAMD)


def scan(source: BinaryIO) -> Verdict:
    """Stream `source` to clamd (INSTREAM). Raises ScannerAway or ScanFailed."""
    try:
        with _connect(settings.PORTAL_CLAMD) as line:
            line.settimeout(SECONDS)
            answer = _ask(line, source)
    except OSError as error:
        raise ScannerAway(str(error)) from error
    text = answer.rstrip(b"\0\n").decode("utf-8", "replace")
    if text == "stream: OK":
        return Verdict("")
    if text.startswith("stream: ") and text.endswith(" FOUND"):
        return Verdict(text.removeprefix("stream: ").removesuffix(" FOUND")[:100])
    if not text:
        raise ScannerAway("the connection was closed without an answer")
    raise ScanFailed(text[:200])


def _ask(line: socket.socket, source: BinaryIO) -> bytes:
    try:
        line.sendall(b"zINSTREAM\0")
        while piece := source.read(CHUNK):
            line.sendall(len(piece).to_bytes(4, "big") + piece)
        line.sendall(b"\0\0\0\0")
    except (BrokenPipeError, ConnectionResetError):
        # It has heard enough and may have said why: too long, or found already.
        pass
    answer = bytearray()
    while not answer.endswith(b"\0") and len(answer) < 4096 and (piece := line.recv(1024)):
        answer += piece
    return bytes(answer)


def _connect(address: str) -> socket.socket:
    parts = urlsplit(address)
    if parts.scheme == "tcp" and parts.hostname and parts.port:
        return socket.create_connection((parts.hostname, parts.port), timeout=5)
    if parts.scheme == "unix" and parts.path:
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(5)
        try:
            line.connect(parts.path)
        except OSError:
            line.close()
            raise
        return line
    raise ImproperlyConfigured("PORTAL_CLAMD 应写作 tcp://主机:端口 或 unix:/路径。")
