"""Steps that end a lead: the office proposes, the director approves."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from leads import services
from leads.forms import CloseForm, ReasonForm
from leads.permissions import can_approve
from leads.views.steps import act, lead_step, press


def lead_close(request: HttpRequest, number: str) -> HttpResponse:
    """The director closes; whoever else works for the office proposes to."""
    step = lead_step(request, number, "propose_closing")
    directs = can_approve.test(request.user, step.lead)
    service = services.close if directs else services.propose_closing
    form = CloseForm(request.POST or None, initial={"version": step.lead.version})
    return act(
        request,
        step,
        form=form,
        title="办结" if directs else "报请办结",
        submit="办结" if directs else "报主任审批",
        done="已办结。" if directs else "已报主任审批。",
        run=lambda values: service(lead=step.lead, actor=request.user, **values),
    )


@require_POST
def closing_approve(request: HttpRequest, number: str) -> HttpResponse:
    step = lead_step(request, number, "close")
    return press(
        request,
        step,
        done="已批准办结。",
        run=lambda version: services.approve_closing(
            lead=step.lead, actor=request.user, expected_version=version
        ),
    )


def closing_reject(request: HttpRequest, number: str) -> HttpResponse:
    step = lead_step(request, number, "reject_closing")
    form = ReasonForm(
        request.POST or None, initial={"version": step.lead.version}, label="不同意办结的理由"
    )
    return act(
        request,
        step,
        form=form,
        title="不同意办结",
        submit="退回",
        done="已退回扫黑办补充。",
        run=lambda values: services.reject_closing(lead=step.lead, actor=request.user, **values),
    )


@require_POST
def closing_recall(request: HttpRequest, number: str) -> HttpResponse:
    step = lead_step(request, number, "recall_closing")
    return press(
        request,
        step,
        done="已撤回报批。",
        run=lambda version: services.recall_closing(
            lead=step.lead, actor=request.user, expected_version=version
        ),
    )
