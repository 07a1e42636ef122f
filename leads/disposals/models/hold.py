"""What keeps a lead whatever its age."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from departments.models import Account
from leads.disposals.models.rule import REASON_LIMIT
from leads.disposals.querysets import HoldQuerySet
from leads.models.lead import Lead


class LegalHold(models.Model):
    """暂停处置: the lead is kept whatever its age, for a lawsuit, a review or an audit.

    Written once; only its lifting is added, once.
    """

    lead = models.ForeignKey(Lead, models.PROTECT, related_name="holds", verbose_name="线索")
    reason = models.CharField("理由", max_length=REASON_LIMIT)
    set_by = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name="设置人")
    set_at = models.DateTimeField("设置时间", db_default=Now())
    lifted_by = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", verbose_name="解除人"
    )
    lifted_at = models.DateTimeField("解除时间", null=True)
    lifted_reason = models.CharField("解除理由", max_length=REASON_LIMIT, blank=True)

    objects = HoldQuerySet.as_manager()

    class Meta:
        verbose_name = "暂停处置"
        ordering = ["pk"]
        triggers = [
            pgtrigger.Protect(name="hold_stays", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="hold_is_fixed", fields=["lead", "reason", "set_by", "set_at"]),
            pgtrigger.Protect(
                name="a_lifted_hold_stays_lifted",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__lifted_at__isnull=False),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["lead"], condition=Q(lifted_at=None), name="one_hold_in_force_per_lead"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="hold_with_reason"),
            models.CheckConstraint(
                name="hold_lifted_with_reason",
                condition=Q(lifted_at=None, lifted_by=None, lifted_reason="")
                | Q(lifted_at__isnull=False, lifted_by__isnull=False) & ~Q(lifted_reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lead_id} {self.set_at:%Y-%m-%d}"
