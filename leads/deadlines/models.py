"""A town's rules for deadlines, as they were set one after the other."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from audit.append_only import AppendOnly
from departments.models import Account, Unit
from leads.deadlines.kinds import Basis, DeadlineKind, Rule
from leads.deadlines.querysets import DeadlineRuleQuerySet

MOST_DAYS = 365


class DeadlineRule(AppendOnly):
    """What a town settled about one kind of deadline. The latest counts; the others are history."""

    jurisdiction = models.ForeignKey(
        Unit, models.PROTECT, related_name="deadline_rules", verbose_name="乡镇"
    )
    kind = models.CharField("种类", max_length=20, choices=DeadlineKind.choices)
    version = models.PositiveIntegerField("版本")
    days = models.PositiveSmallIntegerField("期限")
    basis = models.CharField("计算方式", max_length=10, choices=Basis.choices)
    near_days = models.PositiveSmallIntegerField("临期提前")
    set_by = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name="修改人")
    set_at = models.DateTimeField("修改时间", db_default=Now())

    objects = DeadlineRuleQuerySet.as_manager()

    class Meta(AppendOnly.Meta):
        verbose_name = "期限规则"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["jurisdiction", "kind", "version"], name="deadline_rule_once_per_version"
            ),
            models.CheckConstraint(
                condition=models.Q(days__range=(1, MOST_DAYS), near_days__lt=models.F("days")),
                name="deadline_rule_in_bounds",
                violation_error_message=f"期限为 1 到 {MOST_DAYS}，临期提前须少于期限。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.rule}"

    @property
    def audit_label(self) -> str:
        return self.get_kind_display()

    @property
    def rule(self) -> Rule:
        return Rule(self.days, self.basis, self.near_days)
