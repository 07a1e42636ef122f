"""How large a picture is, by its header. Nothing is ever decoded, so no bomb can go off."""

from __future__ import annotations

import io
from typing import BinaryIO

#: A JPEG whose frame does not come within so many segments is not a photograph.
_MOST_SEGMENTS = 2_000
_NO_FRAMES = (0xC4, 0xC8, 0xCC)


def size_of(source: BinaryIO, code: str) -> tuple[int, int] | None:
    """Width and height in pixels of a picture of kind `code`; None when its header is wrong."""
    source.seek(0)
    measure = {"jpg": _jpeg, "png": _png, "gif": _gif, "webp": _webp}[code]
    try:
        width, height = measure(io.BufferedReader(_Borrowed(source), 4096))
    except (ValueError, IndexError):
        return None
    return (width, height) if width > 0 and height > 0 else None


class _Borrowed(io.RawIOBase):
    """A source that stays open when the buffer around it goes."""

    def __init__(self, source: BinaryIO) -> None:
        super().__init__()
        self._source = source

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._source.seek(offset, whence)

    def readinto(self, buffer: memoryview) -> int:
        piece = self._source.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)


def _take(source: BinaryIO, count: int) -> bytes:
    data = source.read(count)
    if len(data) != count:
        raise ValueError("the header ends too early")
    return data


def _png(source: BinaryIO) -> tuple[int, int]:
    head = _take(source, 24)
    if head[12:16] != b"IHDR":
        raise ValueError("no IHDR")
    return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")


def _gif(source: BinaryIO) -> tuple[int, int]:
    head = _take(source, 10)
    return int.from_bytes(head[6:8], "little"), int.from_bytes(head[8:10], "little")


def _webp(source: BinaryIO) -> tuple[int, int]:
    head = _take(source, 30)
    if head[12:16] == b"VP8X":
        width, height = head[24:27], head[27:30]
        return int.from_bytes(width, "little") + 1, int.from_bytes(height, "little") + 1
    if head[12:16] == b"VP8L" and head[20] == 0x2F:
        bits = int.from_bytes(head[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if head[12:16] == b"VP8 " and head[23:26] == b"\x9d\x01\x2a":
        width, height = head[26:28], head[28:30]
        return int.from_bytes(width, "little") & 0x3FFF, int.from_bytes(height, "little") & 0x3FFF
    raise ValueError("no picture in the container")


def _jpeg(source: BinaryIO) -> tuple[int, int]:
    """From segment to segment by their lengths, up to the frame's header."""
    _take(source, 2)
    for _ in range(_MOST_SEGMENTS):
        if _take(source, 1) != b"\xff":
            raise ValueError("no marker where one must be")
        marker = 0xFF
        while marker == 0xFF:
            marker = _take(source, 1)[0]
        length = int.from_bytes(_take(source, 2), "big")
        if 0xC0 <= marker <= 0xCF and marker not in _NO_FRAMES:
            frame = _take(source, 5)
            return int.from_bytes(frame[3:5], "big"), int.from_bytes(frame[1:3], "big")
        if length < 2 or marker in (0xD9, 0xDA):
            raise ValueError("no frame")
        source.seek(length - 2, io.SEEK_CUR)
    raise ValueError("no frame")
