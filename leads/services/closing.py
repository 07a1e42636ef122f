"""A lead ends."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from departments.models import Account, UnitKind
from leads.machine import ASSIGNMENT, LEAD
from leads.models import Lead
from leads.states import AssignmentState


def close(
    *,
    lead: Lead,
    actor: Account,
    finding: str,
    disposition: str,
    closing_words: str,
    expected_version: int,
) -> Lead:
    """办结: the finding and what follows from it, two separate answers.

    A lead that speaks of a protective umbrella is not closed before the discipline commission's
    own assignment has been reported (ValidationError).
    """
    with transaction.atomic():
        row = LEAD.lock(lead)
        if row.umbrella_suspected and not _discipline_has_reported(row):
            raise ValidationError("反映涉及“保护伞”的线索，须先有纪检机关的核查反馈，才能办结。")
        row = LEAD.step(
            row,
            "close",
            actor=actor,
            note=closing_words,
            expected_version=expected_version,
            finding=finding,
            disposition=disposition,
            closing_words=closing_words,
            closed_at=timezone.now(),
        )
        for assignment in row.assignments.filter(state=AssignmentState.REPORTED):
            ASSIGNMENT.follow(assignment, "approve", actor=actor)
        return row


def _discipline_has_reported(lead: Lead) -> bool:
    return lead.assignments.filter(
        unit__kind=UnitKind.DISCIPLINE,
        state__in=[AssignmentState.REPORTED, AssignmentState.ACCEPTED],
    ).exists()
