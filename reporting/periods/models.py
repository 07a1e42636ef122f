"""Reporting weeks, and which units were expected to report in each."""

import datetime as dt

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from departments.models import Unit
from reporting.periods import week
from reporting.periods.querysets import ReportExpectationQuerySet, ReportPeriodQuerySet
from reporting.periods.states import DueBasis


class ReportPeriod(models.Model):
    """One town's week, Saturday to Friday.

    Due, late and closed are three things: a report signed after `due_at` is late, and one can
    still be filed until the week is closed. The schedule is worked out when the week opens and
    stays, so that a later change of the settings does not make old reports late.
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
    due_basis = models.CharField("截止依据", max_length=10, choices=DueBasis.choices)
    calendar_guessed = models.BooleanField("日历缺失", default=False)
    opened_at = models.DateTimeField("开启时间", db_default=Now())

    objects = ReportPeriodQuerySet.as_manager()

    class Meta:
        verbose_name = "报送周期"
        ordering = ["-starts_on", "jurisdiction_id"]
        constraints = [
            models.UniqueConstraint(fields=["jurisdiction", "starts_on"], name="period_once"),
            models.CheckConstraint(
                condition=models.Q(starts_on__iso_week_day=6)
                & models.Q(ends_on=models.F("starts_on") + dt.timedelta(days=6)),
                name="period_saturday_to_friday",
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
        return week.label(self.starts_on)

    @property
    def audit_label(self) -> str:
        return f"{self.jurisdiction_id} {self.starts_on}"

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def is_past_due(self) -> bool:
        return timezone.now() > self.due_at

    @property
    def bounds(self) -> tuple[dt.datetime, dt.datetime]:
        """The first moment of the week and the first after it."""
        return week.at_hour(self.starts_on, 0), week.at_hour(self.ends_on + dt.timedelta(days=1), 0)

    @property
    def due_note(self) -> str:
        """What a page says beside the deadline when it is not simply Friday by the calendar."""
        notes = []
        if self.due_basis != DueBasis.FRIDAY:
            notes.append(self.get_due_basis_display())
        if self.calendar_guessed:
            notes.append("本年度节假日数据尚未录入，按周一至周五推算，请以通知为准")
        return "；".join(notes)


class ReportExpectation(models.Model):
    """A unit that owed a report in a period, as it was when the period opened.

    A unit that starts or stops reporting later changes no old rate.
    """

    period = models.ForeignKey(
        ReportPeriod, models.CASCADE, related_name="expectations", verbose_name="周期"
    )
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="expectations", verbose_name="单位")

    objects = ReportExpectationQuerySet.as_manager()

    class Meta:
        verbose_name = "应报单位"
        constraints = [models.UniqueConstraint(fields=["period", "unit"], name="expectation_once")]

    def __str__(self) -> str:
        return f"{self.unit_id} · {self.period_id}"
