"""Steps of the office before, and while, units have the lead."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

from audit.models import Action
from audit.services import record
from leads import services
from leads.forms import AddUnitsForm, AssignForm, ReasonForm
from leads.permissions import can_handle
from leads.states import WITH_UNITS
from leads.views.steps import act, lead_step


def lead_assign(request: HttpRequest, number: str) -> HttpResponse:
    step = lead_step(request, number, "accept", "assess", "assign")
    if "suggest" in request.POST:
        form = AssignForm.choices_of(request.POST, lead=step.lead)
    else:
        form = AssignForm(request.POST or None, lead=step.lead)
    response = act(
        request,
        step,
        form=form,
        title="研判转办",
        submit="转办",
        done="已转办。",
        run=lambda values: services.assign(lead=step.lead, actor=request.user, **values),
    )
    if response.status_code == HTTPStatus.OK:
        # The page shows the words of the lead.
        record(action=Action.LEAD_VIEWED, request=request, obj=step.lead)
    return response


def lead_add_units(request: HttpRequest, number: str) -> HttpResponse:
    step = lead_step(request, number, "add_units", who=can_handle, during=WITH_UNITS, label="加派")
    form = AddUnitsForm(request.POST or None, lead=step.lead)
    return act(
        request,
        step,
        form=form,
        title="加派单位",
        submit="加派",
        done="已加派。",
        run=lambda values: services.add_units(lead=step.lead, actor=request.user, **values),
    )


def lead_decline(request: HttpRequest, number: str) -> HttpResponse:
    step = lead_step(request, number, "decline")
    form = ReasonForm(
        request.POST or None, initial={"version": step.lead.version}, label="不予受理的理由"
    )
    return act(
        request,
        step,
        form=form,
        title="不予受理",
        submit="确认不予受理",
        done="已记为不予受理。",
        run=lambda values: services.decline(lead=step.lead, actor=request.user, **values),
    )
