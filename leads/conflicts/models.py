"""Conflicts of interest, as rows: derived from what a lead names, or declared."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from departments.models import Account, Unit
from leads.conflicts.querysets import ConflictQuerySet
from leads.conflicts.states import Why
from leads.models.lead import Lead


class ConflictOfInterest(models.Model):
    """A unit or a person from whom a lead is kept (回避), until somebody lifts it.

    A person who is named and answers for a unit bars that unit too: which, is asked of the
    memberships each time, so that whoever joins or leaves a unit needs no row written anew.
    """

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="conflicts", verbose_name="线索")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", verbose_name="单位")
    account = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", verbose_name="人员"
    )
    why = models.CharField("原因", max_length=20, choices=Why.choices)
    reason = models.CharField("理由", max_length=1000, blank=True)
    at = models.DateTimeField("时间", db_default=Now())
    lifted_by = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", verbose_name="解除人"
    )
    lifted_at = models.DateTimeField("解除时间", null=True)
    lifted_reason = models.CharField("解除理由", max_length=1000, blank=True)

    objects = ConflictQuerySet.as_manager()

    class Meta:
        verbose_name = "回避"
        ordering = ["pk"]
        triggers = [
            # What somebody declared, or looked at and lifted, says who decided; what merely follows
            # from a name goes with it.
            pgtrigger.Protect(
                name="declared_and_lifted_stay",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Q(old__why=Why.RECUSED)
                | pgtrigger.Q(old__lifted_at__isnull=False),
            ),
            pgtrigger.ReadOnly(
                name="conflict_is_fixed", fields=["lead", "unit", "account", "why", "reason"]
            ),
            pgtrigger.Protect(
                name="lifted_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__lifted_at__isnull=False),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="conflict_of_unit_or_person",
                condition=Q(why=Why.NAMED_UNIT, unit__isnull=False, account__isnull=True)
                | Q(
                    why__in=[Why.NAMED_PERSON, Why.RECUSED],
                    unit__isnull=True,
                    account__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="conflict_lifted_with_reason",
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True, lifted_reason="")
                | Q(lifted_at__isnull=False, lifted_by__isnull=False)
                & ~Q(lifted_reason="")
                & ~Q(why=Why.NAMED_UNIT),
            ),
            models.UniqueConstraint(
                fields=["unit", "lead"],
                condition=Q(why=Why.NAMED_UNIT),
                name="conflict_of_unit_once",
            ),
            models.UniqueConstraint(
                fields=["account", "lead"],
                condition=Q(why=Why.NAMED_PERSON),
                name="conflict_of_person_once",
            ),
            models.UniqueConstraint(
                fields=["account", "lead"],
                condition=Q(why=Why.RECUSED, lifted_at=None),
                name="recused_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lead_id} {self.unit or self.account}"

    @property
    def is_in_force(self) -> bool:
        return self.lifted_at is None
