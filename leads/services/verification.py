"""A unit verifies and reports back; the office reviews."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from departments.models import Account
from leads.machine import ASSIGNMENT, LEAD
from leads.models import Assignment, Feedback
from leads.services.telling import tell_office, tell_unit
from leads.states import WAITING_FOR_UNIT, LeadState


def sign(*, assignment: Assignment, actor: Account) -> Assignment:
    """签收: the unit takes the lead on. A second signature meets Conflict."""
    with transaction.atomic():
        lead = LEAD.lock(assignment.lead)
        row = ASSIGNMENT.step(
            assignment, "sign", actor=actor, signed_by=actor, signed_at=timezone.now()
        )
        if lead.state == LeadState.ASSIGNED:
            LEAD.follow(lead, "start", actor=actor)
        return row


def report_back(
    *, assignment: Assignment, actor: Account, expected_version: int, **feedback: Any
) -> Feedback:
    """反馈: what the unit found. The lead is reported back once every unit has reported."""
    with transaction.atomic():
        lead = LEAD.lock(assignment.lead)
        row = ASSIGNMENT.step(
            assignment,
            "report",
            actor=actor,
            expected_version=expected_version,
            reported_at=timezone.now(),
        )
        written = Feedback(assignment=row, by=actor, **feedback)
        written.full_clean(exclude=["at"])
        written.save()
        if not lead.assignments.filter(state__in=WAITING_FOR_UNIT).exists():
            LEAD.follow(lead, "conclude", actor=actor)
        tell_office(lead, actor=actor, kind="lead_reported", title="承办单位已反馈核查情况", of=row)
        return written


def return_feedback(
    *, assignment: Assignment, actor: Account, note: str, expected_version: int
) -> Assignment:
    """退回: the unit verifies again; what it reported stays as it was."""
    with transaction.atomic():
        lead = LEAD.lock(assignment.lead)
        row = ASSIGNMENT.step(
            assignment, "return", actor=actor, note=note, expected_version=expected_version
        )
        if lead.state == LeadState.REPORTED_BACK:
            LEAD.follow(lead, "reopen", actor=actor)
        tell_unit(lead, row.unit, kind="lead_returned", title="反馈被退回，请补充核查", of=row)
        return row
