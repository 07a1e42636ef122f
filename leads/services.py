"""The only writers of leads. Each is one transaction: the change and its timeline row together."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from departments.models import Account, Unit, UnitKind
from departments.roles import OFFICE_ROLES, UNIT_ROLES
from leads import due
from leads.machine import ASSIGNMENT, LEAD
from leads.models import Assignment, Feedback, Lead, LeadEvent
from leads.permissions import can_register
from leads.states import WAITING_FOR_UNIT, AssignmentState, LeadState
from messaging import services as messaging


def register(
    *, actor: Account, submission: uuid.UUID, named_units: Collection[Unit] = (), **fields: Any
) -> tuple[Lead, bool]:
    """Log a lead in the actor's town. Returns it, and whether this call made it.

    The same `submission` a second time gives the lead of the first. ValidationError for bad
    fields; PermissionDenied for those who log no leads.
    """
    unit = actor.main_unit
    if unit is None or not can_register.test(actor):
        raise PermissionDenied
    try:
        with transaction.atomic():
            lead = Lead(
                submission=submission,
                jurisdiction_id=unit.jurisdiction_id,
                number=_next_number(unit.jurisdiction),
                registered_by=actor,
                registered_unit=unit,
                **fields,
            )
            lead.full_clean(exclude=["search"], validate_unique=False)
            lead.save()
            lead.named_units.set(named_units)
            LeadEvent.write(lead, actor=actor, verb="register", target=LeadState.REGISTERED)
            if not actor.is_office:
                _tell_office(lead, actor=actor, kind="lead_registered", title="有新线索报来")
            return lead, True
    except IntegrityError:
        made = Lead.objects.filter(submission=submission, registered_by=actor).first()
        if made is None:
            # Somebody else's token: nothing is made, and nothing is told.
            raise PermissionDenied from None
        return made, False


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
        names = "、".join(unit.name for unit in units)
        row = LEAD.step(
            row,
            "assign",
            actor=actor,
            note=f"承办单位：{names}。{instructions}".strip(),
            expected_version=expected_version,
            due_on=due_on,
        )
        Assignment.objects.bulk_create(
            Assignment(
                lead=row, unit=unit, due_on=due_on, instructions=instructions, assigned_by=actor
            )
            for unit in units
        )
        for unit in units:
            _tell_unit(row, unit, kind="lead_assigned", title="有线索交办到本单位")
        return row


def sign(*, assignment: Assignment, actor: Account) -> Assignment:
    """签收: the unit takes the lead on. A second signature meets Conflict."""
    with transaction.atomic():
        lead = LEAD.lock(assignment.lead)
        row = ASSIGNMENT.step(
            assignment, "sign", actor=actor, signed_by=actor, signed_at=timezone.now()
        )
        if lead.state == LeadState.ASSIGNED:
            LEAD.follow(lead, "start", actor=actor)
        return row


def report_back(
    *, assignment: Assignment, actor: Account, expected_version: int, **feedback: Any
) -> Feedback:
    """反馈: what the unit found. The lead is reported back once every unit has reported."""
    with transaction.atomic():
        lead = LEAD.lock(assignment.lead)
        row = ASSIGNMENT.step(
            assignment,
            "report",
            actor=actor,
            expected_version=expected_version,
            reported_at=timezone.now(),
        )
        written = Feedback(assignment=row, by=actor, **feedback)
        written.full_clean(exclude=["at"])
        written.save()
        if not lead.assignments.filter(state__in=WAITING_FOR_UNIT).exists():
            LEAD.follow(lead, "conclude", actor=actor)
        _tell_office(
            lead, actor=actor, kind="lead_reported", title="承办单位已反馈核查情况", of=row
        )
        return written


def return_feedback(
    *, assignment: Assignment, actor: Account, note: str, expected_version: int
) -> Assignment:
    """退回: the unit verifies again; what it reported stays as it was."""
    with transaction.atomic():
        lead = LEAD.lock(assignment.lead)
        row = ASSIGNMENT.step(
            assignment, "return", actor=actor, note=note, expected_version=expected_version
        )
        if lead.state == LeadState.REPORTED_BACK:
            LEAD.follow(lead, "reopen", actor=actor)
        _tell_unit(lead, row.unit, kind="lead_returned", title="反馈被退回，请补充核查", of=row)
        return row


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


def _next_number(town: Unit) -> str:
    """The next number of the town's year. The row lock makes numbers gapless and unique."""
    year = due.today().year
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO leads_numberseries (jurisdiction_id, year, last) VALUES (%s, %s, 1) "
            "ON CONFLICT (jurisdiction_id, year) DO UPDATE SET last = leads_numberseries.last + 1 "
            "RETURNING last",
            [town.pk, year],
        )
        last = cursor.fetchone()[0]
    return f"{town.code.upper()}-{year}-{last:05d}"


def _refuse_unfit(lead: Lead, units: Collection[Unit]) -> None:
    keys = {unit.pk for unit in units}
    fit = Unit.objects.recipients_in(lead.jurisdiction_id).filter(pk__in=keys)
    if fit.count() != len(keys):
        raise ValidationError({"units": "所选单位中有不能承办线索的单位。"})
    if lead.named_units.filter(pk__in=keys).exists():
        raise ValidationError({"units": "被反映的单位不能承办本线索。"})


def _discipline_has_reported(lead: Lead) -> bool:
    return lead.assignments.filter(
        unit__kind=UnitKind.DISCIPLINE,
        state__in=[AssignmentState.REPORTED, AssignmentState.ACCEPTED],
    ).exists()


def _tell_office(
    lead: Lead, *, actor: Account, kind: str, title: str, of: Assignment | None = None
) -> None:
    """A message to the office's people; it names the lead's number and nothing of its content."""
    people = Account.objects.filter(
        is_active=True,
        memberships__role__in=OFFICE_ROLES,
        memberships__unit__jurisdiction=lead.jurisdiction_id,
    ).exclude(memberships__unit__in=lead.named_units.all())
    _tell(lead, people.distinct(), kind=kind, title=title, of=of)


def _tell_unit(
    lead: Lead, unit: Unit, *, kind: str, title: str, of: Assignment | None = None
) -> None:
    _tell(lead, Account.objects.members_of(unit, UNIT_ROLES), kind=kind, title=title, of=of)


def _tell(lead: Lead, people: Any, *, kind: str, title: str, of: Assignment | None) -> None:
    """`of` tells one return or report of the same assignment from the next by its version."""
    messaging.send(
        recipients=people,
        kind=kind,
        subject_key=f"lead:{lead.pk}" + (f":{of.pk}" if of else ""),
        round=str(of.version) if of else "",
        title=f"{title}（{lead.number}）",
        body=f"线索 {lead.number}：{title}。请登录平台查看。",
        url=reverse("leads:detail", args=[lead.number]),
    )
