"""Incidents: telling the office at once, and what the office does about it."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.machine import Conflict
from audit.models import Action
from audit.services import record
from departments.models import Unit
from departments.permissions import acts_for_a_unit, require
from departments.roles import UNIT_ROLES
from leads.models import Lead
from pages.forms import add_errors
from pages.keyset import page_of
from reporting.incidents import services
from reporting.incidents.forms import AnswerForm, IncidentForm
from reporting.incidents.models import Incident, IncidentEvent
from reporting.incidents.permissions import is_told, sees_incidents
from reporting.incidents.querysets import incidents_waiting_for

ANOTHER = "这一页已经上报为重大事项 {}，内容与现在不同。另有其事的，请再点一次“立即上报”。"
FORMS = ["GET", "HEAD", "POST"]


@require_safe
def incidents(request: HttpRequest) -> HttpResponse:
    """The newest first: one's own unit's, or for the office those of its town."""
    require(request.user, sees_incidents)
    rows = Incident.objects.visible_to(request.user).with_open(request.user)
    rows = rows.select_related("unit", "place")
    context = {
        "page": page_of(rows, request),
        "may_report": acts_for_a_unit.test(request.user),
        "incidents": incidents_waiting_for(request.user),
    }
    return render(request, "reporting/incidents/list.html", context)


@require_http_methods(FORMS)
def report(request: HttpRequest) -> HttpResponse:
    """The form by which a unit tells the office; `unit` chooses among several."""
    require(request.user, acts_for_a_unit)
    units = list(Unit.objects.filter(pk__in=request.user.unit_ids(*UNIT_ROLES)).order_by("path"))
    asked = request.GET.get("unit", "")
    unit = next((one for one in units if one.code == asked), units[0])
    form = IncidentForm(request.POST or None, unit=unit)
    if request.method == "POST" and form.is_valid():
        try:
            made, is_new = services.report(actor=request.user, unit=unit, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            if is_new or made.what == form.cleaned_data["what"]:
                said = "已报扫黑办。" if is_new else "此前已经上报，没有重复上报。"
                messages.success(request, f"重大事项 {made.number} {said}")
                return redirect("reporting:incident", made.pk)
            form.data = form.data.copy()
            form.data["submission"] = str(uuid.uuid4())
            form.add_error(None, ANOTHER.format(made.number))
    context = {"form": form, "unit": unit, "units": units, "breadcrumbs": _crumbs("上报重大事项")}
    return render(request, "reporting/incidents/report.html", context)


@require_safe
def incident(request: HttpRequest, pk: int) -> HttpResponse:
    shown = _visible(request, pk)
    if shown.is_open:
        record(action=Action.INCIDENT_VIEWED, request=request, obj=shown)
    told = is_told.test(request.user, shown)
    # Whether there is a lead is the office's to know, and of it who may see that lead.
    leads = Lead.objects.visible_to(request.user).filter(submission=shown.lead_token)
    context = {
        "incident": shown,
        "told": told,
        "lead": leads.first() if told and shown.lead_token else None,
        "events": _events(shown),
        "breadcrumbs": _crumbs(shown.number),
    }
    return render(request, "reporting/incidents/incident.html", context)


@require_POST
def acknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    shown = _told(request, pk)
    try:
        services.acknowledge(actor=request.user, incident=shown)
        messages.success(request, f"已确认知悉重大事项 {shown.number}。")
    except Conflict as conflict:
        messages.info(request, str(conflict))
    return redirect("reporting:incident", pk)


@require_http_methods(FORMS)
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    shown = _told(request, pk)
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        words = form.cleaned_data["note"]
        services.answer(actor=request.user, incident=shown, words=words)
        messages.success(request, "已答复，并已通知上报单位。")
        return redirect("reporting:incident", pk)
    context = {
        "form": form,
        "title": "答复重大事项",
        "about": f"{shown.unit.name} · {shown.number}",
        "submit": "答复",
        "back_url": reverse("reporting:incident", args=[pk]),
        "breadcrumbs": _crumbs(shown.number, "答复"),
    }
    return render(request, "step_form.html", context)


@require_POST
def begin_lead(request: HttpRequest, pk: int) -> HttpResponse:
    """To the form of a lead with the incident's words in it."""
    shown = _told(request, pk)
    try:
        token = services.begin_lead(actor=request.user, incident=shown)
    except Conflict as conflict:
        messages.error(request, str(conflict))
    except ValidationError as error:
        messages.error(request, "".join(error.messages))
    else:
        return redirect(f"{reverse('leads:create')}?draft={token}")
    return redirect("reporting:incident", pk)


def _visible(request: HttpRequest, pk: int) -> Incident:
    rows = Incident.objects.visible_to(request.user).with_open(request.user)
    rows = rows.select_related("unit", "place", "raised_by", "acknowledged_by", "lead_by")
    return get_object_or_404(rows, pk=pk)


def _events(shown: Incident) -> list[IncidentEvent]:
    """The timeline, without words for whom the incident's are not."""
    events = list(shown.events.all())
    for event in events:
        event.note = event.note if shown.is_open else ""
    return events


def _told(request: HttpRequest, pk: int) -> Incident:
    shown = _visible(request, pk)
    require(request.user, is_told, shown)
    return shown


def _crumbs(*labels: str) -> list[dict[str, Any]]:
    first = {"label": "重大事项", "url": reverse("reporting:incidents")}
    rest = [{"label": label, "url": ""} for label in labels]
    return [{"label": "首页", "url": reverse("home")}, first, *rest]
