"""What a ledger will be: its columns with samples, and its first rows as leads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from jobs.workbook import Row
from leads.imports import store, values
from leads.imports.examine import entries
from leads.imports.layout import Head, is_ledger_row
from leads.imports.models import ImportBatch
from leads.imports.rows import Entry
from leads.states import LeadState

SHOWN = 50
SAMPLES = 3
SAMPLE_SIGNS = 24


@dataclass(frozen=True)
class ColumnSample:
    """A column of the ledger, with what stands in its first rows."""

    head: Head
    letter: str
    samples: list[str]


def letter(column: int) -> str:
    """The name of a column as Excel shows it: A, B, … AA."""
    name = ""
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def columns(batch: ImportBatch) -> list[ColumnSample]:
    """The columns in order; of those that tell who reported nothing is there to be shown."""
    rows = [
        row
        for row in islice(store.rows(batch.path), 200)
        if is_ledger_row(row, batch.layout, batch.mapping)
    ]
    found = []
    for head in batch.layout.heads:
        words = (values.text(row.cells.get(head.column)) for row in rows)
        samples = list(islice(dict.fromkeys(_short(one) for one in words if one), SAMPLES))
        found.append(ColumnSample(head, letter(head.column), samples))
    return found


def first_entries(batch: ImportBatch) -> Iterator[dict[str, object]]:
    """The first rows as they will be."""
    found = (entry for entry in entries(batch) if not isinstance(entry, Row))
    return ({"entry": entry, "state": _state(entry)} for entry in islice(found, SHOWN))


def _state(entry: Entry) -> str:
    return LeadState(entry.fields["state"]).label


def _short(words: str) -> str:
    words = " ".join(words.split())
    return words if len(words) <= SAMPLE_SIGNS else f"{words[:SAMPLE_SIGNS]}…"
