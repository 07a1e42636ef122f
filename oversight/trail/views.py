"""The auditor's pages about the trail: to read, to take along, to verify."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from audit.models import AuditEntry, Seal, Verification
from audit.permissions import is_auditor
from audit.seals.services import count_unsealed
from departments.permissions import require
from jobs.asking import ask_for_export
from jobs.services import request_work
from oversight.trail.filters import AuditFilter
from oversight.trail.forms import VerifyForm
from pages.keyset import count_label, page_of


@require_safe
def entry_list(request: HttpRequest) -> HttpResponse:
    """The trail, newest first: who, when, what kind, on which number. Never content."""
    require(request.user, is_auditor)
    entries = AuditEntry.objects.visible_to(request.user)
    found = AuditFilter(request.GET, queryset=entries)
    page = page_of(found.qs if found.form.is_valid() else entries.none(), request)
    context = {
        "page": page,
        "filter": found,
        "query": _conditions(request.GET),
        "seal": Seal.objects.newest(),
        "unsealed": count_unsealed(),
        "verification": Verification.objects.select_related("actor").first(),
    }
    return render(request, "oversight/entry_list.html", context)


def export(request: HttpRequest) -> HttpResponse:
    """The trail as it is filtered, as a file."""
    require(request.user, is_auditor)
    query = _conditions(request.GET)
    list_url = reverse("oversight:list") + (f"?{query}" if query else "")
    found = AuditFilter(request.GET, queryset=AuditEntry.objects.visible_to(request.user))
    if not found.form.is_valid():
        return redirect(list_url)
    return ask_for_export(
        request,
        "audit_trail",
        params=lambda _given: {"query": query},
        about=f"按当前筛选，{count_label(found.qs)}；不含线索内容",
        back_url=list_url,
    )


def verify(request: HttpRequest) -> HttpResponse:
    """Compare the whole trail with its seals, as a job."""
    require(request.user, is_auditor)
    form = VerifyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        job = request_work(
            actor=request.user,
            work_id="verify_audit",
            params={"head": form.cleaned_data["head"]},
            submission=form.cleaned_data["submission"],
        )
        return redirect("jobs:detail", job.public_id)
    seals: Any = Seal.objects.order_by("-number").values("number", "sealed_at", "count", "hash")
    verifications = Verification.objects.select_related("actor")
    context = {"form": form, "seals": seals[:10], "verifications": verifications[:10]}
    return render(request, "oversight/verify.html", context)


def _conditions(given: QueryDict) -> str:
    """The filter alone, as an address says it, without the place in the list."""
    kept = given.copy()
    for name in ("before", "after"):
        kept.pop(name, None)
    return kept.urlencode()
