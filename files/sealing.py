"""The form in which a file lies on the disk: AES-256-GCM in chunks, read and written piecewise.

    magic (8) | length of key id (1) | key id | id of the file (16) | salt (16) | chunk, chunk, …

Each chunk is up to 64 KiB of plain text and a tag of 16 bytes. A file has a key of its own, drawn
from the named key and the salt (HKDF-SHA256), and all that stands before the first chunk is
authenticated with every chunk. The nonce of a chunk is its number and whether it is the last.
So a flipped byte, chunks in another order, a missing end and the bytes of another file under this
file's name are all noticed; a missing end already when the file is opened.
"""

from __future__ import annotations

import io
import secrets
import uuid
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from files.keys import KEY_BYTES, KeyRing

MAGIC = b"PRTLFIL1"
CHUNK = 64 * 1024
TAG = 16
SALT = 16


class Unreadable(Exception):
    """What is sealed cannot be read; the message says why, for the person who asked for it."""


class Damaged(Unreadable):
    """Not what was written: bytes are missing, changed, or those of another file or row."""

    def __init__(self, what: str = "文件") -> None:
        super().__init__(f"{what}已损坏或被改动，未通过完整性校验。请联系系统管理员从备份恢复。")


class KeyMissing(Unreadable):
    """The key that it was encrypted with is not among the configured ones."""

    def __init__(self, key_id: str, what: str = "文件") -> None:
        super().__init__(
            f"{what}用密钥“{key_id}”加密，系统目前没有配置这个密钥。请联系系统管理员。"
        )
        self.key_id = key_id


class Sealer:
    """Writes plain bytes into `target` sealed. Holds at most one chunk and what it was given."""

    def __init__(self, target: BinaryIO, *, ring: KeyRing, file_id: uuid.UUID) -> None:
        name = ring.current.encode()
        salt = secrets.token_bytes(SALT)
        self._header = b"".join([MAGIC, bytes([len(name)]), name, file_id.bytes, salt])
        self._cipher = _cipher(ring.keys[ring.current], salt, self._header)
        self._target = target
        self._number = 0
        self._held = bytearray()
        target.write(self._header)

    def write(self, data: bytes) -> int:
        """Take `data`; the number of its bytes, as a file tells it."""
        self._held += data
        # The last full chunk stays: only the end tells whether it is the last of all.
        while len(self._held) > CHUNK:
            self._seal(bytes(self._held[:CHUNK]), last=False)
            del self._held[:CHUNK]
        return len(data)

    def flush(self) -> None:
        """Nothing, for those that ask it of a file: a chunk is written when it is full."""

    def finish(self) -> None:
        self._seal(bytes(self._held), last=True)
        self._held.clear()

    def _seal(self, plain: bytes, *, last: bool) -> None:
        nonce = _nonce(self._number, last=last)
        self._target.write(self._cipher.encrypt(nonce, plain, self._header))
        self._number += 1


class Opened(io.RawIOBase):
    """A sealed file as plain bytes: a seekable stream that holds one chunk.

    Raises Damaged or KeyMissing when it is opened, and Damaged from a read that meets a chunk
    that is not what was written. Closes `source` with itself.
    """

    def __init__(self, source: BinaryIO, *, ring: KeyRing, file_id: uuid.UUID) -> None:
        super().__init__()
        self._source = source
        self._place = 0
        self._chunk_number: int | None = None
        self._chunk = b""
        try:
            self.key_id, self._header = _read_header(source, file_id)
            if self.key_id not in ring.keys:
                raise KeyMissing(self.key_id)
            salt = self._header[-SALT:]
            self._cipher = _cipher(ring.keys[self.key_id], salt, self._header)
            sealed = source.seek(0, io.SEEK_END) - len(self._header)
            self._chunks, rest = divmod(sealed, CHUNK + TAG)
            if rest:
                self._chunks += 1
            self.size = sealed - self._chunks * TAG
            # The end first: what was cut off is noticed before anything is handed out.
            self._load(self._chunks - 1)
        except BaseException:
            self.close()
            raise

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self.size}[whence]
        self._place = max(0, start + offset)
        return self._place

    def readinto(self, buffer: memoryview) -> int:
        """Fill `buffer` from one chunk; 0 at the end."""
        if self._place >= self.size:
            return 0
        number, inside = divmod(self._place, CHUNK)
        self._load(number)
        piece = self._chunk[inside : inside + len(buffer)]
        buffer[: len(piece)] = piece
        self._place += len(piece)
        return len(piece)

    def close(self) -> None:
        if not self.closed:
            self._source.close()
        super().close()

    def _load(self, number: int) -> None:
        if number == self._chunk_number:
            return
        if number < 0:
            raise Damaged
        self._source.seek(len(self._header) + number * (CHUNK + TAG))
        sealed = self._source.read(CHUNK + TAG)
        nonce = _nonce(number, last=number == self._chunks - 1)
        try:
            self._chunk = self._cipher.decrypt(nonce, sealed, self._header)
        except (InvalidTag, ValueError):
            raise Damaged from None
        self._chunk_number = number


def _read_header(source: BinaryIO, file_id: uuid.UUID) -> tuple[str, bytes]:
    start = source.read(len(MAGIC) + 1)
    if len(start) != len(MAGIC) + 1 or not start.startswith(MAGIC):
        raise Damaged
    length = start[-1]
    rest = source.read(length + 16 + SALT)
    if len(rest) != length + 16 + SALT or rest[length : length + 16] != file_id.bytes:
        raise Damaged
    return rest[:length].decode("ascii", "replace"), start + rest


def _cipher(key: bytes, salt: bytes, header: bytes) -> AESGCM:
    derived = HKDF(hashes.SHA256(), length=KEY_BYTES, salt=salt, info=header).derive(key)
    return AESGCM(derived)


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])
