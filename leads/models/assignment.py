"""A lead in the hands of one unit."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models.functions import Now

from departments.models import Account, Unit
from departments.roles import BARRING_ROLES
from leads import due
from leads.machine import ASSIGNMENT
from leads.models.lead import Lead
from leads.querysets import AssignmentQuerySet
from leads.states import (
    ASSIGNMENT_TONES,
    UNDER_WAY,
    VOID,
    WAITING_FOR_UNIT,
    AssignmentRole,
    AssignmentState,
)

#: The same as `leads.conflicts.querysets.ConflictQuerySet.barring_units`, for SQL.
REFUSE_BARRED = f"""
    IF EXISTS (
        SELECT 1 FROM leads_conflictofinterest kept
        WHERE kept.lead_id = NEW.lead_id AND kept.lifted_at IS NULL
          AND (kept.unit_id = NEW.unit_id
               OR kept.why = 'named_person' AND EXISTS (
                   SELECT 1 FROM departments_membership held
                   WHERE held.account_id = kept.account_id AND held.unit_id = NEW.unit_id
                     AND held.role IN ({", ".join(f"'{role}'" for role in sorted(BARRING_ROLES))})
               ))
    ) THEN
        RAISE EXCEPTION 'the lead is kept from this unit' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


class Assignment(models.Model):
    """A lead handed to one unit: its own state, deadline and feedback."""

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="assignments", verbose_name="线索")
    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="assignments", verbose_name="承办单位"
    )
    state = models.CharField(
        "状态",
        max_length=20,
        choices=AssignmentState.choices,
        default=AssignmentState.PENDING,
    )
    round = models.PositiveSmallIntegerField("轮次", default=1)
    role = models.CharField(
        "分工", max_length=10, choices=AssignmentRole.choices, default=AssignmentRole.LEAD
    )
    #: 双移交: police and discipline verify side by side, each with a deadline and a result.
    is_joint = models.BooleanField("双移交", default=False)
    due_on = models.DateField("办理期限")
    near_days = models.PositiveSmallIntegerField("临期提前天数", default=due.NEAR_DAYS)
    instructions = models.TextField("交办要求", blank=True, max_length=2000)
    assigned_by = models.ForeignKey(
        Account, models.PROTECT, related_name="+", verbose_name="交办人"
    )
    assigned_at = models.DateTimeField("交办时间", db_default=Now())
    signed_by = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", verbose_name="签收人"
    )
    signed_at = models.DateTimeField("签收时间", null=True)
    reported_at = models.DateTimeField("反馈时间", null=True)
    version = models.PositiveIntegerField("版本", default=0)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = "交办"
        ordering = ["pk"]
        triggers = [
            ASSIGNMENT.trigger("assignment_states"),
            pgtrigger.Trigger(
                name="assigned_to_no_barred_unit",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("lead_id", "unit_id"),
                func=REFUSE_BARRED,
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["lead", "unit", "round"],
                condition=~models.Q(state__in=VOID),
                name="assigned_once_per_round",
            )
        ]
        indexes = [
            models.Index(fields=["unit", "state"], name="assignment_by_unit"),
            models.Index(
                fields=["due_on"],
                condition=models.Q(state__in=WAITING_FOR_UNIT),
                name="assignment_waiting_by_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lead_id} → {self.unit}"

    @property
    def tone(self) -> str:
        return ASSIGNMENT_TONES.get(self.state, UNDER_WAY)

    @property
    def due(self) -> due.Due | None:
        return due.standing(
            self.due_on, ended=self.state not in WAITING_FOR_UNIT, near_days=self.near_days
        )

    def record(self, *, actor: Account, verb: str, source: str, target: str, note: str) -> None:
        from leads.models.timeline import LeadEvent

        LeadEvent.write(
            self.lead,
            actor=actor,
            verb=verb,
            source=source,
            target=target,
            note=note,
            assignment=self,
        )
