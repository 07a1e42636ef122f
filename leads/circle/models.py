"""Who is let in to one lead."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from departments.models import Account
from leads.circle.querysets import AccessQuerySet
from leads.circle.states import READINGS, AccessKind
from leads.models.lead import Lead


class Access(models.Model):
    """That a person is let in to one lead: to handle it where it is limited, or to read it for a
    while. A conflict of interest outweighs it. The row stays when it has ended.
    """

    lead = models.ForeignKey(Lead, models.PROTECT, related_name="accesses", verbose_name="线索")
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name="人员")
    kind = models.CharField("方式", max_length=10, choices=AccessKind.choices)
    reason = models.CharField("理由", max_length=500, blank=True)
    given_by = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name="授权人")
    at = models.DateTimeField("起", db_default=Now())
    ends_at = models.DateTimeField("止", null=True)
    ended_by = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", verbose_name="终止人"
    )
    ended_at = models.DateTimeField("终止时间", null=True)
    acknowledged_by = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", verbose_name="知悉人"
    )
    acknowledged_at = models.DateTimeField("知悉时间", null=True)

    objects = AccessQuerySet.as_manager()

    class Meta:
        verbose_name = "知悉授权"
        ordering = ["pk"]
        triggers = [
            pgtrigger.Protect(name="access_stays", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="access_is_fixed",
                fields=["lead", "account", "kind", "reason", "given_by", "at", "ends_at"],
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="access_for_a_while_with_reason",
                condition=Q(kind=AccessKind.HANDLER, ends_at=None)
                | Q(kind__in=READINGS, ends_at__gt=F("at")) & ~Q(reason=""),
            ),
            models.CheckConstraint(
                name="access_given_or_taken",
                condition=Q(kind=AccessKind.HANDLER)
                | Q(kind=AccessKind.GRANTED) & ~Q(given_by=F("account"))
                | Q(kind=AccessKind.URGENT, given_by=F("account")),
            ),
            models.CheckConstraint(
                name="access_ended_by_someone_at_a_time",
                condition=Q(ended_by=None) | Q(ended_at__isnull=False),
            ),
            models.CheckConstraint(
                name="access_acknowledged_by_someone",
                condition=Q(acknowledged_at=None, acknowledged_by=None)
                | Q(
                    kind=AccessKind.URGENT,
                    acknowledged_at__isnull=False,
                    acknowledged_by__isnull=False,
                ),
            ),
            models.UniqueConstraint(
                fields=["account", "lead", "kind"],
                condition=Q(ended_at=None),
                name="access_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["lead"],
                condition=Q(kind=AccessKind.URGENT, acknowledged_at=None),
                name="urgent_unacknowledged",
            )
        ]

    def __str__(self) -> str:
        return f"{self.lead} {self.account} {self.get_kind_display()}"

    @property
    def audit_label(self) -> str:
        return self.lead.number

    @property
    def is_in_force(self) -> bool:
        return self.ended_at is None and (self.ends_at is None or self.ends_at > timezone.now())

    @property
    def is_urgent(self) -> bool:
        return self.kind == AccessKind.URGENT
