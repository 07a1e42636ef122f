"""Working out deadlines by a town's rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from departments import calendar
from departments.models import UnitKind
from leads.deadlines.kinds import USUAL, Basis, DeadlineKind, Rule
from leads.states import ReporterKind

if TYPE_CHECKING:
    from leads.callbacks.models import Callback
    from leads.models import Assignment, Lead


#: The kinds of the two deadlines of a 双移交, by the kind of the unit.
HALVES = {
    UnitKind.POLICE: DeadlineKind.TO_POLICE,
    UnitKind.DISCIPLINE: DeadlineKind.TO_DISCIPLINE,
}


@dataclass(frozen=True)
class Deadline:
    """A deadline worked out: the day, the days before it that count as near, and what to say.

    `near_days` are calendar days, whatever the rule counts in. `note` is for the page that shows
    the date; it is empty where the date is sure.
    """

    due_on: dt.date
    near_days: int
    note: str


@dataclass(frozen=True)
class Rules:
    """The rules of one town, read in one query; the usual ones where it has settled nothing."""

    by_kind: dict[str, Rule]

    @classmethod
    def of(cls, town: int) -> Rules:
        from leads.deadlines.models import DeadlineRule

        settled = {row.kind: row.rule for row in DeadlineRule.objects.in_force(town)}
        return cls(USUAL | settled)

    @classmethod
    def usual(cls) -> Rules:
        return cls(USUAL)

    def deadline(self, kind: str, day: dt.date) -> Deadline:
        """The deadline of what begins on `day`."""
        rule = self.by_kind[kind]
        due_on, guessed = _count(day, rule.days, rule.basis)
        return Deadline(due_on, self.near_days(kind, due_on), calendar.guess_note(guessed))

    def near_days(self, kind: str, due_on: dt.date) -> int:
        """How many calendar days before `due_on`, however it was chosen, it begins to be near."""
        rule = self.by_kind[kind]
        return (due_on - _count(due_on, -rule.near_days, rule.basis)[0]).days

    def note(self, kind: str, first: dt.date, last: dt.date) -> str:
        """What a page says beside a deadline of the span, where the calendar lacks its years."""
        if self.by_kind[kind].basis != Basis.WORKING:
            return ""
        return calendar.guess_note(calendar.WorkingDays.between(first, last).guessed_years)


def near_days(assignment: Assignment, due_on: dt.date) -> int:
    """How many calendar days before `due_on` a unit's part of a lead begins to be near."""
    rules = Rules.of(assignment.lead.jurisdiction_id)
    return rules.near_days(kind_of_part(assignment), due_on)


def kind_of_part(assignment: Assignment) -> DeadlineKind:
    """The kind of the deadline of a unit's part, whichever way it was handed out."""
    return kind_of(
        is_major=assignment.lead.is_major,
        is_double=assignment.is_joint,
        unit_kind=assignment.unit.kind,
    )


@dataclass(frozen=True)
class DeadlineFacts:
    """What the page of a lead says about its deadlines beside the dates themselves."""

    note: str
    callback: Callback | None


def facts_of(lead: Lead, parts: Iterable[Assignment] = ()) -> DeadlineFacts:
    """Whether the deadline is sure; until when a reporter who gave a name is to be called back.

    `parts` are the units' parts that the person sees: the lead's deadline is that of one of them,
    and counts by its rule; a half of a 双移交 has another than the lead would have.
    """
    from leads.callbacks.models import Callback

    note = ""
    if lead.due_on and lead.is_open:
        rules = Rules.of(lead.jurisdiction_id)
        settling = (one for one in parts if one.round == lead.round and one.due_on == lead.due_on)
        part = next(settling, None)
        kind = kind_of_part(part) if part else kind_of(is_major=lead.is_major)
        note = rules.note(kind, lead.received_on, lead.due_on)
    callback = None
    if lead.reporter_kind == ReporterKind.NAMED:
        callback = Callback.objects.owed().filter(lead=lead).first()
    return DeadlineFacts(note, callback)


def kind_of(*, is_major: bool, is_double: bool = False, unit_kind: str = "") -> DeadlineKind:
    """The kind of the deadline for a unit of `unit_kind`; `is_double`: one of a 双移交."""
    if is_double and unit_kind in HALVES:
        return HALVES[unit_kind]
    return DeadlineKind.MAJOR if is_major else DeadlineKind.ORDINARY


def _count(day: dt.date, days: int, basis: str) -> tuple[dt.date, frozenset[int]]:
    if basis == Basis.WORKING:
        return calendar.shift(day, days)
    return day + dt.timedelta(days=days), frozenset()
