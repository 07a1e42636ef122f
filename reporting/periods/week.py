"""The reporting week and its deadline: pure dates, no rows."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone

from departments.calendar import WorkingDays
from reporting.periods.states import DueBasis

SATURDAY = 5
LENGTH = dt.timedelta(days=6)
#: How long after its last day a week still takes late reports.
GRACE = dt.timedelta(days=14)


def starts_on(day: dt.date) -> dt.date:
    """The Saturday that begins the week of `day`."""
    return day - dt.timedelta(days=(day.weekday() - SATURDAY) % 7)


def number(first: dt.date) -> int:
    """The number of the week within the year in which it begins: 1 for the first Saturday."""
    return (first.timetuple().tm_yday - 1) // 7 + 1


def short_label(first: dt.date) -> str:
    return f"{first.year}年第{number(first)}周"


def label(first: dt.date) -> str:
    """“2026年第47周（11月21日—11月27日）”; the year is named again where the week crosses it."""
    last = first + LENGTH
    until = f"{last.month}月{last.day}日"
    if last.year != first.year:
        until = f"{last.year}年{until}"
    return f"{short_label(first)}（{first.month}月{first.day}日—{until}）"


@dataclass(frozen=True)
class Schedule:
    """When a week is due, when it is reminded of, when it closes, and how sure that is."""

    due_at: dt.datetime
    remind_at: dt.datetime
    closes_at: dt.datetime
    due_basis: str
    calendar_guessed: bool


def schedule(first: dt.date) -> Schedule:
    """The schedule of the week that begins on `first`, by the calendar as it now stands.

    Due on Friday; when that is off, on the last working day before it within the week; when
    the whole week is off, still on Friday, and marked so.
    """
    friday = first + LENGTH
    days = WorkingDays.between(first, friday)
    due_on = days.last_on_or_before(friday, not_before=first)
    basis = DueBasis.FRIDAY if due_on == friday else DueBasis.MOVED
    if due_on is None:
        due_on, basis = friday, DueBasis.WEEK_OFF
    return Schedule(
        due_at=at_hour(due_on, settings.PORTAL_REPORT_DUE_HOUR),
        remind_at=at_hour(due_on, settings.PORTAL_REMIND_HOUR),
        closes_at=at_hour(friday + dt.timedelta(days=1) + GRACE, 0),
        due_basis=basis,
        calendar_guessed=bool(days.guessed_years),
    )


def at_hour(day: dt.date, hour: int) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour), tzinfo=timezone.get_default_timezone())
