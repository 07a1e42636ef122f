"""What a cell of the board says, and how rates are counted."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from departments.models import UnitKind
from reporting.periods.models import ReportPeriod
from reporting.periods.querysets import ReportExpectationQuerySet
from reporting.weekly.states import EXEMPT, FILED, WeeklyState

#: The words of the board, in the order of its legend, with their tones.
WORDS = {
    "已签收": "ok",
    "已签待收": "active",
    "零报告": "ok",
    "待签": "warn",
    "退回": "late",
    "逾期": "late",
    "未报": "idle",
    "免报": "idle",
}


def word(status: str, *, is_zero: bool, period: ReportPeriod, now: dt.datetime) -> str:
    """How a unit stands in a week, in one word.

    Past the deadline, what can still be filed is 逾期; once the week is closed it was 未报.
    """
    if status == EXEMPT:
        return "免报"
    if status in FILED:
        received = "已签收" if status == WeeklyState.RECEIVED else "已签待收"
        return "零报告" if is_zero else received
    if status == WeeklyState.RETURNED:
        return "退回"
    if period.due_at < now:
        return "逾期" if period.is_open else "未报"
    return "待签" if status == WeeklyState.AWAITING_SIGNATURE else "未报"


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
    def filed_percent(self) -> str:
        return percent(self.filed, self.expected)

    @property
    def on_time_percent(self) -> str:
        return percent(self.on_time, self.expected)


def percent(part: int, whole: int) -> str:
    """One decimal, rounded down, so that 100% means all of them; — where nothing was owed."""
    return f"{part * 1000 // whole / 10:.1f}%" if whole else "—"


def by_kind(rows: ReportExpectationQuerySet, now: dt.datetime) -> list[tuple[str, Rate]]:
    """The rates of each kind of units, then of all; weeks not yet due are in no rate. One query.

    `rows` carry their status.
    """
    owed, filed = ~Q(status=EXEMPT), Q(status__in=FILED)
    cells: Any = (
        rows.filter(period__due_at__lte=now)
        .order_by()
        .values("unit__kind")
        .annotate(
            expected=Count("pk", filter=owed),
            filed=Count("pk", filter=filed),
            on_time=Count("pk", filter=filed & Q(filed_late=False)),
        )
    )
    counted = {one["unit__kind"]: one for one in cells}
    names = ("expected", "filed", "on_time")
    rates = [
        (str(label), Rate(*(counted[kind][name] for name in names)))
        for kind, label in UnitKind.choices
        if kind in counted
    ]
    total = Rate(*(sum(getattr(rate, name) for _, rate in rates) for name in names))
    return [*rates, ("合计", total)]
