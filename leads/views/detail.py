"""One lead, and all that happened to it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from audit.models import Action
from audit.services import record
from leads.machine import ASSIGNMENT, LEAD
from leads.models import Lead
from leads.permissions import can_read_content
from leads.timeline import awaited_step
from leads.views.steps import breadcrumbs, list_url


@require_safe
def lead_detail(request: HttpRequest, number: str) -> HttpResponse:
    leads = Lead.objects.visible_to(request.user).select_related(
        "channel", "place", "domain", "conduct", "registered_by", "registered_unit"
    )
    lead = get_object_or_404(leads, number=number)
    readable = can_read_content.test(request.user, lead)
    if readable:
        record(action=Action.LEAD_VIEWED, request=request, obj=lead)
    assignments = (
        # Through the lead, so that each row shares it and what it has read.
        lead.assignments.visible_to(request.user)
        .select_related("unit", "assigned_by", "signed_by")
        .prefetch_related("feedback__by")
    )
    verbs = _verbs(LEAD, request, lead)
    steps = [(item, _verbs(ASSIGNMENT, request, item)) for item in assignments]
    context = {
        "lead": lead,
        "readable": readable,
        "named_units": lead.named_units.order_by("path") if readable else [],
        "assignments": steps,
        "next_up": next((item for item, open_to in steps if open_to & {"sign", "report"}), None),
        "verbs": verbs,
        "events": [*lead.events_for(request.user), *awaited_step(lead, request.user)],
        "back_url": list_url(request),
        "breadcrumbs": breadcrumbs(request, lead.number),
    }
    return render(request, "leads/lead_detail.html", context)


def _verbs(machine: Any, request: HttpRequest, obj: Any) -> set[str]:
    return {transition.verb for transition in machine.open_to(request.user, obj)}
