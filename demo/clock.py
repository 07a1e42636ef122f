"""The time of the demo: a line of days, each of which is the office hours of a real day.

A moment is a number: its whole part is a day's ordinal, its fraction how far the office day has
gone. Work therefore never happens at night, and what comes later on the line comes later.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from random import Random

from django.utils import timezone

OPENS = dt.time(8, 30)
OFFICE_SECONDS = 9 * 3600
#: How likely something happens on a Monday … Sunday, to one another.
WEIGHTS = (5, 4, 4, 4, 5, 1, 1)
#: The demo stops as the office opens: nothing that it shows lies in the future.
STOPS_AT = dt.time(8)


@dataclass(frozen=True)
class Clock:
    """The stretch that the demo covers: the `weeks` before `today`, until its early morning."""

    today: dt.date
    weeks: int

    @property
    def first_day(self) -> dt.date:
        return self.today - dt.timedelta(weeks=self.weeks)

    @property
    def end(self) -> float:
        """The end of the last office day before today, on the line."""
        return float(self.today.toordinal())

    @property
    def now(self) -> dt.datetime:
        return dt.datetime.combine(self.today, STOPS_AT, tzinfo=_zone())

    def moments(self, rng: Random, count: int) -> list[float]:
        """So many moments in order, more of them on weekdays."""
        first = self.first_day.toordinal()
        days = range(first, self.today.toordinal())
        weights = [WEIGHTS[dt.date.fromordinal(day).weekday()] for day in days]
        return sorted(day + rng.random() for day in rng.choices(days, weights, k=count))


def at(moment: float) -> dt.datetime:
    """The real time, to the second, of a moment on the line."""
    day = int(moment)
    opens = dt.datetime.combine(dt.date.fromordinal(day), OPENS, tzinfo=_zone())
    return opens + dt.timedelta(seconds=int((moment - day) * OFFICE_SECONDS))


def moment(time: dt.datetime) -> float:
    """Where a real time lies on the line; the night belongs to the nearer end of its day."""
    local = timezone.localtime(time, _zone())
    opens = dt.datetime.combine(local.date(), OPENS, tzinfo=_zone())
    gone = (local - opens).total_seconds() / OFFICE_SECONDS
    return local.date().toordinal() + min(max(gone, 0.0), 0.9999)


def date(moment: float) -> dt.date:
    return dt.date.fromordinal(int(moment))


def usual_today() -> dt.date:
    """Today once the demo's day has begun, else yesterday."""
    now = timezone.localtime()
    return now.date() if now.time() >= STOPS_AT else now.date() - dt.timedelta(days=1)


def _zone() -> dt.tzinfo:
    return timezone.get_default_timezone()
