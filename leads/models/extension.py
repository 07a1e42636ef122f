"""More time for an assignment."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from departments.models import Account
from leads.machine import EXTENSION
from leads.models.assignment import Assignment
from leads.querysets import ExtensionQuerySet
from leads.states import EXTENSION_TONES, ExtensionState


class Extension(models.Model):
    """A unit's request for a later deadline. The deadline that it had is kept here."""

    assignment = models.ForeignKey(
        Assignment, models.CASCADE, related_name="extensions", verbose_name="交办"
    )
    state = models.CharField(
        "状态", max_length=10, choices=ExtensionState.choices, default=ExtensionState.ASKED
    )
    old_due_on = models.DateField("原期限")
    new_due_on = models.DateField("申请延至")
    reason = models.TextField("理由", max_length=1000)
    asked_by = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name="申请人")
    asked_at = models.DateTimeField("申请时间", db_default=Now())
    decided_by = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", verbose_name="审批人"
    )
    decided_at = models.DateTimeField("审批时间", null=True)

    objects = ExtensionQuerySet.as_manager()

    class Meta:
        verbose_name = "延期申请"
        ordering = ["pk"]
        triggers = [EXTENSION.trigger("extension_states")]
        constraints = [
            models.UniqueConstraint(
                fields=["assignment"],
                condition=models.Q(state=ExtensionState.ASKED),
                name="one_extension_asked_at_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(new_due_on__gt=models.F("old_due_on")),
                name="extension_is_later",
                violation_error_message="延期后的期限必须晚于原期限。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assignment_id} {self.new_due_on}"

    @property
    def tone(self) -> str:
        return EXTENSION_TONES[ExtensionState(self.state)]

    def record(self, *, actor: Account, verb: str, source: str, target: str, note: str) -> None:
        self.assignment.record(actor=actor, verb=verb, source=source, target=target, note=note)
