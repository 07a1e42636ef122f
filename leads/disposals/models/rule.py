"""For how long leads are kept."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from audit.append_only import AppendOnly
from departments.models import Account, Unit
from leads.disposals.querysets import RetentionRuleQuerySet
from leads.disposals.rules import MOST_YEARS
from leads.disposals.states import OutcomeKind

REASON_LIMIT = 200


class RetentionRule(AppendOnly):
    """For how long a town keeps leads that ended one way. The latest counts."""

    jurisdiction = models.ForeignKey(
        Unit, models.PROTECT, related_name="retention_rules", verbose_name="乡镇"
    )
    kind = models.CharField("办理结果", max_length=20, choices=OutcomeKind.choices)
    version = models.PositiveIntegerField("版本")
    #: Years after the lead ended; none: for good.
    years = models.PositiveSmallIntegerField("留存年限", null=True)
    reason = models.CharField("理由", max_length=REASON_LIMIT)
    set_by = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name="修改人")
    set_at = models.DateTimeField("修改时间", db_default=Now())

    objects = RetentionRuleQuerySet.as_manager()

    class Meta(AppendOnly.Meta):
        verbose_name = "留存期限"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["jurisdiction", "kind", "version"], name="retention_rule_once_per_version"
            ),
            models.CheckConstraint(
                condition=Q(years=None) | Q(years__range=(1, MOST_YEARS)),
                name="retention_rule_in_bounds",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="retention_rule_with_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}：{self.words}"

    @property
    def audit_label(self) -> str:
        return f"留存期限：{self.get_kind_display()}"

    @property
    def words(self) -> str:
        return "长期留存" if self.years is None else f"{self.years} 年"


def rule_words(years: int, version: int) -> str:
    """The rule as a person reads it: how long, and whose it was."""
    return f"{years} 年（{f'本镇第 {version} 版' if version else '平台预设'}）"
