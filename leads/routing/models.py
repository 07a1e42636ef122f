"""The routing table: one row says that leads of a kind go to certain units, and why."""

from __future__ import annotations

from django.db import models

from departments.models import Domain, Unit
from leads.models.dictionaries import Conduct
from leads.routing.querysets import RoutingRuleQuerySet
from leads.states import AssignmentRole


class RoutingRule(models.Model):
    """A row of the table. What is left empty fits every lead.

    The units that answer for a lead's domain are suggested without any row; rows come on top.
    """

    jurisdiction = models.ForeignKey(Unit, models.CASCADE, related_name="+", verbose_name="乡镇")
    domains = models.ManyToManyField(
        Domain, blank=True, related_name="+", verbose_name="行业领域", help_text="不选则不限。"
    )
    conducts = models.ManyToManyField(
        Conduct, blank=True, related_name="+", verbose_name="行为类型", help_text="不选则不限。"
    )
    place = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="涉及村居",
    )
    umbrella = models.BooleanField("涉及“保护伞”", null=True, blank=True)
    from_units = models.BooleanField("只限单位、村居自行登记的线索", default=False)
    units = models.ManyToManyField(Unit, related_name="+", verbose_name="承办单位")
    role = models.CharField(
        "分工", max_length=10, choices=AssignmentRole.choices, default=AssignmentRole.LEAD
    )
    reason = models.CharField("理由", max_length=60, help_text="显示在建议的单位旁。")
    position = models.PositiveSmallIntegerField("次序", default=0)
    is_active = models.BooleanField("启用", default=True)

    objects = RoutingRuleQuerySet.as_manager()

    class Meta:
        verbose_name = "转办规则"
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.reason

    @property
    def audit_label(self) -> str:
        return self.reason
