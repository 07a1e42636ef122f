"""Where sealed files lie: `MEDIA_ROOT/stored`, each under its public id.

A file is written beside, as `incoming/ID.part`, brought to the disk, and then moved to its place,
so that whatever lies in `stored` is whole. Clear text is never written.
"""

from __future__ import annotations

import hashlib
import os
import time
import uuid
import weakref
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from files.keys import key_ring
from files.sealing import Damaged, Opened, Sealer


def stored_path(file_id: uuid.UUID) -> Path:
    return Path(settings.MEDIA_ROOT) / "stored" / file_id.hex[:2] / file_id.hex


def open_stored(file_id: uuid.UUID) -> Opened:
    """The file as plain bytes. Raises `sealing.Unreadable` when that cannot be."""
    try:
        source = stored_path(file_id).open("rb")
    except FileNotFoundError:
        raise Damaged from None
    return Opened(source, ring=key_ring(), file_id=file_id)


def delete_stored(file_id: uuid.UUID) -> None:
    stored_path(file_id).unlink(missing_ok=True)


class Incoming:
    """A file on its way in: sealed, counted and hashed as it comes. Let go of, it is gone."""

    def __init__(self) -> None:
        self.file_id = uuid.uuid4()
        self.size = 0
        self._digest = hashlib.sha256()
        self.path = Path(settings.MEDIA_ROOT) / "incoming" / f"{self.file_id.hex}.part"
        _make_folder(self.path.parent)
        ring = key_ring()
        self.key_id = ring.current
        self._target = os.fdopen(
            os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"
        )
        self._sealer = Sealer(self._target, ring=ring, file_id=self.file_id)
        # Also when a broken line takes the request away, and this with it.
        self._leave_nothing = weakref.finalize(self, _discard, self._target, self.path)

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def write(self, data: bytes) -> None:
        self.size += len(data)
        self._digest.update(data)
        self._sealer.write(data)

    def finish(self) -> None:
        self._sealer.finish()
        self._target.close()

    def open(self) -> Opened:
        """What has come in, once it is finished, as plain bytes."""
        return Opened(self.path.open("rb"), ring=key_ring(), file_id=self.file_id)

    def keep(self) -> None:
        """Bring the finished file to the disk and to its place."""
        with self.path.open("rb+") as written:
            os.fsync(written.fileno())
        place = stored_path(self.file_id)
        _make_folder(place.parent)
        self.path.rename(place)
        _sync_folder(place.parent)

    def discard(self) -> None:
        """Leave nothing. Does no harm to a file that is kept."""
        self._leave_nothing()

    #: Django's parser closes the `file` of a handler whose upload breaks off.
    close = discard


def _discard(target: BinaryIO, path: Path) -> None:
    with suppress(OSError, ValueError):
        target.close()
    path.unlink(missing_ok=True)


def stale_parts(seconds: float) -> Iterator[Path]:
    """What interrupted uploads left behind, `seconds` after the last byte came."""
    yield from _older("incoming", "*.part", seconds)


def stale_files(seconds: float) -> Iterator[tuple[uuid.UUID, Path]]:
    """Files in their place for longer than `seconds`, by the id that is their name."""
    for path in _older("stored", "??/*", seconds):
        with suppress(ValueError):
            yield uuid.UUID(hex=path.name), path


def _older(folder: str, pattern: str, seconds: float) -> Iterator[Path]:
    limit = time.time() - seconds
    for path in (Path(settings.MEDIA_ROOT) / folder).glob(pattern):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < limit:
                yield path


def _make_folder(path: Path) -> None:
    path.mkdir(parents=True, exist_ok=True, mode=0o700)


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
