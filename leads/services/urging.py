"""The office urges units to get on with a lead."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from audit.machine import Conflict
from departments.models import Account
from leads.deadlines.permissions import can_urge
from leads.machine import ASSIGNMENT, LEAD
from leads.models import Assignment, Lead, LeadEvent
from leads.services.telling import tell_unit
from leads.states import ENDED, WAITING_FOR_UNIT


def remind(*, assignment: Assignment, actor: Account) -> Assignment:
    """催办: tell the unit's people to get on with it, and put it on record.

    Conflict when the unit has nothing left to do, or was urged less than `PORTAL_URGE_HOURS` ago.
    """
    with transaction.atomic():
        lead = LEAD.lock(assignment.lead)
        row = ASSIGNMENT.lock(assignment)
        row.lead = lead
        if not can_urge.test(actor, row):
            raise PermissionDenied
        if row.state not in WAITING_FOR_UNIT or lead.state in ENDED:
            raise Conflict(f"{row.unit}目前没有待办事项，无需催办。")
        _refuse_too_soon(row)
        event = LeadEvent.write(
            lead, actor=actor, verb="remind", source=row.state, target=row.state, assignment=row
        )
        title = f"扫黑办催办线索，{row.due.label}"
        tell_unit(lead, row.unit, kind="lead_urged", title=title, of=row, turn=str(event.pk))
        return row


def remind_lead(*, lead: Lead, actor: Account) -> int:
    """催办 every unit that still has work on the lead; returns how many were urged.

    Units that were urged a short while ago are passed over; Conflict when none is left.
    """
    urged, refusal = 0, Conflict("没有待办的承办单位，无需催办。")
    with transaction.atomic():
        for assignment in lead.assignments_of_round().waiting().select_related("lead", "unit"):
            try:
                remind(assignment=assignment, actor=actor)
                urged += 1
            except Conflict as conflict:
                refusal = conflict
        if not urged:
            raise refusal
    return urged


def _refuse_too_soon(assignment: Assignment) -> None:
    pause = dt.timedelta(hours=settings.PORTAL_URGE_HOURS)
    recent = assignment.events.filter(verb="remind", at__gt=timezone.now() - pause)
    at = recent.order_by("-pk").values_list("at", flat=True).first()
    if at:
        last, again = (f"{timezone.localtime(one):%m-%d %H:%M}" for one in (at, at + pause))
        raise Conflict(f"{assignment.unit}已在 {last} 催办过，{again} 以后可以再次催办。")
