"""The week's lines as the weekly report's form offers them, each in a text of its block."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils import timezone

from reporting.incidents.models import Incident
from reporting.notes.models import DailyNote
from reporting.periods.models import ReportExpectation
from reporting.weekly.form import ReportForm, Text


@dataclass(frozen=True)
class Line:
    """What is said of a day, for the report's block of that name; for none, for its first text."""

    day: dt.date
    block: str
    words: str


@dataclass
class Offer:
    """The lines that belong into one text of the form, dated, in the order of their days."""

    lines: list[str] = field(default_factory=list)

    def missing_in(self, words: str) -> list[str]:
        """The lines that the text does not have yet: none is put into it twice."""
        there = {line.strip() for line in words.splitlines()}
        return [line for line in self.lines if line not in there]

    def put_into(self, words: str, *, longest: int) -> tuple[str, int]:
        """The text with the missing lines below it, as many as fit; and how many did not."""
        left = 0
        for line in self.missing_in(words):
            longer = f"{words.rstrip()}\n{line}" if words.strip() else line
            if len(longer) > longest:
                left += 1
            else:
                words = longer
        return words, left


def lines_of_week(owed: ReportExpectation) -> list[Line]:
    """The unit's notes of the week, and that it reported incidents: their numbers, not their words.

    Two queries.
    """
    notes = DailyNote.objects.standing().of_week(owed.period_id, owed.unit_id)
    lines = [Line(note.day, note.block, note.words) for note in notes]
    for incident in Incident.objects.of_week(owed.period, owed.unit_id):
        day = timezone.localdate(incident.raised_at)
        lines.append(Line(day, "", f"上报重大事项 1 件（{incident.number}）。"))
    return sorted(lines, key=lambda line: line.day)


def offers(lines: Iterable[Line], form: ReportForm) -> dict[str, Offer]:
    """By the code of its text, what is offered there; without a text in its block, the first.

    A form without texts takes no lines.
    """
    found: dict[str, Offer] = {}
    for line in lines:
        text = _text_of(line, form)
        if text is None:
            return {}
        offered = found.setdefault(text.code, Offer()).lines
        dated = _dated(line, names_block=text.block != line.block)
        if dated not in offered:
            offered.append(dated)
    return found


def _text_of(line: Line, form: ReportForm) -> Text | None:
    of_block = (text for text in form.texts if text.block == line.block)
    return next(of_block, form.texts[0] if form.texts else None)


def _dated(line: Line, *, names_block: bool) -> str:
    block = f"（{line.block}）" if line.block and names_block else ""
    return f"{line.day.month}月{line.day.day}日{block}：{line.words}"
