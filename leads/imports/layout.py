"""Where in a stranger's sheet the ledger is: its headings, over one or two rows, and its rows."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from jobs.workbook import HEADING as MARKED
from jobs.workbook import Row
from leads.imports.fields import guess, heading, plain, tells_the_reporter

#: The headings are looked for in so many rows from the top.
TOP_ROWS = 30
#: So many headings must be recognised for a row to be taken as the headings.
KNOWN_AT_LEAST = 2
YEAR = re.compile(r"(20[0-9]{2})\s*年")
SUMS = frozenset({"合计", "总计", "小计", "共计", "累计"})
FOOT = ("填报人", "审核人", "签发人", "制表人", "填报单位", "填表人", "负责人签字", "填报日期")


@dataclass(frozen=True)
class Head:
    """One column's heading: the words of its rows, upper first."""

    column: int
    words: tuple[str, ...]

    @property
    def label(self) -> str:
        return "／".join(self.words)

    @property
    def codes(self) -> tuple[str, str]:
        """What it is recognised as, by the lowest words alone, and by all of them."""
        if self.is_reporter or self.is_marked:
            return "", ""
        return guess(self.words[-1]), guess("".join(self.words), *self.words[::-1])

    @property
    def is_reporter(self) -> bool:
        return tells_the_reporter(*self.words, "".join(self.words))

    @property
    def is_marked(self) -> bool:
        return plain(MARKED) in map(plain, self.words)


@dataclass(frozen=True)
class Layout:
    """The headings of a sheet, and the rows in which they stand."""

    first_row: int
    last_row: int
    heads: tuple[Head, ...]

    @property
    def key(self) -> str:
        """The same for every file with these headings in this order."""
        words = "|".join(
            f"{head.column}:{'/'.join(plain(one) for one in head.words)}"
            for head in self.heads
            if not head.is_marked
        )
        return hashlib.sha256(words.encode()).hexdigest()

    @property
    def guesses(self) -> dict[int, str]:
        """The code of each recognised column; the first of two that are the same.

        The lowest words tell most: 被反映人 below 被反映对象 is meant before its neighbour.
        """
        found: dict[int, str] = {}
        for words in (0, 1):
            for head in self.heads:
                code = head.codes[words]
                if code and head.column not in found and code not in found.values():
                    found[head.column] = code
        return found

    @property
    def reporter_columns(self) -> frozenset[int]:
        return frozenset(head.column for head in self.heads if head.is_reporter)

    def as_json(self) -> dict[str, Any]:
        heads = [[head.column, list(head.words)] for head in self.heads]
        return {"first_row": self.first_row, "last_row": self.last_row, "heads": heads}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Layout:
        heads = tuple(Head(column, tuple(words)) for column, words in kept["heads"])
        return cls(kept["first_row"], kept["last_row"], heads)


def find(rows: Sequence[Row], merges: Sequence[Sequence[int]]) -> Layout | None:
    """The headings among the first rows of a sheet, or None where none are recognised.

    Of two readings that recognise as much the one over fewer rows holds: a title or a line of
    particulars merged over the width is no upper row of the headings.
    """
    best: tuple[tuple[int, int], Layout] | None = None
    by_number = {row.number: row for row in rows}
    for row in rows[:TOP_ROWS]:
        for depth in (1, 2):
            layout = _layout(by_number, merges, row.number, depth)
            if layout is None:
                continue
            worth = len(layout.guesses), -depth
            if worth[0] >= KNOWN_AT_LEAST and (best is None or worth > best[0]):
                best = worth, layout
    return best[1] if best else None


def _layout(
    rows: dict[int, Row], merges: Sequence[Sequence[int]], first: int, depth: int
) -> Layout | None:
    """The headings if they began in row `first` and were `depth` rows high."""
    last = first + depth - 1
    touching = [area for area in merges if area[0] == first and area[2] <= last]
    reaching = [area for area in merges if area[0] <= first < area[2]]
    if depth == 1 and any(area[2] == first + 1 for area in reaching if area[0] == first):
        return None  # a heading reaches into the next row: there are two
    if depth == 2 and not touching:
        return None
    words: dict[int, list[str]] = {}
    for number in range(first, last + 1):
        for column, value in rows[number].cells.items() if number in rows else ():
            if isinstance(value, str) and len(value) <= 60:
                words.setdefault(column, []).append(value.strip())
    for top, left, bottom, right in touching:
        # The words over several columns stand over each; those over two rows stand once.
        over = rows[first].cells.get(left) if top == first else None
        if isinstance(over, str) and len(over) <= 60 and bottom == first and depth == 2:
            for column in range(left + 1, min(right, 100) + 1):
                if words.get(column):
                    words[column].insert(0, over.strip())
    heads = [Head(column, tuple(found)) for column, found in sorted(words.items()) if any(found)]
    return Layout(first, last, tuple(heads)) if heads else None


def year_of(rows: Sequence[Row], *names: str) -> int | None:
    """The year that the words above the headings, or the names of file and sheet, speak of."""
    above = [value for row in rows for value in row.cells.values() if isinstance(value, str)]
    for words in (*above, *names):
        if found := YEAR.search(words):
            return int(found[1])
    return None


def unmerged(rows: Iterator[Row], merges: Sequence[Sequence[int]]) -> Iterator[Row]:
    """`rows`, where a cell merged over several rows counts for each of them.

    Ranges that overlap cannot chase each other: each takes its value from its own first row.
    """
    waiting = sorted(
        ([top, left, bottom] for top, left, bottom, _ in merges if bottom > top),
        key=lambda area: area[0],
    )
    place = 0
    active: dict[int, tuple[int, Any]] = {}
    for row in rows:
        cells = dict(row.cells)
        for column, (bottom, value) in list(active.items()):
            if row.number > bottom:
                del active[column]
            elif column not in cells:
                cells[column] = value
        while place < len(waiting) and waiting[place][0] <= row.number:
            top, left, bottom = waiting[place]
            place += 1
            if top == row.number and left in row.cells:
                active[left] = (bottom, row.cells[left])
        yield Row(row.number, cells)


def is_ledger_row(row: Row, layout: Layout, mapping: dict[int, str]) -> bool:
    """Whether `row` is an entry: no sum, no signature line, no heading again, not only a number."""
    if row.number <= layout.last_row:
        return False
    texts = [value for value in row.cells.values() if isinstance(value, str)]
    first = next((plain(value) for value in texts if plain(value)), "")
    if any(plain(value) in SUMS for value in texts[:3]) or first.startswith(FOOT):
        return False
    told = {column for column, code in mapping.items() if code and code != "serial"}
    if not told & set(row.cells):
        return False
    same = [
        heading(value) == heading(head.words[-1])
        for head in layout.heads
        if isinstance(value := row.cells.get(head.column), str)
    ]
    return not (len(same) >= KNOWN_AT_LEAST and all(same))
