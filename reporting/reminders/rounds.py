"""The rounds of a week's reminders: when each begins, and what it says.

A round lasts until the next begins; those before the deadline end with it at the latest. One that
nobody sent in its time is not made up for: the one that is on says how things stand.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db import models
from django.utils import timezone

from departments.calendar import WorkingDays
from departments.roles import OFFICE_ROLES, Role
from reporting.periods.models import ReportPeriod


class Round(models.TextChoices):
    """In the order in which they begin."""

    EVE = "eve", "截止前"
    FRIDAY = "friday", "截止当日"
    CUTOFF = "cutoff", "截止时刻"
    OVERDUE = "overdue", "逾期"
    PRESSED = "pressed", "逾期再催"
    LAST = "last", "逾期三催"


BEFORE = (Round.EVE, Round.FRIDAY)
AFTER = (Round.OVERDUE, Round.PRESSED, Round.LAST)
#: Who of the town is told, in one message, which units are overdue.
TOLD = {
    Round.OVERDUE: OFFICE_ROLES,
    Round.PRESSED: OFFICE_ROLES,
    Round.LAST: OFFICE_ROLES | {Role.TOWN_LEADER},
}
#: No round is further from the deadline than so many days, working days after it.
MOST_DAYS = 6


@dataclass(frozen=True)
class Rule:
    """A round begins `day` days before the day of the deadline, or `day` working days after it,
    `at` that time; the one at the deadline has no time of its own.
    """

    is_on: bool
    day: int
    at: dt.time | None
    title: str
    body: str

    def begins(self, code: str, period: ReportPeriod, days: WorkingDays) -> dt.datetime:
        if self.at is None:
            return period.due_at
        day = timezone.localdate(period.due_at)
        if code in BEFORE:
            day -= dt.timedelta(days=self.day)
        else:
            for _ in range(self.day):
                day = _next_working_day(day, days)
        moment = dt.datetime.combine(day, self.at, tzinfo=timezone.get_default_timezone())
        return moment if code in BEFORE else max(moment, period.due_at)

    def when(self, code: str) -> str:
        """In the words of the page."""
        if not self.is_on:
            return "停用"
        if self.at is None:
            return "截止时刻"
        if self.day == 0:
            return f"截止当日 {self.at:%H:%M}"
        if code in BEFORE:
            return f"截止前 {self.day} 天 {self.at:%H:%M}"
        return f"截止后第 {self.day} 个工作日 {self.at:%H:%M}"


Rules = Mapping[str, Rule]

_OWED = "{单位}{周次}周报目前为“{状态}”，"
_SOON = _OWED + ("请于{截止时间}前经主要负责人签字报送。本周确无情况的，也须报送零报告。")
_LATE = _OWED + "已过截止时间（{截止时间}）。请主要负责人立即签字报送；确无情况的，也须报送零报告。"


def usual() -> dict[str, Rule]:
    """The rounds of a town that has settled nothing."""
    morning = dt.time(settings.PORTAL_REMIND_HOUR)
    afternoon = dt.time(16)
    return {
        Round.EVE: Rule(True, 1, afternoon, "请准备报送周报：{单位}", _SOON),
        Round.FRIDAY: Rule(True, 0, morning, "请按时报送周报：{单位}", _SOON),
        Round.CUTOFF: Rule(True, 0, None, "周报已到截止时间：{单位}", _LATE),
        Round.OVERDUE: Rule(True, 0, afternoon, "周报逾期未报：{单位}", _LATE),
        Round.PRESSED: Rule(True, 1, morning, "再次催报周报：{单位}", _LATE),
        Round.LAST: Rule(True, 3, morning, "第三次催报周报：{单位}", _LATE),
    }


def rules_of(towns: Iterable[int]) -> dict[int, Rules]:
    """The rules in force of each of the towns, read in one query."""
    from reporting.reminders.models import ReminderRule

    settled: dict[int, dict[str, Rule]] = defaultdict(dict)
    for row in ReminderRule.objects.in_force(towns):
        settled[row.jurisdiction_id][row.round] = row.rule
    return {town: usual() | settled[town] for town in towns}


def on_at(now: dt.datetime) -> dict[int, str]:
    """The open weeks of which a round is on, each with it."""
    soon = now + dt.timedelta(days=MOST_DAYS + 1)
    periods = list(ReportPeriod.objects.open().filter(due_at__lte=soon))
    if not periods:
        return {}
    rules = rules_of({period.jurisdiction_id for period in periods})
    first = min(timezone.localdate(period.due_at) for period in periods)
    days = WorkingDays.between(first, max(timezone.localdate(now), first) + dt.timedelta(days=60))
    found = {period.pk: _on(rules[period.jurisdiction_id], period, days, now) for period in periods}
    return {period: code for period, code in found.items() if code}


def _on(rules: Rules, period: ReportPeriod, days: WorkingDays, now: dt.datetime) -> str:
    """The round that began last; of two that began at once the later in the table."""
    latest, on = None, ""
    for code in Round:
        rule = rules[code]
        begins = rule.begins(code, period, days)
        if not rule.is_on or begins > now or (code in BEFORE and now >= period.due_at):
            continue
        if latest is None or begins >= latest:
            latest, on = begins, code.value
    return on


def _next_working_day(day: dt.date, days: WorkingDays) -> dt.date:
    """Within two months: no holiday is longer."""
    for _ in range(60):
        day += dt.timedelta(days=1)
        if days.is_workday(day):
            break
    return day
