"""The rows of an uploaded ledger between upload and import, in files that only the portal reads.

Whatever of a ledger is on the disk is sealed, also what is there for the length of an upload.
"""

from __future__ import annotations

import io
import json
import os
import secrets
import tempfile
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from files.keys import key_ring
from files.sealing import Opened, Sealer
from jobs.workbook import Row
from leads.imports.layout import unmerged


def new_name(prefix: str = "") -> str:
    return f"{prefix}{secrets.token_hex(20)}"


@contextmanager
def sealing(path: Path) -> Iterator[Sealer]:
    """A new file at `path` to write plain bytes into. Readable by us alone."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        sealer = Sealer(file, ring=key_ring(), file_id=_id(path))
        yield sealer
        sealer.finish()


def opened(path: Path) -> io.BufferedReader:
    """What was sealed at `path`, as plain bytes. Raises `files.sealing.Unreadable`."""
    return io.BufferedReader(Opened(path.open("rb"), ring=key_ring(), file_id=_id(path)))


def write(path: Path, rows: Iterable[Row], merges: Sequence[Sequence[int]]) -> int:
    """Keep `rows` and the merged ranges, sealed; returns how many rows."""
    count = 0
    with sealing(path) as file:
        file.write(_line(list(merges)))
        for row in rows:
            count += 1
            file.write(_written(row))
    return count


def merges(path: Path) -> list[list[int]]:
    with opened(path) as file:
        return json.loads(file.readline())


def as_written(path: Path) -> Iterator[Row]:
    """The rows as they stood in the sheet. Raises `files.sealing.Unreadable`."""
    with opened(path) as file:
        file.readline()
        for line in file:
            yield _row(line)


class Passing:
    """All rows of a workbook for the length of its upload: sealed, in a file without a name.

    Written first, then read once.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.size = 0
        self._file_id = uuid.uuid4()
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  closed in __exit__
        self._sealer = Sealer(self._file, ring=key_ring(), file_id=self._file_id)

    def write(self, row: Row) -> None:
        line = _written(row)
        self.size += len(line)
        self._sealer.write(line)

    def read(self, start: int, count: int) -> Iterator[Row]:
        """So many rows from the one that was written when `size` was `start`."""
        self._sealer.finish()
        self._file.seek(0)
        sealed = Opened(self._file, ring=key_ring(), file_id=self._file_id)
        with io.BufferedReader(sealed) as lines:
            lines.seek(start)
            for _ in range(count):
                yield _row(lines.readline())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def _id(path: Path) -> uuid.UUID:
    """What binds the sealed bytes to their name: those of another file are not taken for these."""
    return uuid.uuid5(uuid.NAMESPACE_OID, path.name)


def _line(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False) + "\n").encode()


def _written(row: Row) -> bytes:
    return _line([row.number, list(row.cells.items())])


def _row(line: bytes) -> Row:
    number, cells = json.loads(line)
    return Row(number, dict(cells))


def rows(path: Path) -> Iterator[Row]:
    """The rows with merged cells filled in."""
    return unmerged(as_written(path), merges(path))
