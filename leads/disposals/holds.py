"""The only writers of holds (暂停处置)."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from audit.machine import Conflict
from audit.models import Action
from audit.services import record
from departments.models import Account
from leads.disposals.models import DisposalItem, LegalHold
from leads.disposals.permissions import can_hold, can_lift_hold
from leads.disposals.states import ItemOutcome
from leads.machine import LEAD
from leads.models import Lead
from leads.states import LeadState

EVERY_STATE = tuple(LeadState)


def hold(*, lead: Lead, actor: Account, note: str, expected_version: int) -> LegalHold:
    """暂停处置: keep the lead whatever its age; it leaves the batch that it may be in.

    Conflict when it is held already, or has just been disposed of. ValidationError without a
    reason.
    """
    if not note.strip():
        raise ValidationError({"note": "请填写暂停处置的理由。"})
    with transaction.atomic():
        row = _lock(lead)
        if row.holds.in_force().exists():
            raise Conflict("这条线索已暂停处置。")
        row = LEAD.remark(
            row,
            "hold",
            actor=actor,
            who=can_hold,
            during=EVERY_STATE,
            label="暂停处置",
            note=note.strip(),
            expected_version=expected_version,
        )
        made = LegalHold.objects.create(lead=row, reason=note.strip(), set_by=actor)
        # What became part of another lead is deleted with that one.
        keys = [row.pk, row.merged_into_id] if row.merged_into_id else [row.pk]
        DisposalItem.objects.waiting().filter(lead_key__in=keys).update(
            outcome=ItemOutcome.HELD, outcome_at=timezone.now()
        )
        record(action=Action.HOLD_CHANGED, actor=actor, obj=row, reason=f"暂停：{note.strip()}")
        return made


def lift(*, lead: Lead, actor: Account, note: str, expected_version: int) -> LegalHold:
    """恢复处置: the lead may be proposed again when its time has passed."""
    if not note.strip():
        raise ValidationError({"note": "请填写恢复处置的理由。"})
    with transaction.atomic():
        row = _lock(lead)
        held = row.holds.in_force().first()
        if held is None:
            raise Conflict("这条线索没有暂停处置，可能已由他人恢复。")
        row = LEAD.remark(
            row,
            "lift_hold",
            actor=actor,
            who=can_lift_hold,
            during=EVERY_STATE,
            label="恢复处置",
            note=note.strip(),
            expected_version=expected_version,
        )
        held.lifted_by, held.lifted_at, held.lifted_reason = actor, timezone.now(), note.strip()
        held.save(update_fields=["lifted_by", "lifted_at", "lifted_reason"])
        record(action=Action.HOLD_CHANGED, actor=actor, obj=row, reason=f"恢复：{note.strip()}")
        return held


def _lock(lead: Lead) -> Lead:
    try:
        return LEAD.lock(lead)
    except Lead.DoesNotExist:
        raise Conflict("这条线索已到期处置，内容已不存在。") from None
