"""What a cell of the board says, and how rates are counted."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from departments.models import UnitKind
from reporting.periods.models import ReportPeriod
from reporting.periods.querysets import ReportExpectationQuerySet
from reporting.weekly.states import EXEMPT, FILED, MISSING, STATUSES, WeeklyState

#: The words of the board, in the order of its legend, with their tones.
WORDS = {
    "已签收": "ok",
    "已签待收": "active",
    "零报告": "ok",
    "待签": "warn",
    "退回": "late",
    "逾期": "late",
    "缺报": "late",
    "未报": "idle",
    "免报": "idle",
}


def word(status: str, *, is_zero: bool, period: ReportPeriod, now: dt.datetime) -> str:
    """How a unit stands in a week, in one word.

    Before the deadline it is 未报; past it, what can still be filed is 逾期, and once the week is
    closed it was 缺报.
    """
    if status == EXEMPT:
        return "免报"
    if status in FILED:
        received = "已签收" if status == WeeklyState.RECEIVED else "已签待收"
        return "零报告" if is_zero else received
    if status == WeeklyState.RETURNED:
        return "退回"
    if period.due_at < now:
        return "逾期" if period.is_open else "缺报"
    return "待签" if status == WeeklyState.AWAITING_SIGNATURE else "未报"


def standing(status: str, *, period: ReportPeriod, now: dt.datetime) -> tuple[str, str]:
    """How a list that tells a draft from nothing names a unit's status, and what it says besides:
    逾期 or 缺报 of what was begun, or sent back, and is not signed in time; else nothing.

    Who has nothing stands as in the table of units and weeks (`word`).
    """
    as_nothing = word(MISSING, is_zero=False, period=period, now=now)
    if status == MISSING:
        return as_nothing, ""
    is_owed = status not in (*FILED, EXEMPT)
    return STATUSES[status], as_nothing if is_owed and period.due_at < now else ""


_OWED, _FILED = ~Q(status=EXEMPT), Q(status__in=FILED)
#: What the rates count of rows that carry their status, under the name that an address has for it.
#: Weeks that are not due yet are in none of them.
COUNTED = {
    "expected": ("应报", _OWED),
    "filed": ("已报", _FILED),
    "owing": ("未报送", _OWED & ~_FILED),
    "on_time": ("按时", _FILED & Q(filed_late=False)),
    "late": ("迟报", _FILED & Q(filed_late=True)),
}


def counted(
    rows: ReportExpectationQuerySet, of: str, now: dt.datetime
) -> ReportExpectationQuerySet:
    """The rows behind a number of the rates: one unit in one week each."""
    return rows.filter(COUNTED[of][1], period__due_at__lte=now)


@dataclass
class Rate:
    """Reports owed, those filed, and those of them signed in time."""

    expected: int = 0
    filed: int = 0
    on_time: int = 0

    def add(self, *, filed: bool, on_time: bool) -> None:
        self.expected += 1
        self.filed += filed
        self.on_time += on_time

    @property
    def owing(self) -> int:
        return self.expected - self.filed

    @property
    def late(self) -> int:
        return self.filed - self.on_time

    @property
    def filed_percent(self) -> str:
        return percent(self.filed, self.expected)

    @property
    def on_time_percent(self) -> str:
        return percent(self.on_time, self.expected)


def percent(part: int, whole: int) -> str:
    """One decimal, rounded down, so that 100% means all of them; — where nothing was owed."""
    return f"{part * 1000 // whole / 10:.1f}%" if whole else "—"


def by_kind(rows: ReportExpectationQuerySet, now: dt.datetime) -> list[tuple[str, str, Rate]]:
    """Kind, its label and its rate for each kind of units, then for all ("", 合计). One query.

    `rows` carry their status.
    """
    names = ("expected", "filed", "on_time")
    cells: Any = (
        rows.filter(period__due_at__lte=now)
        .order_by()
        .values("unit__kind")
        .annotate(**{name: Count("pk", filter=COUNTED[name][1]) for name in names})
    )
    found = {one["unit__kind"]: Rate(*(one[name] for name in names)) for one in cells}
    rates = [(kind, str(label), found[kind]) for kind, label in UnitKind.choices if kind in found]
    total = Rate(*(sum(getattr(rate, name) for rate in found.values()) for name in names))
    return [*rates, ("", "合计", total)]
