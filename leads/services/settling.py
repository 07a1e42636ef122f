"""A lead follows its assignments."""

from __future__ import annotations

from django.db.models import Min

from leads.machine import EXTENSION, LEAD
from leads.models import Assignment, Lead
from leads.states import WAITING_FOR_UNIT, WITH_UNITS, ExtensionState


def settle(lead: Lead) -> Lead:
    """Move the lead to where its assignments now have it, with the next deadline that is due.

    The caller holds the transaction and has the lead locked; the step that caused it stands in
    the timeline already.
    """
    waiting = lead.assignments_of_round().filter(state__in=WAITING_FOR_UNIT)
    due_on = waiting.aggregate(next=Min("due_on"))["next"] or lead.due_on
    target = lead.settled_state()
    if lead.state in WITH_UNITS and target != lead.state:
        return LEAD.follow(lead, target, due_on=due_on)
    if due_on != lead.due_on:
        Lead.objects.filter(pk=lead.pk).update(due_on=due_on)
        lead.due_on = due_on
    return lead


def drop_extension(assignment: Assignment) -> None:
    """A request for more time ends with the work that it was asked for."""
    for extension in assignment.extensions.open():
        EXTENSION.follow(extension, ExtensionState.DROPPED)
