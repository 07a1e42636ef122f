"""Steps of the office before a unit has the lead."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from leads import services
from leads.forms import AssignForm, ReasonForm
from leads.views.steps import act, lead_for


def lead_assign(request: HttpRequest, number: str) -> HttpResponse:
    lead = lead_for(request, number, "accept", "assess", "assign")
    form = AssignForm(request.POST or None, lead=lead)
    return act(
        request,
        form=form,
        lead=lead,
        title="研判转办",
        submit="转办",
        done="已转办。",
        run=lambda values: services.assign(lead=lead, actor=request.user, **values),
    )


def lead_decline(request: HttpRequest, number: str) -> HttpResponse:
    lead = lead_for(request, number, "decline")
    form = ReasonForm(
        request.POST or None, initial={"version": lead.version}, label="不予受理的理由"
    )
    return act(
        request,
        form=form,
        lead=lead,
        title="不予受理",
        submit="确认不予受理",
        done="已记为不予受理。",
        run=lambda values: services.decline(lead=lead, actor=request.user, **values),
    )
