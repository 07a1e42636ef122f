"""A unit takes a lead on, verifies, reports back and signs; the office reviews."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from audit.machine import Conflict
from departments.models import Account
from departments.roles import Role
from files.models import StoredFile
from leads.attachments.services import attach
from leads.machine import ASSIGNMENT, LEAD
from leads.models import Assignment, Feedback, FeedbackSignature, Lead
from leads.permissions import can_work_assignment
from leads.services.settling import drop_extension, settle
from leads.services.telling import tell_office, tell_unit
from leads.states import WAITING_FOR_UNIT, WITH_UNITS

LEADERS = frozenset({Role.LEADER})


@transaction.atomic
def sign(*, assignment: Assignment, actor: Account) -> Assignment:
    """签收: the unit takes the lead on. A second signature meets Conflict."""
    lead = LEAD.lock(assignment.lead)
    row = ASSIGNMENT.step(
        assignment, "sign", actor=actor, signed_by=actor, signed_at=timezone.now()
    )
    settle(lead)
    return row


@transaction.atomic
def refuse(
    *, assignment: Assignment, actor: Account, note: str, expected_version: int
) -> Assignment:
    """退回交办: the unit says, with a reason, that the lead is not its to verify.

    From then on it does not see the lead any more; the office hands it to another.
    """
    lead = LEAD.lock(assignment.lead)
    row = ASSIGNMENT.step(
        assignment, "refuse", actor=actor, note=note, expected_version=expected_version
    )
    drop_extension(row)
    lead = settle(lead)
    tell_office(lead, actor=actor, kind="lead_refused", title="承办单位退回交办", of=row)
    return row


@transaction.atomic
def withdraw(
    *, assignment: Assignment, actor: Account, note: str, expected_version: int
) -> Assignment:
    """撤回交办: the office takes the lead back before the unit has signed for it."""
    lead = LEAD.lock(assignment.lead)
    row = ASSIGNMENT.step(
        assignment, "withdraw", actor=actor, note=note, expected_version=expected_version
    )
    drop_extension(row)
    settle(lead)
    # To the inbox: the lead's page is not the unit's to open any more.
    tell_unit(
        lead, row.unit, kind="lead_withdrawn", title="交办已撤回，无需办理", of=row, link=False
    )
    return row


@transaction.atomic
def note_progress(
    *, assignment: Assignment, actor: Account, note: str, expected_version: int
) -> Assignment:
    """进展: where the verification stands, in between; it changes no state."""
    if not note.strip():
        raise ValidationError({"note": "请填写进展情况。"})
    LEAD.lock(assignment.lead)
    return ASSIGNMENT.remark(
        assignment,
        "progress",
        actor=actor,
        who=can_work_assignment,
        during=WAITING_FOR_UNIT,
        label="填写进展",
        note=note,
        expected_version=expected_version,
    )


@transaction.atomic
def report_back(
    *,
    assignment: Assignment,
    actor: Account,
    expected_version: int,
    uploads: Collection[StoredFile] = (),
    **feedback: Any,
) -> Feedback:
    """反馈送签: what the unit found, and the files it rests on, are put before its leader."""
    lead = LEAD.lock(assignment.lead)
    row = ASSIGNMENT.step(assignment, "report", actor=actor, expected_version=expected_version)
    written = _write(row, actor, feedback, uploads)
    tell_unit(lead, row.unit, roles=LEADERS, kind="lead_to_sign", title="核查反馈待您签字", of=row)
    return written


@transaction.atomic
def report_and_sign(
    *,
    assignment: Assignment,
    actor: Account,
    expected_version: int,
    uploads: Collection[StoredFile] = (),
    **feedback: Any,
) -> Feedback:
    """The unit's leader writes what was found and signs it, as one step."""
    lead = LEAD.lock(assignment.lead)
    written = _write(ASSIGNMENT.lock(assignment), actor, feedback, uploads)
    _sign_off(lead, assignment, written, actor, expected_version)
    return written


@transaction.atomic
def sign_off(*, assignment: Assignment, actor: Account, expected_version: int) -> Assignment:
    """签字反馈: the leader's signature binds to what is written; the unit has then reported.

    `expected_version` is that of the page which showed the feedback: whoever signs has read
    what is signed.
    """
    lead = LEAD.lock(assignment.lead)
    return _sign_off(lead, assignment, assignment.feedback.last(), actor, expected_version)


@transaction.atomic
def revise(
    *, assignment: Assignment, actor: Account, note: str = "", expected_version: int
) -> Assignment:
    """退回修改: before the signature the feedback goes back to who writes it."""
    lead = LEAD.lock(assignment.lead)
    row = ASSIGNMENT.step(
        assignment, "revise", actor=actor, note=note, expected_version=expected_version
    )
    tell_unit(lead, row.unit, kind="lead_to_revise", title="核查反馈需要修改", of=row)
    return row


@transaction.atomic
def return_feedback(
    *, assignment: Assignment, actor: Account, note: str, expected_version: int
) -> Assignment:
    """退回: the unit verifies again; what it reported stays as it was."""
    lead = LEAD.lock(assignment.lead)
    _require_with_units(lead, assignment, "退回")
    row = ASSIGNMENT.step(
        assignment, "return", actor=actor, note=note, expected_version=expected_version
    )
    settle(lead)
    tell_unit(lead, row.unit, kind="lead_returned", title="反馈被退回，请补充核查", of=row)
    return row


@transaction.atomic
def approve(*, assignment: Assignment, actor: Account, expected_version: int) -> Assignment:
    """审核通过: the office takes the unit's feedback as it is."""
    lead = LEAD.lock(assignment.lead)
    _require_with_units(lead, assignment, "审核")
    return ASSIGNMENT.step(assignment, "approve", actor=actor, expected_version=expected_version)


def _write(
    row: Assignment, actor: Account, feedback: dict[str, Any], uploads: Collection[StoredFile]
) -> Feedback:
    written = Feedback(assignment=row, by=actor, **feedback)
    written.full_clean(exclude=["at"])
    written.save()
    attach(lead=row.lead, actor=actor, uploads=uploads, assignment=row, feedback=written)
    return written


def _sign_off(
    lead: Lead,
    assignment: Assignment,
    feedback: Feedback | None,
    actor: Account,
    expected_version: int,
) -> Assignment:
    row = ASSIGNMENT.step(
        assignment,
        "sign_off",
        actor=actor,
        expected_version=expected_version,
        reported_at=timezone.now(),
    )
    FeedbackSignature.objects.create(feedback=feedback, digest=feedback.digest, by=actor)
    drop_extension(row)
    lead = settle(lead)
    tell_office(lead, actor=actor, kind="lead_reported", title="承办单位已反馈核查情况", of=row)
    return row


def _require_with_units(lead: Lead, assignment: Assignment, act: str) -> None:
    """What a unit reported is reviewed while the lead is with units, in the round of the report."""
    if assignment.round != lead.round:
        raise Conflict(f"线索已重启为第 {lead.round} 轮，不能{act}以前轮次的反馈。")
    if lead.state not in WITH_UNITS:
        raise Conflict(f"线索当前状态是“{lead.get_state_display()}”，不能{act}单位的反馈。")
