"""Reporting weeks, and which units were expected to report in each."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from audit.append_only import AppendOnly
from departments.models import Account, Unit
from reporting.periods import week
from reporting.periods.querysets import ReportExpectationQuerySet, ReportPeriodQuerySet
from reporting.periods.rules import Scope, Weekday
from reporting.periods.states import DueBasis, PeriodVerb

if TYPE_CHECKING:
    from reporting.duties.models import Reopening


class RangeOf(models.Func):
    """A range of two columns that takes in both of its ends."""

    template = "%(function)s(%(expressions)s, '[]')"


class ReportPeriod(models.Model):
    """One town's week, Saturday to Friday; with it the weeks before it that were wholly off.

    Due, late and closed are three things: a report signed after `due_at` is late, and one can
    still be filed until the week is closed. The schedule is worked out when the week opens. A
    change of the calendar plans it anew as long as it is not due, and never into the past; a
    later change of the town's rule does not touch it.
    """

    jurisdiction = models.ForeignKey(
        Unit, models.PROTECT, related_name="report_periods", verbose_name="乡镇"
    )
    starts_on = models.DateField("开始日")
    ends_on = models.DateField("结束日")
    due_at = models.DateTimeField("报送截止")
    remind_at = models.DateTimeField("催报时间")
    closes_at = models.DateTimeField("关闭时间")
    closed_at = models.DateTimeField("实际关闭时间", null=True)
    usual_on = models.DateField("规定的截止日")
    due_basis = models.CharField("截止依据", max_length=10, choices=DueBasis.choices)
    scope = models.CharField("报送范围", max_length=10, choices=Scope.choices, default=Scope.WEEK)
    calendar_guessed = models.BooleanField("日历缺失", default=False)
    opened_at = models.DateTimeField("开启时间", db_default=Now())

    objects = ReportPeriodQuerySet.as_manager()

    class Meta:
        verbose_name = "报送周期"
        ordering = ["-starts_on", "jurisdiction_id"]
        constraints = [
            models.UniqueConstraint(fields=["jurisdiction", "starts_on"], name="period_once"),
            models.CheckConstraint(
                condition=models.Q(starts_on__iso_week_day=6, ends_on__iso_week_day=5)
                & models.Q(
                    ends_on__range=(
                        models.F("starts_on") + week.LENGTH,
                        models.F("starts_on") + week.LENGTH + week.MOST_OFF * week.WEEK,
                    )
                ),
                name="period_saturday_to_friday",
            ),
            ExclusionConstraint(
                name="periods_do_not_overlap",
                # A range of one town: ranges need no extension of the database to be indexed so.
                expressions=[
                    (
                        RangeOf("jurisdiction", "jurisdiction", function="int8range"),
                        RangeOperators.OVERLAPS,
                    ),
                    (
                        RangeOf("starts_on", "ends_on", function="daterange"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]
        indexes = [
            models.Index(
                fields=["remind_at"],
                condition=models.Q(closed_at=None),
                name="period_open_by_reminder",
            )
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return week.label(self.starts_on, self.ends_on)

    @property
    def short_label(self) -> str:
        return week.short_label(self.starts_on, self.ends_on)

    @property
    def audit_label(self) -> str:
        return f"{self.jurisdiction_id} {self.starts_on}"

    @property
    def last_week(self) -> dt.date:
        """The Saturday of its last week: by it the period is known where several were merged."""
        return week.starts_on(self.ends_on)

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    def is_open_to(self, unit_id: int) -> bool:
        """Whether the unit can file now: the week is open, or was opened to it again."""
        return self.is_open or self.reopening_of(unit_id) is not None

    def reopening_of(self, unit_id: int) -> Reopening | None:
        """By what the closed week is open to the unit again; None while it is open to all."""
        if self.is_open:
            return None
        return self.reopenings.in_force().filter(unit=unit_id).order_by("until").last()

    @property
    def is_past_due(self) -> bool:
        return timezone.now() > self.due_at

    @property
    def is_merged(self) -> bool:
        """Whether weeks that were wholly off are part of it."""
        return self.ends_on - self.starts_on > week.LENGTH

    @property
    def bounds(self) -> tuple[dt.datetime, dt.datetime]:
        """The first moment that is reported on, and the first after it."""
        first, last = self.starts_on, self.ends_on
        if self.scope == Scope.DAY:
            first = last = timezone.localdate(self.due_at)
        return week.at_hour(first, 0), week.at_hour(last + dt.timedelta(days=1), 0)

    @property
    def due_note(self) -> str:
        """What a page says beside the deadline when it is not simply the usual day."""
        notes = []
        if self.is_merged:
            notes.append("前一周全部放假，并入本周期一次报送")
        if self.due_basis != DueBasis.USUAL:
            weekday = Weekday(self.usual_on.weekday()).label
            due = timezone.localdate(self.due_at)
            moved = "" if due == self.usual_on else f"（{due.month}月{due.day}日）"
            notes.append(f"{weekday}{self.get_due_basis_display()}{moved}")
        if self.calendar_guessed:
            notes.append(f"{self._years_without_data}，按周一至周五推算，请以通知为准")
        return "；".join(notes)

    @property
    def _years_without_data(self) -> str:
        """Which years' holidays are wanting. Of a week that crosses two, it may be one of them."""
        first, last = self.starts_on.year, self.ends_on.year
        if first == last:
            return f"{first}年节假日数据尚未录入"
        return f"{first}年、{last}年节假日数据尚未录全"


class ReportExpectation(models.Model):
    """A unit that owed a report in a period, as it was when the period opened.

    A unit that starts or stops reporting later changes no old rate. With an `exemption` it need
    not report: it is shown, and counted in no rate unless it reports all the same.
    """

    period = models.ForeignKey(
        ReportPeriod, models.CASCADE, related_name="expectations", verbose_name="周期"
    )
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="expectations", verbose_name="单位")
    exemption = models.ForeignKey(
        "reporting.Exemption",
        models.PROTECT,
        null=True,
        related_name="expectations",
        verbose_name="免报",
    )

    objects = ReportExpectationQuerySet.as_manager()

    class Meta:
        verbose_name = "应报单位"
        constraints = [models.UniqueConstraint(fields=["period", "unit"], name="expectation_once")]

    def __str__(self) -> str:
        return f"{self.unit_id} · {self.period_id}"


class PeriodEvent(AppendOnly):
    """The book of a week: what was changed about it, by whom, and in which words."""

    period = models.ForeignKey(
        ReportPeriod, models.PROTECT, related_name="events", verbose_name="周期"
    )
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", verbose_name="单位")
    verb = models.CharField("动作", max_length=20, choices=PeriodVerb.choices)
    words = models.CharField("说明", max_length=300, blank=True)
    actor = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", verbose_name="操作人"
    )
    actor_name = models.CharField("姓名", max_length=60, blank=True)
    at = models.DateTimeField("时间", db_default=Now())

    class Meta(AppendOnly.Meta):
        verbose_name = "报送周期记录"
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["period", "verb", "unit", "-at"], name="period_event_by_verb")
        ]

    def __str__(self) -> str:
        return f"{self.period_id} {self.verb}"
