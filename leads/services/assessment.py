"""The office takes a lead on, settles what it is about, and hands it to units."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from departments.models import Account, Unit, UnitKind
from leads.alerts.services import raise_alerts
from leads.circle import services as circle
from leads.deadlines.rules import Rules, kind_of_part
from leads.documents.services import issue
from leads.machine import LEAD
from leads.models import Assignment, Lead, MajorCriterion
from leads.permissions import can_handle
from leads.routing.suggestions import JOINT_KINDS
from leads.services.settling import settle
from leads.services.telling import tell_unit
from leads.states import WITH_UNITS, AssignmentRole, LeadState


@dataclass(frozen=True)
class JointTransfer:
    """双移交: one act that gives police and discipline a part each, until a day of its own."""

    police_due_on: dt.date
    discipline_due_on: dt.date


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
    lead_unit: Unit | None = None,
    joint: JointTransfer | None = None,
    instructions: str = "",
    criteria: Collection[MajorCriterion] | None = None,
    expected_version: int,
    **assessment: Any,
) -> Lead:
    """Accept where that is still to do, assess, and hand the lead to `units`, in one act.

    `lead_unit` (the first of `units` where none is given) leads, the others assist; every one
    gets a numbered paper. With `joint` police and discipline lead, each until its own day, and
    `units` assist. `assessment` holds the fields that the office settles on the way: domain,
    conduct, is_major, umbrella_suspected, secrecy; `criteria` says by what a lead is major.

    ValidationError when no unit is given, one is not to be assigned leads, or must keep away;
    Conflict when somebody else was faster.
    """
    with transaction.atomic():
        row = LEAD.lock(lead)
        parts = _parts(row, units, due_on=due_on, lead_unit=lead_unit, joint=joint)
        if row.state == LeadState.REGISTERED:
            row = LEAD.step(row, "accept", actor=actor, expected_version=expected_version)
            expected_version = row.version
        if row.state == LeadState.ACCEPTED:
            row = LEAD.step(
                row,
                "assess",
                actor=actor,
                note=_reweighed(row, assessment),
                expected_version=expected_version,
                **assessment,
            )
            expected_version = row.version
            circle.join(row, actor)
            if criteria is not None:
                row.criteria.set(criteria)
        first = _warned(row, parts)
        row = LEAD.step(
            row,
            "assign",
            actor=actor,
            note=f"{_in_words(parts)}{instructions}".strip(),
            expected_version=expected_version,
            due_on=first.due_on,
            near_days=first.near_days,
        )
        _hand_out(row, parts, actor=actor, instructions=instructions)
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
    """加派: further units join while others have the lead already, to assist who leads.

    The first of them leads where nobody does any more. ValidationError as for `assign`, and for
    a unit that has it.
    """
    if not units:
        raise ValidationError({"units": "请至少选择一个承办单位。"})
    row = LEAD.lock(lead)
    _refuse_unfit(row, units)
    there = row.assignments_of_round()
    if busy := there.filter(unit__in=units).select_related("unit"):
        names = "、".join(item.unit.name for item in busy)
        raise ValidationError({"units": f"{names}已在承办本线索。"})
    parts = [Assignment(unit=unit, role=AssignmentRole.ASSIST, due_on=due_on) for unit in units]
    if not there.filter(role=AssignmentRole.LEAD).exists():
        parts[0].role = AssignmentRole.LEAD
    _warned(row, parts)
    row = LEAD.remark(
        row,
        "add_units",
        actor=actor,
        who=can_handle,
        during=WITH_UNITS,
        label="加派",
        note=f"{_in_words(parts)}{instructions}".strip(),
        expected_version=expected_version,
    )
    _hand_out(row, parts, actor=actor, instructions=instructions)
    return settle(row)


def _hand_out(lead: Lead, parts: list[Assignment], *, actor: Account, instructions: str) -> None:
    """Write the parts, each with its numbered paper, and tell the units."""
    for part in parts:
        part.lead, part.round = lead, lead.round
        part.instructions, part.assigned_by = instructions, actor
    Assignment.objects.bulk_create(parts)
    for part in parts:
        issue(assignment=part, actor=actor)
        tell_unit(lead, part.unit, kind="lead_assigned", title="有线索交办到本单位", of=part)
    raise_alerts(lead=lead, actor=actor, units=[part.unit for part in parts])


def _warned(lead: Lead, parts: list[Assignment]) -> Assignment:
    """Set when each part begins to be near, by the town's rules; returns the first to be due."""
    rules = Rules.of(lead.jurisdiction_id)
    for part in parts:
        part.lead = lead
        part.near_days = rules.near_days(kind_of_part(part), part.due_on)
    return min(parts, key=lambda part: (part.due_on, -part.near_days))


def _parts(
    lead: Lead,
    units: Collection[Unit],
    *,
    due_on: dt.date,
    lead_unit: Unit | None,
    joint: JointTransfer | None,
) -> list[Assignment]:
    """Who has which part of the lead until when, unsaved; those who lead come first."""
    both = joint_units(lead) if joint else []
    assisting = [unit for unit in units if unit not in both]
    if not both and not assisting:
        raise ValidationError({"units": "请至少选择一个承办单位。"})
    _refuse_unfit(lead, [*both, *assisting])
    if joint:
        days = {UnitKind.POLICE: joint.police_due_on, UnitKind.DISCIPLINE: joint.discipline_due_on}
        leading = [
            Assignment(unit=unit, role=AssignmentRole.LEAD, is_joint=True, due_on=days[unit.kind])
            for unit in both
        ]
    else:
        first = lead_unit or assisting[0]
        if first not in assisting:
            raise ValidationError({"lead_unit": "主办单位须在所选的承办单位之中。"})
        assisting.remove(first)
        leading = [Assignment(unit=first, role=AssignmentRole.LEAD, due_on=due_on)]
    return leading + [
        Assignment(unit=unit, role=AssignmentRole.ASSIST, due_on=due_on) for unit in assisting
    ]


def joint_units(lead: Lead) -> list[Unit]:
    """Police and discipline of the lead's town, for 双移交; ValidationError when one is missing."""
    able = Unit.objects.recipients_in(lead.jurisdiction_id)
    found = [able.filter(kind=kind).order_by("path").first() for kind in JOINT_KINDS]
    if None in found:
        raise ValidationError({"is_joint": "没有可承办线索的公安机关或纪检监察机关，不能双移交。"})
    if any(unit.pk in lead.barred.units for unit in found):
        raise ValidationError({"is_joint": "派出所或纪委须回避本线索，不能双移交。"})
    return found


def _reweighed(lead: Lead, assessment: dict[str, Any]) -> str:
    """The note of the timeline: what the office judges otherwise than who logged the lead."""
    words = {True: "是", False: "否"}
    changed = {
        name: assessment[name]
        for name in ("is_major", "umbrella_suspected")
        if name in assessment and assessment[name] != getattr(lead, name)
    }
    return "".join(
        f"{Lead._meta.get_field(name).verbose_name}：{words[not value]}→{words[value]}。"
        for name, value in changed.items()
    )


def _in_words(parts: list[Assignment]) -> str:
    """The note of the timeline: who has which part."""
    leading = "、".join(part.unit.name for part in parts if part.role == AssignmentRole.LEAD)
    assisting = "、".join(part.unit.name for part in parts if part.role == AssignmentRole.ASSIST)
    label = "双移交" if parts[0].is_joint else "主办单位"
    return "".join(
        f"{word}：{names}。" for word, names in ((label, leading), ("协办单位", assisting)) if names
    )


def _refuse_unfit(lead: Lead, units: Collection[Unit]) -> None:
    keys = {unit.pk for unit in units}
    fit = Unit.objects.recipients_in(lead.jurisdiction_id).filter(pk__in=keys)
    if fit.count() != len(keys):
        raise ValidationError({"units": "所选单位中有不能承办线索的单位。"})
    if keys & lead.barred.units:
        raise ValidationError({"units": "被反映的单位不能承办本线索，须回避。"})
