"""The only writer of the table of working days, besides its seed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from audit.models import Action
from audit.seen import require_seen
from audit.services import record
from departments.calendar import days as table
from departments.calendar.states import DayKind
from departments.models import Account, CalendarDay, CalendarYear
from departments.permissions import directs_every_town

LONGEST = 31

#: What apps above do, in the same transaction, when days change: (actor, first, last) to what
#: that changed there, in words for who changed the days.
Follower = Callable[[Account, dt.date, dt.date], list[str]]
_followers: list[Follower] = []


def follow_calendar(react: Follower) -> None:
    """Have `react` called whenever days of the table change. Once per app."""
    if react not in _followers:
        _followers.append(react)


@dataclass(frozen=True)
class Change:
    """How many days of the table were changed, and what else that changed, in words."""

    days: int
    effects: list[str] = field(default_factory=list)


@transaction.atomic
def set_days(
    *,
    actor: Account,
    first: dt.date,
    last: dt.date,
    kind: str,
    name: str = "",
    seen: str | None = None,
) -> Change:
    """Make every day from `first` to `last` a holiday, a workday, or plain again.

    ValidationError for a span that is empty, longer than a month or of two years; Conflict when
    the year no longer is what `actor` has `seen`. Deadlines that have passed stay.
    """
    _require_editor(actor)
    _check_span(first, last)
    table.hold(alone=True)
    wanted = {
        first + dt.timedelta(days=count): (kind, name.strip())
        for count in range((last - first).days + 1)
    }
    there = {row.day: row for row in CalendarDay.objects.filter(day__range=(first, last))}
    changed = [day for day, one in wanted.items() if _as_is(there.get(day)) != _as_wanted(*one)]
    if not changed:
        return Change(0)
    require_seen(year_words(first.year), seen)
    CalendarDay.objects.filter(day__in=changed).delete()
    if kind != DayKind.PLAIN:
        CalendarDay.objects.bulk_create(
            CalendarDay(day=day, is_workday=kind == DayKind.ON, name=name.strip())
            for day in changed
        )
    words = f"{_span(first, last)}改为{DayKind(kind).label}{f'：{name.strip()}' if name else ''}"
    return _tell(actor, first, last, words, len(changed))


@transaction.atomic
def set_complete(*, actor: Account, year: int, is_complete: bool) -> Change:
    """Say whether the holidays of `year` are all in the table; a year that the seed knows is
    filled from it. A second time changes nothing."""
    _require_editor(actor)
    table.hold(alone=True)
    before = CalendarDay.objects.filter(day__year=year).count()
    complete = CalendarYear.objects.filter(year=year)
    if complete.exists() == is_complete:
        return Change(0)
    if not is_complete:
        complete.delete()
        words = "改为尚未录全"
    elif table.is_covered(year):
        table.seed(year)
        words = "按公布的放假安排填入"
    else:
        CalendarYear.objects.create(year=year)
        words = "确认节假日已录全"
    added = CalendarDay.objects.filter(day__year=year).count() - before
    return _tell(actor, dt.date(year, 1, 1), dt.date(year, 12, 31), words, added)


def year_words(year: int) -> dict[str, str]:
    """The rows of a year as a person reads them."""
    return {f"{row.day:%m-%d}": row.word for row in CalendarDay.objects.filter(day__year=year)}


def _tell(actor: Account, first: dt.date, last: dt.date, words: str, count: int) -> Change:
    year = CalendarYear(year=first.year)
    record(action=Action.SETTINGS_CHANGED, actor=actor, obj=year, reason=words)
    return Change(count, [one for react in _followers for one in react(actor, first, last)])


def _as_is(row: CalendarDay | None) -> tuple[bool | None, str]:
    return (row.is_workday, row.name) if row else (None, "")


def _as_wanted(kind: str, name: str) -> tuple[bool | None, str]:
    return (None, "") if kind == DayKind.PLAIN else (kind == DayKind.ON, name)


def _check_span(first: dt.date, last: dt.date) -> None:
    if last < first:
        raise ValidationError({"last": "结束日不能早于开始日。"})
    if first.year != last.year:
        raise ValidationError({"last": "跨年的假期请按年份分两次填写。"})
    if (last - first).days >= LONGEST:
        raise ValidationError({"last": f"一次最多 {LONGEST} 天。"})


def _span(first: dt.date, last: dt.date) -> str:
    if first == last:
        return f"{first:%Y-%m-%d}"
    return f"{first:%Y-%m-%d}至{last:%m-%d}"


def _require_editor(actor: Account) -> None:
    if not directs_every_town.test(actor):
        raise PermissionDenied
