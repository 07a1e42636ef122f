"""A major lead, put before the office or before a police unit."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from departments.models import Account, Unit
from leads.alerts.querysets import AlertQuerySet
from leads.models.lead import Lead


class Alert(models.Model):
    """That a major lead was put before somebody: once before each, until one of them knows."""

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="alerts", verbose_name="线索")
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name="单位",
        help_text="承办的公安机关；空为扫黑办主任。",
    )
    raised_by = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name="触发人")
    raised_at = models.DateTimeField("触发时间", db_default=Now())
    acknowledged_by = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", verbose_name="知悉人"
    )
    acknowledged_at = models.DateTimeField("知悉时间", null=True)

    objects = AlertQuerySet.as_manager()

    class Meta:
        verbose_name = "重大线索提醒"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["lead", "unit"], name="alert_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=models.Q(acknowledged_at=None, acknowledged_by=None)
                | models.Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False),
                name="alert_acknowledged_by_someone",
            ),
        ]
        indexes = [
            models.Index(
                fields=["lead"],
                condition=models.Q(acknowledged_at=None),
                name="alert_unacknowledged",
            )
        ]

    def __str__(self) -> str:
        return f"{self.lead} → {self.unit or '扫黑办'}"

    @property
    def town(self) -> int:
        return self.lead.jurisdiction_id
