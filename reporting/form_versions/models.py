"""The forms that a town has had for its weekly reports."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models.functions import Now

from audit.append_only import AppendOnly
from departments.models import Account, Unit
from reporting.form_versions.querysets import FormVersionQuerySet
from reporting.periods import week
from reporting.weekly.form import ReportForm, of_data

SATURDAY = 6  # as the database counts the days of a week
#: The Saturday from which on a town's first form holds: before all of its weeks.
FIRST_WEEK = dt.date(2000, 1, 1)


class FormVersion(AppendOnly):
    """A form, from a week on. A week's form is the last settled that has begun; a report keeps
    the one it was begun on, so the row never changes."""

    jurisdiction = models.ForeignKey(
        Unit, models.PROTECT, related_name="report_forms", verbose_name="乡镇"
    )
    version = models.PositiveSmallIntegerField("版本")
    from_week = models.DateField("自哪一周起")
    definition = models.JSONField("内容")
    reason = models.CharField("修改说明", max_length=200, blank=True)
    set_by = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", verbose_name="修改人"
    )
    set_at = models.DateTimeField("修改时间", db_default=Now())

    objects = FormVersionQuerySet.as_manager()

    class Meta(AppendOnly.Meta):
        verbose_name = "填报表单"
        ordering = ["-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["jurisdiction", "version"], name="form_once_per_version"
            ),
            models.CheckConstraint(
                condition=models.Q(from_week__iso_week_day=SATURDAY, version__gte=1),
                name="form_begins_a_week",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.jurisdiction_id} 第{self.version}版"

    @property
    def audit_label(self) -> str:
        return self.jurisdiction.name

    @property
    def form(self) -> ReportForm:
        return of_data(self.version, self.definition)

    @property
    def week_label(self) -> str:
        return "一开始" if self.from_week == FIRST_WEEK else week.short_label(self.from_week)
