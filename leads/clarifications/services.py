"""The only writers of clarifications."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from audit.machine import Conflict
from departments.models import Account, Unit
from departments.roles import Role
from leads import due
from leads.clarifications.machine import CLARIFICATION
from leads.clarifications.models import Clarification
from leads.clarifications.permissions import can_propose
from leads.clarifications.states import UNTRUE
from leads.machine import LEAD
from leads.models import Lead
from leads.services.telling import tell_office
from leads.states import AssignmentState, LeadState

DIRECTORS = frozenset({Role.DIRECTOR})
CLOSED = (LeadState.CLOSED, LeadState.ARCHIVED)
#: Not yet written when a clarification is proposed.
LATER = ("proposed_at", "decided_by", "decided_at", "made_by", "recorded_by")
NOT_UNTRUE = "只有办结并且查否、部分查实的线索才予澄清；存疑、无法核查的，未查实不等于不实。"


def can_be_clarified(lead: Lead) -> bool:
    """Whether something that the lead says was verified to be untrue."""
    return lead.state in CLOSED and lead.finding in UNTRUE


def verifying_units(lead: Lead) -> QuerySet[Unit]:
    """Who verified the lead in its present round; the unit that logged it where none did."""
    reported = lead.assignments_of_round().filter(state=AssignmentState.ACCEPTED)
    units = Unit.objects.filter(pk__in=reported.values("unit"))
    return units if units.exists() else Unit.objects.filter(pk=lead.registered_unit_id)


@transaction.atomic
def propose(*, lead: Lead, actor: Account, submission: uuid.UUID, **told: Any) -> Clarification:
    """Put before the director what is to be cleared: subject, allegation, verified, basis,
    verified_by, verifiers.

    The same `submission` again gives the same row. Conflict for a lead of which nothing was
    verified to be untrue; ValidationError for a subject or unit that is none of the lead's.
    """
    row = LEAD.lock(lead)
    if not can_propose.test(actor, row):
        raise PermissionDenied
    there = row.clarifications.filter(submission=submission).first()
    if there is not None:
        return there
    if not can_be_clarified(row):
        raise Conflict(NOT_UNTRUE)
    subject = told["subject"]
    if subject is not None and subject.lead_id != row.pk:
        raise ValidationError({"subject": "请选择这条线索的被反映人。"})
    if not verifying_units(row).filter(pk=told["verified_by"].pk).exists():
        raise ValidationError({"verified_by": "由核查的单位澄清：请选择这条线索的核查单位。"})
    made = Clarification(
        lead=row,
        round=row.round,
        finding=row.finding,
        proposed_by=actor,
        submission=submission,
        **told,
    )
    made.full_clean(exclude=LATER)
    made.save(force_insert=True)
    made.record(actor=actor, verb="propose", source="", target=made.state, note="")
    tell_office(
        row,
        actor=actor,
        roles=DIRECTORS,
        kind="clarification_proposed",
        title="有澄清待您审批",
        turn=f"c{made.pk}",
    )
    return made


@transaction.atomic
def approve(
    *, clarification: Clarification, actor: Account, expected_version: int
) -> Clarification:
    """同意澄清. Conflict when the lead has been taken up again meanwhile."""
    row = LEAD.lock(clarification.lead)
    if not can_be_clarified(row) or row.round != clarification.round:
        raise Conflict("线索已重启或结论已变，这项澄清不能再办理，请撤回。")
    made = _step(clarification, "approve", actor, expected_version, **_decided(actor))
    _tell(made, actor, "澄清已获同意，请澄清并记录")
    return made


@transaction.atomic
def reject(
    *, clarification: Clarification, actor: Account, note: str, expected_version: int
) -> Clarification:
    """不同意澄清, with a reason."""
    LEAD.lock(clarification.lead)
    made = _step(clarification, "reject", actor, expected_version, note=note, **_decided(actor))
    _tell(made, actor, "澄清未获同意")
    return made


@transaction.atomic
def withdraw(
    *, clarification: Clarification, actor: Account, note: str, expected_version: int
) -> Clarification:
    """撤回 before it was made known, with a reason."""
    LEAD.lock(clarification.lead)
    return _step(clarification, "withdraw", actor, expected_version, note=note)


@transaction.atomic
def make_known(
    *,
    clarification: Clarification,
    actor: Account,
    way: str,
    made_on: dt.date,
    place: str,
    made_by: Unit,
    people: str,
    expected_version: int,
) -> Clarification:
    """Record how, when, where and by whom the name was cleared.

    ValidationError for a date to come, and for a way whose place is missing.
    """
    LEAD.lock(clarification.lead)
    if made_on > due.today():
        raise ValidationError({"made_on": "澄清日期不能晚于今天。"})
    return _step(
        clarification,
        "make_known",
        actor,
        expected_version,
        way=way,
        made_on=made_on,
        place=place,
        made_by=made_by,
        people=people,
        recorded_by=actor,
    )


def _step(
    clarification: Clarification,
    verb: str,
    actor: Account,
    expected_version: int,
    *,
    note: str = "",
    **changes: Any,
) -> Clarification:
    return CLARIFICATION.step(
        clarification,
        verb,
        actor=actor,
        note=note,
        expected_version=expected_version,
        **changes,
    )


def _decided(actor: Account) -> dict[str, Any]:
    return {"decided_by": actor, "decided_at": timezone.now()}


def _tell(made: Clarification, actor: Account, title: str) -> None:
    tell_office(
        made.lead,
        actor=actor,
        kind="clarification_decided",
        title=title,
        turn=f"c{made.pk}v{made.version}",
    )
