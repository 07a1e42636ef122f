"""Steps of a unit that has the lead, and the office's answer to what it found."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from audit.machine import Conflict
from leads import services
from leads.forms import FeedbackForm, ReasonForm
from leads.views.steps import act, assignment_for


@require_POST
def assignment_sign(request: HttpRequest, pk: int) -> HttpResponse:
    assignment = assignment_for(request, pk, "sign")
    try:
        services.sign(assignment=assignment, actor=request.user)
        messages.success(request, "已签收，请在期限内核查并反馈。")
    except Conflict as conflict:
        messages.error(request, str(conflict))
    return redirect("leads:detail", assignment.lead.number)


def assignment_report(request: HttpRequest, pk: int) -> HttpResponse:
    assignment = assignment_for(request, pk, "report")
    form = FeedbackForm(request.POST or None, initial={"version": assignment.version})
    return act(
        request,
        form=form,
        lead=assignment.lead,
        title="核查反馈",
        submit="提交反馈",
        done="反馈已提交，等待扫黑办审核。",
        run=lambda values: services.report_back(
            assignment=assignment, actor=request.user, **values
        ),
    )


def assignment_return(request: HttpRequest, pk: int) -> HttpResponse:
    assignment = assignment_for(request, pk, "return")
    form = ReasonForm(
        request.POST or None, initial={"version": assignment.version}, label="退回的理由"
    )
    return act(
        request,
        form=form,
        lead=assignment.lead,
        title=f"退回{assignment.unit.name}",
        submit="退回",
        done="已退回承办单位。",
        run=lambda values: services.return_feedback(
            assignment=assignment, actor=request.user, **values
        ),
    )
