"""What the demo's leads say about each unit's weeks, gathered while they are made.

The same questions as `reporting.weekly.prefill` asks of one unit and week, answered for all of
them in one go; a test compares the two.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter

from demo.lives import Life
from leads.states import VOID, AssignmentState, Disposition, Finding
from reporting.periods import week

FIELD = {
    Finding.PROVEN: "proven",
    Finding.PARTLY_PROVEN: "proven",
    Finding.DISPROVEN: "disproven",
    Finding.DOUBTFUL: "doubtful",
    Finding.UNVERIFIABLE: "doubtful",
}


class WeekFigures:
    """Counts by unit, week and field code of the weekly report's form."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[int, dt.date, str]] = Counter()
        self._weeks: dict[dt.date, dt.date] = {}

    def add(self, life: Life) -> None:
        lead = life.lead
        logged = lead.registered_unit_id
        self._count(logged, lead.registered_at, "found")
        if lead.is_major:
            self._count(logged, lead.registered_at, "major")
        for place, assignment in enumerate(life.assignments):
            unit = assignment.unit_id
            if place == 0:
                self._count(logged, assignment.assigned_at, "transferred")
            self._count(unit, assignment.assigned_at, "given")
            if assignment.signed_at:
                self._count(unit, assignment.signed_at, "taken")
            if assignment.state in VOID:
                # Given back, it is not in the unit's hands at the end of its week.
                self._count(unit, assignment.assigned_at, "done")
            if assignment.state == AssignmentState.ACCEPTED:
                self._count(unit, lead.closed_at, "done")
                self._count(unit, lead.closed_at, FIELD[lead.finding])
                if lead.disposition == Disposition.CASE_FILED:
                    self._count(unit, lead.closed_at, "cases")

    def of(self, unit_id: int, first: dt.date, code: str) -> int:
        """The count of `code` in the week that begins on `first`."""
        return self._counts[unit_id, first, code]

    def _count(self, unit_id: int, at: dt.datetime, code: str) -> None:
        day = at.date()  # the clock's times are local
        first = self._weeks.get(day)
        if first is None:
            first = self._weeks[day] = week.starts_on(day)
        self._counts[unit_id, first, code] += 1
