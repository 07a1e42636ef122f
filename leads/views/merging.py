"""并案 and 拆分."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from leads import services
from leads.forms import MergeForm, ReasonForm, SplitForm
from leads.permissions import can_handle
from leads.states import OPEN
from leads.views.steps import act, lead_step


def lead_merge(request: HttpRequest, number: str) -> HttpResponse:
    step = lead_step(request, number, "merge")
    form = MergeForm(
        request.POST or None,
        user=request.user,
        initial={"version": step.lead.version, "into": request.GET.get("into", "")},
    )
    return act(
        request,
        step,
        form=form,
        title="并案",
        submit="并案",
        done="已并案，双方的办理过程都保留。",
        run=lambda values: services.merge(lead=step.lead, actor=request.user, **values),
    )


def lead_unmerge(request: HttpRequest, number: str) -> HttpResponse:
    step = lead_step(request, number, "unmerge")
    form = ReasonForm(
        request.POST or None, initial={"version": step.lead.version}, label="撤销并案的理由"
    )
    return act(
        request,
        step,
        form=form,
        title="撤销并案",
        submit="撤销并案",
        done="已撤销并案，请重新研判。",
        run=lambda values: services.unmerge(lead=step.lead, actor=request.user, **values),
    )


def lead_split(request: HttpRequest, number: str) -> HttpResponse:
    step = lead_step(request, number, "split", who=can_handle, during=OPEN, label="拆分")
    return act(
        request,
        step,
        form=SplitForm(request.POST or None),
        title="拆分线索",
        submit="拆分",
        done="已拆分，新线索见办理过程。",
        run=lambda values: services.split(lead=step.lead, actor=request.user, **values),
    )
