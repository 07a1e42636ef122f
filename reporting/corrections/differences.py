"""Two versions of a report beside each other, field by field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from reporting.corrections.models import WeeklyCorrection
from reporting.weekly.form import Content, Figure, ReportForm


@dataclass(frozen=True)
class Number:
    """A figure in both versions; None where it was not filled."""

    figure: Figure
    before: int | None
    after: int | None
    remarks: tuple[str, str]

    @property
    def is_changed(self) -> bool:
        return self.before != self.after

    @property
    def change(self) -> str:
        """+2, −1; empty where nothing changed or there is nothing to take off from."""
        if not self.is_changed or self.before is None or self.after is None:
            return ""
        return signed(self.after - self.before)

    @property
    def remark_changed(self) -> bool:
        return self.remarks[0] != self.remarks[1]


@dataclass(frozen=True)
class Words:
    """A text in both versions, in pieces: each with whether the other version has it too."""

    label: str
    before: list[tuple[str, bool]]
    after: list[tuple[str, bool]]

    @property
    def is_changed(self) -> bool:
        return any(not kept for _, kept in (*self.before, *self.after))


@dataclass(frozen=True)
class Block:
    label: str
    numbers: list[Number] = field(default_factory=list)
    texts: list[Words] = field(default_factory=list)


def blocks(form: ReportForm, before: Content, after: Content) -> list[Block]:
    """All that the form asks, in its order, as it was and as it is."""
    return [
        Block(
            label,
            [_number(one, before, after) for one in form.figures if one.block == label],
            [
                _words(one.label, before.texts.get(one.code, ""), after.texts.get(one.code, ""))
                for one in form.texts
                if one.block == label
            ],
        )
        for label in form.blocks
    ]


def moved(corrections: Iterable[WeeklyCorrection]) -> dict[str, int]:
    """By how much accepted corrections have moved each figure's sum; those that stayed are not in.

    They are read with what they `replaced`.
    """
    found: Counter[str] = Counter()
    for one in corrections:
        found.update(one.figures)
        found.subtract(one.replaced.figures)
    return {code: change for code, change in found.items() if change}


def zeros_moved(corrections: Iterable[WeeklyCorrection]) -> int:
    """How many zero reports there are more by accepted corrections; below 0 where fewer."""
    return sum(one.is_zero - one.replaced.is_zero for one in corrections)


def signed(change: int) -> str:
    return f"+{change}" if change > 0 else f"−{-change}"


def _number(figure: Figure, before: Content, after: Content) -> Number:
    code = figure.code
    remarks = (before.remarks.get(code, ""), after.remarks.get(code, ""))
    return Number(figure, before.figures.get(code), after.figures.get(code), remarks)


def _words(label: str, before: str, after: str) -> Words:
    old, new = [], []
    for tag, *(a, b, c, d) in SequenceMatcher(None, before, after).get_opcodes():
        if before[a:b]:
            old.append((before[a:b], tag == "equal"))
        if after[c:d]:
            new.append((after[c:d], tag == "equal"))
    return Words(label, old, new)
