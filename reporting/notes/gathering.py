"""The week's lines as the weekly report's form offers them, each in a text of its block."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from reporting.notes.models import DailyNote
from reporting.weekly.form import ReportForm, Text


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


def offers(notes: Iterable[DailyNote], form: ReportForm) -> dict[str, Offer]:
    """By the code of its text, what is offered there; without a text in its block, the first.

    A form without texts takes no lines.
    """
    found: dict[str, Offer] = {}
    for note in notes:
        text = _text_of(note, form)
        if text is None:
            return {}
        line = _line(note, names_block=text.block != note.block)
        lines = found.setdefault(text.code, Offer()).lines
        if line not in lines:
            lines.append(line)
    return found


def _text_of(note: DailyNote, form: ReportForm) -> Text | None:
    of_block = (text for text in form.texts if text.block == note.block)
    return next(of_block, form.texts[0] if form.texts else None)


def _line(note: DailyNote, *, names_block: bool) -> str:
    block = f"（{note.block}）" if note.block and names_block else ""
    return f"{note.day.month}月{note.day.day}日{block}：{note.words}"
