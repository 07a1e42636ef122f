"""The rows of an uploaded ledger between upload and import: a file that only the portal reads."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from jobs.workbook import Row
from leads.imports.layout import unmerged


def new_name(prefix: str = "") -> str:
    return f"{prefix}{secrets.token_hex(20)}"


def write(path: Path, rows: Iterable[Row], merges: Sequence[Sequence[int]]) -> int:
    """Keep `rows` and the merged ranges; returns how many rows. Readable by the portal alone."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    count = 0
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(json.dumps(list(merges)) + "\n")
        for row in rows:
            count += 1
            cells = list(row.cells.items())
            file.write(json.dumps([row.number, cells], ensure_ascii=False) + "\n")
    return count


def merges(path: Path) -> list[list[int]]:
    with path.open(encoding="utf-8") as file:
        return json.loads(file.readline())


def as_written(path: Path) -> Iterator[Row]:
    """The rows as they stood in the sheet."""
    with path.open(encoding="utf-8") as file:
        file.readline()
        for line in file:
            number, cells = json.loads(line)
            yield Row(number, dict(cells))


def rows(path: Path) -> Iterator[Row]:
    """The rows with merged cells filled in."""
    return unmerged(as_written(path), merges(path))
