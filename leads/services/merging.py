"""并案 and 拆分: one matter told twice, and two matters told at once. Both histories stay."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from departments.acting import as_system
from departments.models import Account, Unit
from leads.circle import services as circle
from leads.conflicts import services as conflicts
from leads.machine import LEAD
from leads.models import Lead, LeadEvent, Subject
from leads.permissions import can_handle
from leads.services.intake import register
from leads.states import LeadState, Secrecy


@transaction.atomic
def merge(*, lead: Lead, into: Lead, actor: Account, note: str, expected_version: int) -> Lead:
    """并案: `lead` goes on as part of `into`, which must be open and of the same town.

    What the one lead names, the other names from then on. ValidationError when `into` cannot
    take it, or is in the hands of a unit that `lead` names. Who declared that they keep away from
    the one keeps away from the other.
    """
    # In one order, so that two merges at once cannot wait for each other.
    rows = {one.pk: one for one in map(LEAD.lock, sorted([lead, into], key=lambda one: one.pk))}
    row, target = rows[lead.pk], rows[into.pk]
    if not can_handle.test(actor, target):
        raise PermissionDenied
    _require_fit(row, target)
    row = LEAD.step(
        row,
        "merge",
        actor=actor,
        note=f"并入 {target.number}。{note}" if note.strip() else "",
        expected_version=expected_version,
        merged_into=target,
    )
    _name_alike(row, target)
    _mark(target, "take_in", actor, f"{row.number} 并入本线索。")
    return row


@transaction.atomic
def unmerge(*, lead: Lead, actor: Account, note: str, expected_version: int) -> Lead:
    """撤销并案: the lead is assessed on its own again.

    The lead that it was part of is told in its timeline, also where it is kept from the actor.
    """
    into = lead.merged_into_id
    row = LEAD.step(
        lead,
        "unmerge",
        actor=actor,
        note=note,
        expected_version=expected_version,
        merged_into=None,
    )
    with as_system():
        target = Lead.objects.get(pk=into)
        _mark(target, "let_go", actor, f"{row.number} 不再并入本线索。")
    return row


@transaction.atomic
def split(
    *, lead: Lead, actor: Account, submission: uuid.UUID, title: str, allegation: str, **fields: Any
) -> tuple[Lead, bool]:
    """拆分: a second matter in the lead becomes a lead of its own, with the same origin.

    Returns it, and whether this call made it: the same `submission` again makes no second one.
    """
    row = LEAD.lock(lead)
    if not can_handle.test(actor, row):
        raise PermissionDenied
    if not row.is_open:
        raise ValidationError(f"线索已{row.get_state_display()}，不能拆分。")
    made, is_new = register(
        actor=actor,
        submission=submission,
        title=title,
        allegation=allegation,
        channel=row.channel,
        reporter_kind=row.reporter_kind,
        received_on=row.received_on,
        named_units=list(row.named_units.all()),
        subjects=_people_of(row),
        split_from=row,
        secrecy=row.secrecy,
        **fields,
    )
    if is_new:
        conflicts.hand_on(lead=row, to=made)
        circle.hand_on(lead=row, to=made)
        _mark(row, "split", actor, f"拆分出 {made.number}。")
        _mark(made, "split_from", actor, f"由 {row.number} 拆分。")
    return made, is_new


def _require_fit(lead: Lead, into: Lead) -> None:
    problem = ""
    if lead.pk == into.pk:
        problem = "不能并入自身。"
    elif lead.jurisdiction_id != into.jurisdiction_id:
        problem = "只能并入本镇的线索。"
    elif lead.secrecy == Secrecy.LIMITED and into.secrecy != Secrecy.LIMITED:
        problem = "本线索限定知悉，只能并入同样限定知悉的线索。"
    elif not into.is_open or into.state == LeadState.AWAITING_CLOSURE:
        problem = f"{into.number} 当前状态是“{into.get_state_display()}”，不能再并入线索。"
    elif lead.merged.exists():
        problem = "已有线索并入本线索，请改为把另一条并入本线索。"
    else:
        barred = Unit.objects.filter(
            pk__in=into.assignments_of_round().filter(unit__in=lead.barred.units).values("unit")
        )
        names = "、".join(unit.name for unit in barred)
        if names:
            problem = f"{names}须回避本线索，而{into.number}正由其承办，不能并案。"
    if problem:
        raise ValidationError({"into": problem})


def _name_alike(lead: Lead, into: Lead) -> None:
    """Whoever must keep away from `lead` must keep away from `into`, of which it is now part."""
    into.named_units.add(*lead.named_units.all())
    known = set(into.subjects.values_list("name", flat=True))
    Subject.objects.bulk_create(
        Subject(lead=into, name=one.name, position=one.position, is_official=one.is_official)
        for one in lead.subjects.all()
        if one.name not in known
    )
    conflicts.derive(into)
    conflicts.hand_on(lead=lead, to=into)


def _people_of(lead: Lead) -> list[Subject]:
    """The people whom `lead` names, unsaved: what is alleged of them stays with `lead`."""
    return [
        Subject(name=one.name, position=one.position, is_official=one.is_official)
        for one in lead.subjects.all()
    ]


def _mark(lead: Lead, verb: str, actor: Account, note: str) -> None:
    LeadEvent.write(lead, actor=actor, verb=verb, source=lead.state, target=lead.state, note=note)
