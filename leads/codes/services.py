"""The only writers of codes, of what reporters add, and of what they are told."""

from __future__ import annotations

import secrets
import uuid

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.machine import Conflict
from audit.models import Action
from audit.services import record
from departments.acting import as_system
from departments.models import Account
from leads.codes import hashing
from leads.codes.models import QueryCode, ReporterReply, Supplement
from leads.codes.permissions import can_issue, can_read_supplement, can_reply, has_a_reporter
from leads.codes.states import Way
from leads.machine import LEAD
from leads.models import Lead, LeadEvent
from leads.permissions import can_handle
from leads.services.telling import tell_office
from leads.states import LeadState

#: Characters of a serial that nobody takes for another.
SERIAL_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


@transaction.atomic
def issue(*, lead: Lead, actor: Account, secret: str, reason: str = "") -> tuple[QueryCode, str]:
    """The code that belongs to `secret`, handed out for `lead`, and the row that stands for it.

    The same `secret` again gives the same code. A code that is in force is replaced by the office
    alone, and with a reason (ValidationError); Conflict for a lead without a reporter.
    """
    row = LEAD.lock(lead)
    if not can_issue.test(actor, row):
        raise PermissionDenied
    if not has_a_reporter.test(actor, row):
        raise Conflict("这条线索不是群众举报，或者在原平台另有查询码，不在这里发放。")
    code = hashing.made_from(secret)
    current = row.codes.in_force().first()
    if current is not None and current.digest in hashing.may_be_kept_as(code):
        return current, code
    if current is not None:
        _revoke(current, lead=row, actor=actor, reason=reason)
    made = _make(row, code, actor=actor)
    verb = "replace_code" if current is not None else "issue_code"
    LeadEvent.write(row, actor=actor, verb=verb, source=row.state, target=row.state, note=reason)
    why = f"{made.serial} {reason}".strip()
    record(action=Action.CODE_ISSUED, actor=actor, obj=row, reason=why)
    return made, code


def issue_on_the_web(*, lead: Lead, desk: Account, secret: str) -> str:
    """The code for a lead that its reporter has just typed on the public page."""
    code = hashing.made_from(secret)
    made = _make(lead, code, actor=desk)
    record(action=Action.CODE_ISSUED, actor_name=desk.username, obj=lead, reason=made.serial)
    return code


def _revoke(code: QueryCode, *, lead: Lead, actor: Account, reason: str) -> None:
    if not can_handle.test(actor, lead):
        raise PermissionDenied
    if not reason.strip():
        raise ValidationError({"note": "请写明补发的理由。"})
    code.revoked_by, code.revoked_at, code.revoked_reason = actor, timezone.now(), reason
    code.clean_fields(exclude=["issued_at"])
    code.save(update_fields=["revoked_by", "revoked_at", "revoked_reason"])


def _make(lead: Lead, code: str, *, actor: Account) -> QueryCode:
    key_id, digest = hashing.kept_as(code)
    return QueryCode.objects.create(
        lead=lead, serial=_serial(), digest=digest, key_id=key_id, issued_by=actor
    )


def _serial() -> str:
    """Random, so that it does not tell how many codes there are or in which order."""
    return "CX-" + "".join(secrets.choice(SERIAL_LETTERS) for _ in range(8))


@as_system()
@transaction.atomic
def supplement(
    *, lead: Lead, actor: Account, submission: uuid.UUID, way: str, text: str
) -> tuple[Supplement, bool]:
    """Add what the reporter says; returns the row, and whether this call made it.

    Who may is settled by the code that was typed (`leads.codes.asking`), not by who sees the lead.
    `actor` is the clerk, or the account of the public page for `Way.WEB`. The same `submission`
    again adds nothing.
    """
    added = Supplement(
        lead=lead,
        submission=submission,
        way=way,
        text=text.strip(),
        taken_by=None if way == Way.WEB else actor,
    )
    added.clean_fields(exclude=["at", "taken_by", "read_by", "read_at"])
    try:
        with transaction.atomic():
            added.save()
    except IntegrityError:
        return Supplement.objects.get(submission=submission), False
    LeadEvent.write(lead, actor=actor, verb="supplement", source=lead.state, target=lead.state)
    tell_office(
        lead,
        actor=actor,
        kind="lead_supplemented",
        title="举报人补充了情况",
        turn=str(added.pk),
    )
    return added, True


@transaction.atomic
def read_supplement(*, supplement: Supplement, actor: Account, share: bool) -> Supplement:
    """The office has read it; with `share`, units that have the lead read it too.

    PermissionDenied for others; Conflict where a colleague was faster.
    """
    row = Supplement.objects.select_for_update(of=("self",)).get(pk=supplement.pk)
    if not can_read_supplement.test(actor, row):
        raise PermissionDenied
    if row.read_at is not None:
        raise Conflict(f"{row.read_by}已经阅处过这条补充，没有重复办理。")
    row.read_by, row.read_at, row.is_shared = actor, timezone.now(), share
    row.save(update_fields=["read_by", "read_at", "is_shared"])
    lead = row.lead
    verb = "share_supplement" if share else "read_supplement"
    LeadEvent.write(lead, actor=actor, verb=verb, source=lead.state, target=lead.state)
    return row


@transaction.atomic
def reply(*, lead: Lead, actor: Account, words: str, expected_version: int) -> ReporterReply:
    """What the code tells from now on; no words take back what it told."""
    row = LEAD.remark(
        lead,
        "reply",
        actor=actor,
        who=can_reply,
        during=LeadState.values,
        label="答复举报人",
        note=words,
        expected_version=expected_version,
    )
    made = ReporterReply(lead=row, words=words.strip(), by=actor)
    made.full_clean(exclude=["at"])
    made.save()
    return made
