"""Fragments with hints, for the form of a lead and for its assessment."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST, require_safe

from audit.models import Action
from audit.services import record_each
from departments.permissions import require
from leads.duplicates import services
from leads.duplicates.forms import ToldForm
from leads.machine import LEAD
from leads.models import Lead
from leads.permissions import can_handle, can_register


@require_POST
def similar_typed(request: HttpRequest) -> HttpResponse:
    """Hints for what is being typed. By POST, so that no address holds the words."""
    require(request.user, can_register)
    hints = services.find(ToldForm(request.POST).told(), user=request.user)
    _record(request, hints)
    return render(request, "leads/similar.html", {"hints": hints})


@require_safe
def similar(request: HttpRequest, number: str) -> HttpResponse:
    leads = Lead.objects.visible_to(request.user).select_related("channel")
    lead = get_object_or_404(leads, number=number)
    require(request.user, can_handle, lead)
    hints = services.similar_to(lead, user=request.user)
    _record(request, hints)
    verbs = {transition.verb for transition in LEAD.open_to(request.user, lead)}
    context = {"hints": hints, "lead": lead, "verbs": verbs}
    name = "leads/similar.html" if request.htmx else "leads/similar_page.html"
    return render(request, name, context | {"say_none": True})


def _record(request: HttpRequest, hints: list[services.Hint]) -> None:
    """A hint shows the words of another lead: a look at it."""
    leads = [hint.lead for hint in hints]
    record_each(action=Action.HINT_VIEWED, objs=leads, request=request)
