"""The office takes a lead on, settles what it is about, and hands it to units."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from departments.models import Account, Unit
from leads.alerts.services import raise_alerts
from leads.deadlines.rules import near_days
from leads.machine import LEAD
from leads.models import Assignment, Lead
from leads.permissions import can_handle
from leads.services.settling import settle
from leads.services.telling import tell_unit
from leads.states import WITH_UNITS, LeadState


def decline(*, lead: Lead, actor: Account, note: str, expected_version: int) -> Lead:
    """不予受理: the lead ends here, with a reason."""
    with transaction.atomic():
        return LEAD.step(lead, "decline", actor=actor, note=note, expected_version=expected_version)


def assign(
    *,
    lead: Lead,
    actor: Account,
    units: Collection[Unit],
    due_on: dt.date,
    instructions: str = "",
    expected_version: int,
    **assessment: Any,
) -> Lead:
    """Accept where that is still to do, assess, and hand the lead to `units`, in one act.

    `assessment` holds the fields that the office settles on the way: domain, conduct, is_major,
    umbrella_suspected. ValidationError when no unit is given, one is not to be assigned leads,
    or one is named in the lead; Conflict when somebody else was faster.
    """
    if not units:
        raise ValidationError({"units": "请至少选择一个承办单位。"})
    with transaction.atomic():
        row = LEAD.lock(lead)
        _refuse_unfit(row, units)
        if row.state == LeadState.REGISTERED:
            row = LEAD.step(row, "accept", actor=actor, expected_version=expected_version)
            expected_version = row.version
        if row.state == LeadState.ACCEPTED:
            row = LEAD.step(
                row, "assess", actor=actor, expected_version=expected_version, **assessment
            )
            expected_version = row.version
        row = LEAD.step(
            row,
            "assign",
            actor=actor,
            note=_assigned_note(units, instructions),
            expected_version=expected_version,
            due_on=due_on,
            near_days=near_days(row, due_on),
        )
        _hand_out(row, units, actor=actor, due_on=due_on, instructions=instructions)
        return row


@transaction.atomic
def add_units(
    *,
    lead: Lead,
    actor: Account,
    units: Collection[Unit],
    due_on: dt.date,
    instructions: str = "",
    expected_version: int,
) -> Lead:
    """加派: further units join while others have the lead already.

    ValidationError as for `assign`, and for a unit that has it.
    """
    if not units:
        raise ValidationError({"units": "请至少选择一个承办单位。"})
    row = LEAD.lock(lead)
    _refuse_unfit(row, units)
    busy = row.assignments_of_round().filter(unit__in=units).select_related("unit")
    if busy:
        names = "、".join(item.unit.name for item in busy)
        raise ValidationError({"units": f"{names}已在承办本线索。"})
    row = LEAD.remark(
        row,
        "add_units",
        actor=actor,
        who=can_handle,
        during=WITH_UNITS,
        label="加派",
        note=_assigned_note(units, instructions),
        expected_version=expected_version,
    )
    _hand_out(row, units, actor=actor, due_on=due_on, instructions=instructions)
    return settle(row)


def _hand_out(
    lead: Lead,
    units: Collection[Unit],
    *,
    actor: Account,
    due_on: dt.date,
    instructions: str,
) -> None:
    warning = near_days(lead, due_on)
    handed = Assignment.objects.bulk_create(
        Assignment(
            lead=lead,
            unit=unit,
            round=lead.round,
            due_on=due_on,
            near_days=warning,
            instructions=instructions,
            assigned_by=actor,
        )
        for unit in units
    )
    for assignment in handed:
        tell_unit(
            lead, assignment.unit, kind="lead_assigned", title="有线索交办到本单位", of=assignment
        )
    raise_alerts(lead=lead, actor=actor, units=units)


def _assigned_note(units: Collection[Unit], instructions: str) -> str:
    names = "、".join(unit.name for unit in units)
    return f"承办单位：{names}。{instructions}".strip()


def _refuse_unfit(lead: Lead, units: Collection[Unit]) -> None:
    keys = {unit.pk for unit in units}
    fit = Unit.objects.recipients_in(lead.jurisdiction_id).filter(pk__in=keys)
    if fit.count() != len(keys):
        raise ValidationError({"units": "所选单位中有不能承办线索的单位。"})
    if lead.named_units.filter(pk__in=keys).exists():
        raise ValidationError({"units": "被反映的单位不能承办本线索。"})
