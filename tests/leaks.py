"""Where words may lie that nobody should find: the queue, letters, folders, and what these wrap."""

from __future__ import annotations

import base64
import binascii
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import redis

#: As the queue's messages carry their bodies.
BASE64 = re.compile(rb"[A-Za-z0-9+/]{16,}={0,2}")


def unwrapped(data: bytes) -> bytes:
    """The bytes, and what is in them: of an office file its parts."""
    if data[:2] != b"PK":
        return data
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            return data + b"".join(parts.read(name) for name in parts.namelist())
    except zipfile.BadZipFile:
        return data


def queued(client: redis.Redis) -> bytes:
    """Every key and value of a Redis, with what is wrapped in base64 beside it."""
    return b"\n".join(piece for key in client.scan_iter() for piece in _of(client, key))


def _of(client: redis.Redis, key: bytes) -> Iterator[bytes]:
    read = {b"string": client.get, b"list": lambda key: client.lrange(key, 0, -1)}
    read |= {b"hash": client.hgetall, b"set": client.smembers}
    read |= {b"zset": lambda key: client.zrange(key, 0, -1)}
    value = key + repr(read[client.type(key)](key)).encode()
    yield value
    for found in BASE64.findall(value):
        try:
            yield base64.b64decode(found)
        except binascii.Error:
            continue


def kept_in(*folders: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file below the folders, with its path and what is in it."""
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file():
                yield path, str(path).encode() + unwrapped(path.read_bytes())
