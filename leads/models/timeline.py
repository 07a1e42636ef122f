"""Who did what to a lead, when and with what words."""

from __future__ import annotations

from django.db import models

from audit.append_only import TimelineEvent
from departments.models import Account
from leads.machine import verb_label
from leads.models.assignment import Assignment
from leads.models.lead import Lead
from leads.states import AssignmentState, ExtensionState, LeadState


class LeadEvent(TimelineEvent):
    """One step in the life of a lead."""

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="events", verbose_name="线索")
    assignment = models.ForeignKey(
        Assignment, models.CASCADE, null=True, related_name="events", verbose_name="交办"
    )

    class Meta(TimelineEvent.Meta):
        verbose_name = "线索流转记录"
        indexes = [models.Index(fields=["actor", "lead"], name="lead_event_by_actor")]

    def __str__(self) -> str:
        return f"{self.lead} {self.verb_label} {self.at:%Y-%m-%d %H:%M}"

    @classmethod
    def write(
        cls,
        lead: Lead,
        *,
        actor: Account,
        verb: str,
        source: str = "",
        target: str,
        note: str = "",
        assignment: Assignment | None = None,
    ) -> LeadEvent:
        return cls.objects.create(
            lead=lead,
            assignment=assignment,
            actor=actor,
            actor_name=actor.full_name,
            unit_name=actor.main_unit.name if actor.main_unit else "",
            verb=verb,
            from_state=source,
            to_state=target,
            note=note,
        )

    @property
    def verb_label(self) -> str:
        return verb_label(self.verb, self.from_state)

    @property
    def to_label(self) -> str:
        if self.from_state == self.to_state:
            return ""
        known = dict(LeadState.choices)
        if self.assignment_id:
            known = dict(AssignmentState.choices) | dict(ExtensionState.choices)
        return known.get(self.to_state, "")
