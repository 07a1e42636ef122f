"""A town's rules for its weekly reminders, as they were set one after the other."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from audit.append_only import AppendOnly
from departments.models import Account, Unit
from reporting.reminders import texts
from reporting.reminders.querysets import ReminderRuleQuerySet
from reporting.reminders.rounds import MOST_DAYS, Round, Rule


class ReminderRule(AppendOnly):
    """What a town settled about one round. The latest counts; the others are history."""

    jurisdiction = models.ForeignKey(
        Unit, models.PROTECT, related_name="reminder_rules", verbose_name="乡镇"
    )
    round = models.CharField("轮次", max_length=10, choices=Round.choices)
    version = models.PositiveIntegerField("版本")
    is_on = models.BooleanField("启用", default=True)
    day = models.PositiveSmallIntegerField("天数")
    at = models.TimeField("时间", null=True, blank=True)
    title = models.CharField("标题", max_length=60, validators=[texts.check])
    body = models.CharField("内容", max_length=400, validators=[texts.check])
    set_by = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name="修改人")
    set_at = models.DateTimeField("修改时间", db_default=Now())

    objects = ReminderRuleQuerySet.as_manager()

    class Meta(AppendOnly.Meta):
        verbose_name = "催报规则"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["jurisdiction", "round", "version"], name="reminder_rule_once_per_version"
            ),
            models.CheckConstraint(
                condition=Q(day__lte=MOST_DAYS)
                & (
                    Q(round=Round.CUTOFF, at__isnull=True)
                    | ~Q(round=Round.CUTOFF) & Q(at__isnull=False)
                ),
                name="reminder_rule_in_bounds",
                violation_error_message=f"天数为 0 到 {MOST_DAYS}，除截止时刻外须填时间。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_round_display()} {self.when}"

    @property
    def audit_label(self) -> str:
        return self.get_round_display()

    @property
    def rule(self) -> Rule:
        return Rule(self.is_on, self.day, self.at, self.title, self.body)

    @property
    def when(self) -> str:
        return self.rule.when(self.round)
