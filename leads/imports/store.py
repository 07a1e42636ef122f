"""The rows of an uploaded ledger between upload and import: a file that only the portal reads."""

from __future__ import annotations

import io
import json
import os
import secrets
import uuid
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from files.keys import key_ring
from files.sealing import Opened, Sealer
from jobs.workbook import Row
from leads.imports.layout import unmerged


def new_name(prefix: str = "") -> str:
    return f"{prefix}{secrets.token_hex(20)}"


def write(path: Path, rows: Iterable[Row], merges: Sequence[Sequence[int]]) -> int:
    """Keep `rows` and the merged ranges, sealed; returns how many rows. Readable by us alone."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    count = 0
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        sealer = Sealer(file, ring=key_ring(), file_id=_id(path))
        sealer.write(_line(list(merges)))
        for row in rows:
            count += 1
            sealer.write(_line([row.number, list(row.cells.items())]))
        sealer.finish()
    return count


def merges(path: Path) -> list[list[int]]:
    with _opened(path) as file:
        return json.loads(file.readline())


def as_written(path: Path) -> Iterator[Row]:
    """The rows as they stood in the sheet. Raises `files.sealing.Unreadable`."""
    with _opened(path) as file:
        file.readline()
        for line in file:
            number, cells = json.loads(line)
            yield Row(number, dict(cells))


def _opened(path: Path) -> io.BufferedReader:
    return io.BufferedReader(Opened(path.open("rb"), ring=key_ring(), file_id=_id(path)))


def _id(path: Path) -> uuid.UUID:
    """What binds the sealed bytes to their name: those of another file are not taken for these."""
    return uuid.uuid5(uuid.NAMESPACE_OID, path.name)


def _line(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False) + "\n").encode()


def rows(path: Path) -> Iterator[Row]:
    """The rows with merged cells filled in."""
    return unmerged(as_written(path), merges(path))
