"""What became of the demo's leads after they were closed: names cleared, words faded."""

from __future__ import annotations

import datetime as dt
import uuid

from demo.accounts import People
from demo.clock import Clock
from departments.models import Unit
from leads.clarifications.models import Clarification
from leads.clarifications.states import ClarificationState, Made
from leads.fading import services as fading
from leads.models import Lead, Subject
from leads.states import AssignmentState, Finding, LeadState

#: The newest leads that were found untrue, by where the clarification stands.
STATES = (ClarificationState.PROPOSED, ClarificationState.APPROVED, ClarificationState.DONE)
#: The job that restricts runs every hour: the last time before the demo stops.
RESTRICTED = dt.timedelta(minutes=53)


def make(*, town: Unit, people: People, span: Clock) -> None:
    """Clear the names of a few people, then restrict what is due by the demo's day."""
    untrue = Lead.objects.filter(
        jurisdiction=town,
        state=LeadState.CLOSED,
        finding=Finding.DISPROVEN,
        clarifications=None,
    )
    for state, lead in zip(STATES, untrue.order_by("-closed_at", "-pk"), strict=False):
        _clear(lead, state, people=people, span=span)
    fading.restrict_due(span.now - RESTRICTED)


def _clear(lead: Lead, state: ClarificationState, *, people: People, span: Clock) -> None:
    subject = Subject.objects.create(lead=lead, name="演示·某甲", alleged="收取费用、威胁他人")
    part = lead.assignments.filter(state=AssignmentState.ACCEPTED).order_by("pk")[0]
    made = Clarification(
        submission=uuid.uuid5(uuid.NAMESPACE_URL, f"demo:clarification:{lead.number}"),
        lead=lead,
        round=lead.round,
        finding=lead.finding,
        subject=subject,
        allegation="【演示】反映其收取费用、威胁他人。",
        verified="【演示】走访二十户，均未被收费，也没有受到威胁。",
        basis="【演示】走访笔录二十份，票据与收款记录一致。",
        verified_by_id=part.unit_id,
        verifiers="核查员一、核查员二",
        state=state,
        proposed_by=people.office,
        proposed_at=span.now - dt.timedelta(hours=20),
    )
    if state != ClarificationState.PROPOSED:
        made.decided_by, made.decided_at = people.director, span.now - dt.timedelta(hours=18)
    if state == ClarificationState.DONE:
        made.way, made.place = Made.IN_UNIT, "村委会，全体村组干部"
        made.made_on, made.made_by_id = span.now.date(), part.unit_id
        made.people, made.recorded_by = "核查员一宣布", people.office
    made.save(force_insert=True)
