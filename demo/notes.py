"""Daily notes of the current week: one unit in three writes on most of its days."""

from __future__ import annotations

import datetime as dt
import uuid
from random import Random

from demo import texts
from demo.accounts import People
from demo.clock import Clock
from departments.models import Unit
from reporting.notes.models import DailyNote
from reporting.periods import week
from reporting.periods.models import ReportExpectation, ReportPeriod

EVERY = 3
DAYS_WRITTEN = 0.7
#: One line in so many was withdrawn again.
WITHDRAWN_EVERY = 12


def make(*, town: Unit, people: People, span: Clock, rng: Random) -> None:
    """A week that has lines keeps them. The caller holds the transaction."""
    period = ReportPeriod.objects.filter(jurisdiction=town).current(span.today).first()
    if period is None or period.notes.exists():
        return
    owed = ReportExpectation.objects.filter(period=period).select_related("unit")
    units = [one.unit for one in owed.order_by("unit__path")][::EVERY]
    notes = [
        _write(period, unit, day, people, span, rng)
        for day in _days(period, span)
        for unit in units
        if rng.random() < DAYS_WRITTEN
    ]
    for note in notes[WITHDRAWN_EVERY - 1 :: WITHDRAWN_EVERY]:
        note.withdrawn_by, note.withdrawn_at = note.written_by, note.written_at
    DailyNote.objects.bulk_create(notes)


def _days(period: ReportPeriod, span: Clock) -> list[dt.date]:
    """The days of the week that are over, or today where it has only begun."""
    over = (span.today - period.starts_on).days
    return [period.starts_on + dt.timedelta(days=day) for day in range(over)] or [span.today]


def _write(
    period: ReportPeriod, unit: Unit, day: dt.date, people: People, span: Clock, rng: Random
) -> DailyNote:
    block, words = texts.daily(rng)
    return DailyNote(
        period=period,
        unit=unit,
        day=day,
        block=block,
        words=words,
        submission=uuid.UUID(int=rng.getrandbits(128)),
        written_by=people.liaison[unit.pk],
        written_at=min(week.at_hour(day, 17) + dt.timedelta(minutes=rng.randint(0, 59)), span.now),
    )
