"""What follows when a lead has ended: the file, the reporter called back, a new round."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from leads import services
from leads.forms import ArchiveForm, FollowUpForm, ReasonForm
from leads.permissions import can_handle
from leads.services.afterwards import CONTACTABLE
from leads.views.steps import act, lead_step


def lead_archive(request: HttpRequest, number: str) -> HttpResponse:
    step = lead_step(request, number, "archive")
    initial = {"version": step.lead.version, "archive_ref": step.lead.archive_ref}
    return act(
        request,
        step,
        form=ArchiveForm(request.POST or None, initial=initial),
        title="归档",
        submit="归档",
        done="已归档。",
        run=lambda values: services.archive(lead=step.lead, actor=request.user, **values),
    )


def lead_restart(request: HttpRequest, number: str) -> HttpResponse:
    step = lead_step(request, number, "restart")
    form = ReasonForm(
        request.POST or None, initial={"version": step.lead.version}, label="重启的理由"
    )
    return act(
        request,
        step,
        form=form,
        title="重启办理",
        submit="重启",
        done="已重启，请重新研判转办。",
        run=lambda values: services.restart(lead=step.lead, actor=request.user, **values),
    )


def lead_follow_up(request: HttpRequest, number: str) -> HttpResponse:
    step = lead_step(
        request, number, "follow_up", who=can_handle, during=CONTACTABLE, label="记录回访"
    )
    form = FollowUpForm(request.POST or None, initial={"version": step.lead.version})
    return act(
        request,
        step,
        form=form,
        title="记录回访",
        submit="保存",
        done="回访已记录。",
        run=lambda values: services.follow_up(lead=step.lead, actor=request.user, **values),
    )
