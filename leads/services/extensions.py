"""More time: a unit asks, the director decides; the old deadline stays on record."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.machine import Conflict
from departments.models import Account
from departments.roles import Role
from leads.deadlines.rules import near_days
from leads.machine import ASSIGNMENT, EXTENSION, LEAD
from leads.models import Assignment, Extension
from leads.permissions import can_work_assignment
from leads.services.settling import settle
from leads.services.telling import tell_office, tell_unit
from leads.states import WAITING_FOR_UNIT

DIRECTORS = frozenset({Role.DIRECTOR})


def ask(
    *,
    assignment: Assignment,
    actor: Account,
    new_due_on: dt.date,
    reason: str,
    expected_version: int,
) -> Extension:
    """申请延期. One request at a time; Conflict while another waits, ValidationError when the new
    deadline is not later than the one there is."""
    try:
        return _ask(assignment, actor, new_due_on, reason, expected_version)
    except IntegrityError:
        raise Conflict("已有一项延期申请正在等待审批。") from None


@transaction.atomic
def _ask(
    assignment: Assignment, actor: Account, new_due_on: dt.date, reason: str, expected_version: int
) -> Extension:
    lead = LEAD.lock(assignment.lead)
    row = ASSIGNMENT.remark(
        assignment,
        "ask_extension",
        actor=actor,
        who=can_work_assignment,
        during=WAITING_FOR_UNIT,
        label="申请延期",
        note=f"由 {assignment.due_on} 延至 {new_due_on}。{reason}",
        expected_version=expected_version,
    )
    if new_due_on <= row.due_on:
        raise ValidationError({"new_due_on": f"须晚于现在的期限 {row.due_on}。"})
    extension = Extension(
        assignment=row,
        old_due_on=row.due_on,
        new_due_on=new_due_on,
        reason=reason,
        asked_by=actor,
    )
    extension.full_clean(
        exclude=["asked_at", "decided_by", "decided_at"], validate_constraints=False
    )
    extension.save()
    tell_office(
        lead, actor=actor, roles=DIRECTORS, kind="extension_asked", title="延期申请待您审批", of=row
    )
    return extension


@transaction.atomic
def grant(*, extension: Extension, actor: Account) -> Extension:
    """批准延期: the assignment's deadline moves."""
    lead = LEAD.lock(extension.assignment.lead)
    row = _decide(extension, "grant", actor)
    Assignment.objects.filter(pk=row.assignment_id).update(
        due_on=row.new_due_on, near_days=near_days(row.assignment, row.new_due_on)
    )
    settle(lead)
    _tell(row, "延期申请已批准")
    return row


@transaction.atomic
def deny(*, extension: Extension, actor: Account, note: str) -> Extension:
    """不同意延期, with a reason; the deadline stays."""
    LEAD.lock(extension.assignment.lead)
    row = _decide(extension, "deny", actor, note)
    _tell(row, "延期申请未获批准")
    return row


@transaction.atomic
def drop(*, extension: Extension, actor: Account) -> Extension:
    """撤回申请 before it is decided."""
    LEAD.lock(extension.assignment.lead)
    return EXTENSION.step(extension, "drop", actor=actor)


def _decide(extension: Extension, verb: str, actor: Account, note: str = "") -> Extension:
    return EXTENSION.step(
        extension, verb, actor=actor, note=note, decided_by=actor, decided_at=timezone.now()
    )


def _tell(extension: Extension, title: str) -> None:
    assignment = extension.assignment
    tell_unit(
        assignment.lead,
        assignment.unit,
        kind="extension_decided",
        title=title,
        of=assignment,
        turn=f"extension:{extension.pk}",
    )
