"""The lists of leads."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from audit.models import Action
from audit.services import record
from departments.permissions import require
from leads.filters import LeadFilter
from leads.models import Assignment, Lead
from leads.permissions import can_register, can_search_leads
from leads.views.steps import LIST_QUERY
from pages.keyset import COUNT_LIMIT, page_of

#: The lists of a person's work, by the name in the address: label, and how each is read.
TABS = {
    "": ("全部", "visible_to"),
    "todo": ("待办", "waiting_for"),
    "handled": ("已办", "handled_by"),
    "mine": ("我登记的", "registered_by"),
}


@require_safe
def lead_list(request: HttpRequest) -> HttpResponse:
    require(request.user, can_search_leads)
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else ""
    request.session[LIST_QUERY] = request.GET.urlencode()
    leads = getattr(Lead.objects, TABS[tab][1])(request.user)
    shown = Assignment.objects.visible_to(request.user).select_related("unit")
    leads = leads.select_related("place", "domain").prefetch_related(
        Prefetch("assignments", queryset=shown)
    )
    found = LeadFilter(request.GET, queryset=leads, request=request)
    page = page_of(found.qs if found.form.is_valid() else leads.none(), request)
    readable = set(
        Lead.objects.readable_by(request.user)
        .filter(pk__in=[lead.pk for lead in page.rows])
        .values_list("pk", flat=True)
    )
    if request.GET.get("q"):
        record(action=Action.SEARCHED, request=request)
    context = {
        "page": page,
        "filter": found,
        "readable": readable,
        "tab": tab,
        "tabs": _tabs(request),
        "reset_url": _tab_url(tab),
        "is_filtered": bool(set(found.form.changed_data) - {"tab"}),
        "can_register": can_register.test(request.user),
    }
    return render(request, "leads/lead_list.html", context)


def _tabs(request: HttpRequest) -> list[dict[str, Any]]:
    """The tabs of those who work on leads; what waits is counted, as in the menu."""
    if not can_register.test(request.user):
        return []
    waiting = Lead.objects.waiting_for(request.user).order_by().values("pk")[:COUNT_LIMIT].count()
    return [
        {
            "code": code,
            "label": label,
            "url": _tab_url(code),
            "count": waiting if code == "todo" else None,
        }
        for code, (label, _) in TABS.items()
    ]


def _tab_url(tab: str) -> str:
    return reverse("leads:list") + (f"?tab={tab}" if tab else "")
