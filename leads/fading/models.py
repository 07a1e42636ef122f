"""After how many days a town's unproven leads are restricted, as it was settled over time."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from audit.append_only import AppendOnly
from departments.models import Account, Unit
from leads.fading.querysets import FadingRuleQuerySet
from leads.fading.rules import MOST_DAYS
from leads.states import UNPROVEN, Finding

CHOICES = [(finding.value, finding.label) for finding in UNPROVEN]


class FadingRule(AppendOnly):
    """What a town settled about leads with one finding. The latest counts."""

    jurisdiction = models.ForeignKey(
        Unit, models.PROTECT, related_name="fading_rules", verbose_name="乡镇"
    )
    finding = models.CharField("核查结论", max_length=20, choices=CHOICES)
    version = models.PositiveIntegerField("版本")
    #: Calendar days after closing; none: never.
    days = models.PositiveSmallIntegerField("办结后天数", null=True)
    set_by = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name="修改人")
    set_at = models.DateTimeField("修改时间", db_default=Now())

    objects = FadingRuleQuerySet.as_manager()

    class Meta(AppendOnly.Meta):
        verbose_name = "受限规则"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["jurisdiction", "finding", "version"], name="fading_rule_once_per_version"
            ),
            models.CheckConstraint(
                condition=models.Q(days=None) | models.Q(days__range=(1, MOST_DAYS)),
                name="fading_rule_in_bounds",
            ),
            models.CheckConstraint(
                condition=models.Q(finding__in=[finding.value for finding in UNPROVEN]),
                name="fading_rule_of_what_was_not_proven",
            ),
            models.CheckConstraint(
                # What was found untrue fades, sooner or later.
                condition=~models.Q(finding=Finding.DISPROVEN, days=None),
                name="what_is_untrue_fades",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_finding_display()}：{self.words}"

    @property
    def audit_label(self) -> str:
        return f"受限规则：{self.get_finding_display()}"

    @property
    def words(self) -> str:
        return "不受限" if self.days is None else f"办结后 {self.days} 天"
