"""A lead follows its assignments."""

from __future__ import annotations

from leads.machine import EXTENSION, LEAD
from leads.models import Assignment, Lead
from leads.states import WAITING_FOR_UNIT, WITH_UNITS, ExtensionState


def settle(lead: Lead) -> Lead:
    """Move the lead to where its assignments now have it, with the next deadline that is due.

    The caller holds the transaction and has the lead locked; the step that caused it stands in
    the timeline already.
    """
    waiting = lead.assignments_of_round().filter(state__in=WAITING_FOR_UNIT)
    first = waiting.order_by("due_on", "-near_days").first() or lead
    deadline = {"due_on": first.due_on, "near_days": first.near_days}
    target = lead.settled_state()
    if lead.state in WITH_UNITS and target != lead.state:
        return LEAD.follow(lead, target, **deadline)
    if deadline != {"due_on": lead.due_on, "near_days": lead.near_days}:
        Lead.objects.filter(pk=lead.pk).update(**deadline)
        lead.due_on, lead.near_days = first.due_on, first.near_days
    return lead


def drop_extension(assignment: Assignment) -> None:
    """A request for more time ends with the work that it was asked for."""
    for extension in assignment.extensions.open():
        EXTENSION.follow(extension, ExtensionState.DROPPED)
