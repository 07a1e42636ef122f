"""A lead ends: the office proposes, the director approves."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from departments.models import Account, UnitKind
from departments.roles import Role
from leads.machine import ASSIGNMENT, LEAD
from leads.models import ClosureProposal, Lead
from leads.services.telling import tell_office
from leads.states import AssignmentState

DIRECTORS = frozenset({Role.DIRECTOR})
OUTCOME = ("finding", "disposition", "closing_words")


@transaction.atomic
def propose_closing(*, lead: Lead, actor: Account, expected_version: int, **outcome: str) -> Lead:
    """报请办结: what the office would close the lead with, put before the director.

    `outcome` holds finding, disposition and closing_words; the lead has none of them until the
    director agrees. ValidationError as for `close`.
    """
    row = LEAD.lock(lead)
    _require_discipline(row)
    row = LEAD.step(row, "propose_closing", actor=actor, expected_version=expected_version)
    proposal = ClosureProposal(lead=row, round=row.round, by=actor, **outcome)
    proposal.full_clean(exclude=["at"])
    proposal.save()
    tell_office(
        row,
        actor=actor,
        roles=DIRECTORS,
        kind="closing_proposed",
        title="线索报请办结，待您审批",
        turn=f"v{row.version}",
    )
    return row


@transaction.atomic
def recall_closing(*, lead: Lead, actor: Account, expected_version: int) -> Lead:
    """撤回报批 before the director has decided."""
    return LEAD.step(lead, "recall_closing", actor=actor, expected_version=expected_version)


@transaction.atomic
def reject_closing(*, lead: Lead, actor: Account, note: str, expected_version: int) -> Lead:
    """不同意办结, with a reason: the office goes on."""
    row = LEAD.step(
        lead, "reject_closing", actor=actor, note=note, expected_version=expected_version
    )
    tell_office(
        row,
        actor=actor,
        kind="closing_rejected",
        title="办结未获同意，请补充",
        turn=f"v{row.version}",
    )
    return row


@transaction.atomic
def approve_closing(*, lead: Lead, actor: Account, expected_version: int) -> Lead:
    """批准办结: the lead ends as the office proposed.

    `expected_version` is that of the page which showed the proposal.
    """
    row = LEAD.lock(lead)
    proposal = row.proposals.last()
    outcome = {name: getattr(proposal, name, "") for name in OUTCOME}
    return _close(row, actor, expected_version, outcome)


@transaction.atomic
def close(*, lead: Lead, actor: Account, expected_version: int, **outcome: str) -> Lead:
    """办结 by the director: the finding and what follows from it, two separate answers.

    `outcome` holds finding, disposition and closing_words. A lead that speaks of a protective
    umbrella is not closed before the discipline commission's own assignment has been reported
    (ValidationError).
    """
    return _close(LEAD.lock(lead), actor, expected_version, outcome)


def _close(row: Lead, actor: Account, expected_version: int, outcome: dict[str, str]) -> Lead:
    _require_discipline(row)
    row = LEAD.step(
        row,
        "close",
        actor=actor,
        note=outcome["closing_words"],
        expected_version=expected_version,
        closed_at=timezone.now(),
        **outcome,
    )
    for assignment in row.assignments_of_round().filter(state=AssignmentState.REPORTED):
        ASSIGNMENT.follow(assignment, AssignmentState.ACCEPTED)
    return row


def _require_discipline(lead: Lead) -> None:
    if not lead.umbrella_suspected:
        return
    reported = lead.assignments_of_round().filter(
        unit__kind=UnitKind.DISCIPLINE,
        state__in=[AssignmentState.REPORTED, AssignmentState.ACCEPTED],
    )
    if not reported.exists():
        raise ValidationError("反映涉及“保护伞”的线索，须先有纪检机关的核查反馈，才能办结。")
