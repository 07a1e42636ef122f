"""Pages of acts on many leads: select, say what, see what became of each."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from audit.machine import Conflict
from departments.permissions import require
from leads.lists.bulk import services
from leads.lists.bulk.forms import BulkAssignForm, BulkRemindForm
from leads.lists.bulk.models import BulkAction, BulkOutcome, BulkRun, BulkState
from leads.lists.bulk.permissions import ALLOWED
from leads.lists.listing import Listing
from leads.lists.views import ask_for_ledger
from leads.models import Lead
from leads.permissions import can_search_leads
from leads.views.steps import breadcrumbs, list_url

#: A page of outcomes; and how many numbers a draft names.
PAGE_SIZE = 100
NAMED = 20
FORMS = {BulkAction.ASSIGN: BulkAssignForm, BulkAction.REMIND: BulkRemindForm}


@require_POST
def bulk_start(request: HttpRequest) -> HttpResponse:
    """Select the ticked rows, or all of the list, for an act that the next page asks about."""
    require(request.user, can_search_leads)
    listing = Listing.of(request.user, request.POST.get("query", ""))
    action, everything = request.POST.get("action", ""), "all" in request.POST
    if action == BulkAction.EXPORT and everything:
        return redirect(f"{reverse('leads:export')}?{listing.query}")
    try:
        run = services.select(
            actor=request.user,
            action=action,
            listing=listing,
            chosen=None if everything else _ticked(request),
        )
    except ValidationError as error:
        messages.warning(request, "".join(error.messages))
        return redirect(list_url(request))
    if run.action == BulkAction.EXPORT:
        return redirect("leads:bulk_export", run.public_id)
    return redirect("leads:bulk", run.public_id)


def bulk_run(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """A draft asks what to do; afterwards the page says what became of each lead."""
    run = _own(request, public_id)
    require(request.user, ALLOWED[run.action])
    if run.action == BulkAction.EXPORT:
        return redirect("leads:bulk_export", run.public_id)
    if run.state == BulkState.DRAFT:
        return _ask(request, run)
    if request.method == "POST":
        # A second click finds everything done; after a crash it goes on with what waits.
        return _carry_on(request, run)
    return _show_outcomes(request, run)


def _ask(request: HttpRequest, run: BulkRun) -> HttpResponse:
    given = request.POST if request.method == "POST" else None
    form = FORMS[run.action](given, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            run = services.start(run=run, actor=request.user, params=form.params)
            return _carry_on(request, run)
        except Conflict as conflict:
            messages.error(request, str(conflict))
            return redirect("leads:bulk", run.public_id)
    seen = Lead.objects.visible_to(request.user)
    context = {
        "run": run,
        "form": form,
        "count": run.items.count(),
        "in_request": services.IN_REQUEST,
        "named": run.items.filter(lead__in=seen).select_related("lead")[:NAMED],
        "back_url": list_url(request),
        "breadcrumbs": breadcrumbs(request, run.get_action_display()),
    }
    return render(request, "leads/lists/bulk_form.html", context)


def bulk_export(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The ledger of the selected leads alone."""
    run = _own(request, public_id)
    require(request.user, can_search_leads)
    count = run.items.filter(lead__in=Lead.objects.visible_to(request.user)).count()
    return ask_for_ledger(request, query=run.params["query"], count=f"{count} 条", run=run)


def _carry_on(request: HttpRequest, run: BulkRun) -> HttpResponse:
    job = services.go_on(run=run, actor=request.user)
    if job is not None:
        return redirect("jobs:detail", job.public_id)
    return redirect("leads:bulk", run.public_id)


def _show_outcomes(request: HttpRequest, run: BulkRun) -> HttpResponse:
    counted = dict(run.items.order_by().values_list("outcome").annotate(Count("pk")))
    # What was not done comes first: that is what the person has to see to.
    items = run.items.prefetch_related("lead").order_by("-outcome", "pk")
    page = Paginator(items, PAGE_SIZE).get_page(request.GET.get("page"))
    leads = {item.lead_id for item in page}
    seen = Lead.objects.visible_to(request.user).filter(pk__in=leads)
    job = services.job_of(run)
    context = {
        "run": run,
        "job": job if job and not job.is_finished else None,
        "page": page,
        # Of the others the page tells neither number nor outcome in words.
        "seen": set(seen.values_list("pk", flat=True)),
        "tiles": _tiles(counted),
        "waiting": counted.get(BulkOutcome.WAITING, 0),
        "next_url": f"?page={page.next_page_number()}" if page.has_next() else "",
        "previous_url": f"?page={page.previous_page_number()}" if page.has_previous() else "",
        "total_label": f"共 {page.paginator.count} 条",
        "back_url": list_url(request),
        "breadcrumbs": breadcrumbs(request, run.get_action_display()),
    }
    return render(request, "leads/lists/bulk_outcomes.html", context)


def _tiles(counted: dict[str, int]) -> list[dict[str, Any]]:
    tones = {BulkOutcome.DONE: "ok", BulkOutcome.SKIPPED: "late", BulkOutcome.WAITING: ""}
    return [
        {"label": outcome.label, "value": counted[outcome], "unit": "条", "tone": tone}
        for outcome, tone in tones.items()
        if counted.get(outcome)
    ]


def _own(request: HttpRequest, public_id: uuid.UUID) -> BulkRun:
    return get_object_or_404(BulkRun.objects.visible_to(request.user), public_id=public_id)


def _ticked(request: HttpRequest) -> list[tuple[int, int]]:
    """Key and version of each ticked row; what is neither is left out."""
    pairs = []
    for value in request.POST.getlist("lead"):
        key, _, version = value.partition(".")
        if all(part.isascii() and part.isdigit() and len(part) <= 18 for part in (key, version)):
            pairs.append((int(key), int(version)))
    return pairs
