"""The reporting week and its deadline: pure dates, no rows but the calendar's."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone

from departments.calendar import WorkingDays
from reporting.periods.rules import Rule, usual
from reporting.periods.states import DueBasis

SATURDAY = 5
LENGTH = dt.timedelta(days=6)
WEEK = dt.timedelta(days=7)
#: So many weeks wholly off are put together with the next; more than that is no holiday.
MOST_OFF = 2


def starts_on(day: dt.date) -> dt.date:
    """The Saturday that begins the week of `day`."""
    return day - dt.timedelta(days=(day.weekday() - SATURDAY) % 7)


def number(first: dt.date) -> int:
    """The number of the week within the year in which it begins: 1 for the first Saturday."""
    return (first.timetuple().tm_yday - 1) // 7 + 1


def short_label(first: dt.date, last: dt.date | None = None) -> str:
    """“2026年第47周”; “2026年第6—7周” where a week that was wholly off is part of it."""
    end = starts_on(last or first)
    if end == first:
        return f"{first.year}年第{number(first)}周"
    until = f"{end.year}年第{number(end)}" if end.year != first.year else f"{number(end)}"
    return f"{first.year}年第{number(first)}—{until}周"


def label(first: dt.date, last: dt.date | None = None) -> str:
    """“2026年第47周（11月21日—11月27日）”; the year is named again where the week crosses it."""
    last = last or first + LENGTH
    until = f"{last.month}月{last.day}日"
    if last.year != first.year:
        until = f"{last.year}年{until}"
    return f"{short_label(first, last)}（{first.month}月{first.day}日—{until}）"


@dataclass(frozen=True)
class Schedule:
    """Until when a week runs, when it is due, reminded of and closed, and how sure that is.

    `usual_on` is the day on which it would be due if every weekday were worked.
    """

    ends_on: dt.date
    due_at: dt.datetime
    remind_at: dt.datetime
    closes_at: dt.datetime
    usual_on: dt.date
    due_basis: str
    calendar_guessed: bool
    scope: str


def first_of(day: dt.date) -> dt.date:
    """The first day of the reporting week of `day`: weeks wholly off before it are part of it."""
    first = starts_on(day)
    days = WorkingDays.between(first - MOST_OFF * WEEK, first)
    for _ in range(MOST_OFF):
        if _has_workday(days, first - WEEK):
            break
        first -= WEEK
    return first


def schedule(first: dt.date, rule: Rule | None = None) -> Schedule:
    """The schedule of the week that begins on `first`, by the calendar as it now stands.

    A week wholly off runs on to the end of the next. Due on the rule's weekday; when that is off,
    on the last working day before it, or failing that, on the first after it.
    """
    rule = rule or usual()
    days = WorkingDays.between(first, first + (MOST_OFF + 1) * WEEK)
    begin = first
    for _ in range(MOST_OFF):
        if _has_workday(days, begin):
            break
        begin += WEEK
    ends_on = begin + LENGTH
    usual_on = begin + dt.timedelta(days=(rule.weekday - SATURDAY) % 7)
    due_on, basis = _due(days, begin, usual_on, ends_on)
    return Schedule(
        ends_on=ends_on,
        due_at=at(due_on, rule.due_time),
        remind_at=min(at_hour(due_on, settings.PORTAL_REMIND_HOUR), at(due_on, rule.due_time)),
        closes_at=at_hour(ends_on + dt.timedelta(days=1 + rule.grace_days), 0),
        usual_on=usual_on,
        due_basis=basis,
        calendar_guessed=bool(days.guessed_years & {first.year, ends_on.year}),
        scope=rule.scope,
    )


def _due(
    days: WorkingDays, begin: dt.date, usual_on: dt.date, ends_on: dt.date
) -> tuple[dt.date, str]:
    due_on = days.last_on_or_before(usual_on, not_before=begin)
    if due_on is not None:
        return due_on, DueBasis.USUAL if due_on == usual_on else DueBasis.MOVED
    later = days.first_on_or_after(usual_on, not_after=ends_on)
    return (later, DueBasis.LATER) if later else (usual_on, DueBasis.WEEK_OFF)


def _has_workday(days: WorkingDays, first: dt.date) -> bool:
    return days.last_on_or_before(first + LENGTH, not_before=first) is not None


def at_hour(day: dt.date, hour: int) -> dt.datetime:
    return at(day, dt.time(hour))


def at(day: dt.date, time: dt.time) -> dt.datetime:
    """That moment by the clock of the portal's towns."""
    return dt.datetime.combine(day, time, tzinfo=timezone.get_default_timezone())
