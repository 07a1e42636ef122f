"""Rules of weeks, units that begin or cease to report, exemptions, weeks that were reopened."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models.functions import Now

from audit.append_only import AppendOnly
from departments.models import Account, Unit, UnitKind
from reporting.duties.querysets import OfUnitQuerySet, ReopeningQuerySet, RuleQuerySet
from reporting.periods import week
from reporting.periods.models import RangeOf, ReportPeriod
from reporting.periods.rules import Rule, Scope, Weekday

MOST_GRACE = 60
REASON_LIMIT = 200
#: The kinds of units that can owe reports.
KINDS = [kind for kind in UnitKind if kind not in (UnitKind.DISTRICT, UnitKind.TOWN)]
SATURDAY = 6  # as the database counts the days of a week


class ReportingRule(AppendOnly):
    """What a town settled, from a week on. The week's rule is the last settled that has begun."""

    jurisdiction = models.ForeignKey(
        Unit, models.PROTECT, related_name="reporting_rules", verbose_name="乡镇"
    )
    version = models.PositiveIntegerField("版本")
    from_week = models.DateField("自哪一周起")
    weekday = models.PositiveSmallIntegerField("截止日", choices=Weekday.choices)
    due_time = models.TimeField("截止时间")
    scope = models.CharField("报送范围", max_length=10, choices=Scope.choices)
    grace_days = models.PositiveSmallIntegerField("补报天数")
    kinds = ArrayField(
        models.CharField(max_length=20, choices=[(kind.value, kind.label) for kind in KINDS]),
        verbose_name="报送单位类别",
    )
    set_by = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name="修改人")
    set_at = models.DateTimeField("修改时间", db_default=Now())

    objects = RuleQuerySet.as_manager()

    class Meta(AppendOnly.Meta):
        verbose_name = "报送规则"
        ordering = ["-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["jurisdiction", "version"], name="reporting_rule_once_per_version"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    from_week__iso_week_day=SATURDAY,
                    weekday__range=(0, 6),
                    grace_days__range=(0, MOST_GRACE),
                    kinds__len__gte=1,
                ),
                name="reporting_rule_in_bounds",
            ),
        ]

    def __str__(self) -> str:
        return self.words

    @property
    def audit_label(self) -> str:
        return self.jurisdiction.name

    @property
    def rule(self) -> Rule:
        return Rule(self.weekday, self.due_time, self.scope, self.grace_days)

    @property
    def words(self) -> str:
        kinds = "、".join(kind.label for kind in KINDS if kind in self.kinds)
        return (
            f"{self.get_weekday_display()} {self.due_time:%H:%M} 截止，"
            f"报{self.get_scope_display()}情况，本周结束后 {self.grace_days} 天关闭；{kinds}报送"
        )

    @property
    def week_label(self) -> str:
        return week.short_label(self.from_week)


class ReportingChange(AppendOnly):
    """A unit begins, or ceases, to report with a week. The last that has begun counts; a unit
    without any follows the switch in the directory of units."""

    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="reporting_changes", verbose_name="单位"
    )
    from_week = models.DateField("自哪一周起")
    reports = models.BooleanField("报送")
    reason = models.CharField("理由", max_length=REASON_LIMIT)
    set_by = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name="操作人")
    set_at = models.DateTimeField("操作时间", db_default=Now())

    objects = OfUnitQuerySet.as_manager()

    class Meta(AppendOnly.Meta):
        verbose_name = "起报停报"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(from_week__iso_week_day=SATURDAY),
                name="reporting_change_begins_a_week",
            )
        ]
        indexes = [models.Index(fields=["unit", "-id"], name="reporting_change_by_unit")]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.from_week} {self.reports}"

    @property
    def week_label(self) -> str:
        return week.short_label(self.from_week)


class Exemption(models.Model):
    """A unit need not report in the weeks from `first_week` to `last_week`, both Saturdays."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="exemptions", verbose_name="单位")
    first_week = models.DateField("起始周")
    last_week = models.DateField("截止周")
    reason = models.CharField("理由", max_length=REASON_LIMIT)
    given_by = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name="批准人")
    given_at = models.DateTimeField("批准时间", db_default=Now())

    objects = OfUnitQuerySet.as_manager()

    class Meta:
        verbose_name = "免报"
        ordering = ["-first_week", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    first_week__iso_week_day=SATURDAY,
                    last_week__iso_week_day=SATURDAY,
                    last_week__gte=models.F("first_week"),
                ),
                name="exemption_of_whole_weeks",
            ),
            ExclusionConstraint(
                name="exemptions_do_not_overlap",
                violation_error_message="该单位在这段时间已有免报。",
                expressions=[
                    (RangeOf("unit", "unit", function="int8range"), RangeOperators.OVERLAPS),
                    (
                        RangeOf("first_week", "last_week", function="daterange"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.first_week}—{self.last_week}"

    @property
    def audit_label(self) -> str:
        return self.unit.name

    @property
    def weeks_label(self) -> str:
        first, last = week.short_label(self.first_week), week.short_label(self.last_week)
        return first if first == last else f"{first}至{last}"


class Reopening(models.Model):
    """A closed week that takes the report of one unit until a moment; then it is closed again."""

    period = models.ForeignKey(
        ReportPeriod, models.PROTECT, related_name="reopenings", verbose_name="周期"
    )
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="reopenings", verbose_name="单位")
    reason = models.CharField("理由", max_length=REASON_LIMIT)
    until = models.DateTimeField("开放至")
    opened_by = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name="批准人")
    opened_at = models.DateTimeField("批准时间", db_default=Now())

    objects = ReopeningQuerySet.as_manager()

    class Meta:
        verbose_name = "补报"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(until__gte=models.F("opened_at")), name="reopened_forwards"
            )
        ]
        indexes = [models.Index(fields=["period", "unit", "-until"], name="reopening_by_week")]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.period_id} {self.until:%Y-%m-%d %H:%M}"
