"""The custodian's desk: requests, the reporters of one lead, and other leads of the same."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from audit.machine import Conflict
from departments.permissions import require
from leads.models import Lead, Release, Reporter
from leads.reporters import services
from leads.reporters.forms import DoubtingForm, ReasonedForm, SearchForm
from leads.reporters.permissions import is_custodian
from leads.reporters.querysets import leads_kept_by
from pages.forms import add_errors

#: So many requests, newest first, stand on the desk.
SHOWN = 50


def desk(request: HttpRequest) -> HttpResponse:
    """What was asked, what is open, and the search, whose words stay out of every address."""
    require(request.user, is_custodian)
    form, found = SearchForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        found = services.find(actor=request.user, **form.cleaned_data)
    releases = Release.objects.filter(lead__in=leads_kept_by(request.user))
    releases = releases.select_related("lead", "asked_by", "decided_by")
    context = {
        "form": form,
        "found": found,
        "releases": releases.annotate(looked=Count("looks")).order_by("-pk")[:SHOWN],
        "breadcrumbs": _crumbs(),
    }
    return render(request, "leads/reporters/desk.html", context)


def of_lead(request: HttpRequest, number: str) -> HttpResponse:
    """The identities of one lead's reporters, for a reason that is typed each time."""
    lead = _lead(request, number)
    form = ReasonedForm(request.POST or None)
    shown = None
    if request.method == "POST" and form.is_valid():
        shown = services.look(lead=lead, actor=request.user, reason=form.cleaned_data["reason"])
    context = {
        "lead": lead,
        "shown": shown,
        "form": form,
        "keeps": True,
        "looks": lead.identity_looks.select_related("actor", "release")[:SHOWN],
        "count": lead.reporters.count(),
        "back_url": reverse("leads:reporters"),
        "breadcrumbs": _crumbs(lead.number),
    }
    return render(request, "leads/reporters/identities.html", context)


def reporter_add(request: HttpRequest, number: str) -> HttpResponse:
    lead = _lead(request, number)
    form = DoubtingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.add(
                lead=lead,
                actor=request.user,
                identity=form.identity,
                reason=form.cleaned_data["reason"],
            )
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, f"线索 {lead.number} 已补充举报人信息。")
            return redirect("leads:reporters_of", lead.number)
    return _show(request, form, lead, title="补充举报人", submit="加密保存")


def reporter_correct(request: HttpRequest, pk: int) -> HttpResponse:
    """What is to be corrected is typed anew: the page shows nothing of what is kept."""
    kept = Reporter.objects.kept_by(request.user).select_related("lead")
    reporter = get_object_or_404(kept, pk=pk)
    form = DoubtingForm(request.POST or None, initial={"version": reporter.version})
    if request.method == "POST" and form.is_valid():
        try:
            services.correct(
                reporter=reporter,
                actor=request.user,
                identity=form.identity,
                reason=form.cleaned_data["reason"],
                expected_version=form.cleaned_data["version"],
            )
        except Conflict as conflict:
            form.add_error(None, str(conflict))
        else:
            messages.success(request, "已更正，原来的内容加密留存。")
            return redirect("leads:reporters_of", reporter.lead.number)
    return _show(request, form, reporter.lead, title="更正举报人信息", submit="加密保存")


def reporter_earlier(request: HttpRequest, pk: int) -> HttpResponse:
    """What was told before corrections, for a reason as well."""
    kept = Reporter.objects.kept_by(request.user).select_related("lead")
    reporter = get_object_or_404(kept, pk=pk)
    form = ReasonedForm(request.POST or None)
    shown = None
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        shown = services.look_back(reporter=reporter, actor=request.user, reason=reason)
    context = {
        "lead": reporter.lead,
        "shown": shown,
        "form": form,
        "earlier": True,
        "count": reporter.revisions.count(),
        "back_url": reverse("leads:reporters_of", args=[reporter.lead.number]),
        "breadcrumbs": _crumbs(reporter.lead.number, "更正前的内容"),
    }
    return render(request, "leads/reporters/identities.html", context)


def _lead(request: HttpRequest, number: str) -> Lead:
    return get_object_or_404(leads_kept_by(request.user), number=number)


def _show(request: HttpRequest, form: DoubtingForm, lead: Lead, **context: Any) -> HttpResponse:
    context |= {
        "form": form,
        "number": lead.number,
        "back_url": reverse("leads:reporters_of", args=[lead.number]),
        "breadcrumbs": _crumbs(lead.number, context["title"]),
    }
    return render(request, "leads/reporters/form.html", context)


def _crumbs(*labels: str) -> list[dict[str, str]]:
    above = [("首页", reverse("home")), ("举报人信息", reverse("leads:reporters"))]
    return [{"label": label, "url": url} for label, url in [*above, *((one, "") for one in labels)]]
