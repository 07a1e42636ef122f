"""移送上级: a lead that is another authority's to handle, and the receipt for it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from departments.models import Account
from leads.machine import LEAD
from leads.models import Lead, Referral
from leads.permissions import can_handle
from leads.states import LeadState


@transaction.atomic
def refer(*, lead: Lead, actor: Account, note: str, expected_version: int, **paper: Any) -> Lead:
    """Send the lead up; here it ends, and waits for a receipt.

    `paper` holds authority, referred_on, document_number and pages. ValidationError when they are
    wrong.
    """
    row = LEAD.step(lead, "refer", actor=actor, note=note, expected_version=expected_version)
    referral = Referral(lead=row, round=row.round, by=actor, **paper)
    referral.full_clean(exclude=["received_on"])
    referral.save()
    return row


@transaction.atomic
def note_receipt(
    *,
    lead: Lead,
    actor: Account,
    receipt_number: str,
    received_by: str,
    received_on: dt.date,
    expected_version: int,
) -> Referral:
    """The authority's receipt. ValidationError when there is one already, or it came too early."""
    row = LEAD.remark(
        lead,
        "receipt",
        actor=actor,
        who=can_handle,
        during=[LeadState.REFERRED, LeadState.ARCHIVED],
        label="登记回执",
        note=f"回执文号：{receipt_number}，接收人：{received_by}",
        expected_version=expected_version,
    )
    referral = row.referrals.filter(round=row.round).first()
    if referral is None or referral.has_receipt:
        raise ValidationError("没有等待回执的移送。")
    if received_on < referral.referred_on:
        raise ValidationError({"received_on": f"不能早于移送日期 {referral.referred_on}。"})
    referral.receipt_number, referral.received_by = receipt_number, received_by
    referral.received_on = received_on
    referral.full_clean()
    referral.save(update_fields=["receipt_number", "received_by", "received_on"])
    return referral
