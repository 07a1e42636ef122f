"""Steps of a unit that has the lead, and the office's answer to what it found."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from files.forms import UploadsForm
from leads import services
from leads.forms import FeedbackForm, ReasonForm
from leads.permissions import can_sign_feedback, can_work_assignment
from leads.states import WAITING_FOR_UNIT
from leads.views.steps import Step, act, assignment_step, press


@require_POST
def assignment_sign(request: HttpRequest, pk: int) -> HttpResponse:
    step = assignment_step(request, pk, "sign")
    return press(
        request,
        step,
        done="已签收，请在期限内核查并反馈。",
        run=lambda _version: services.sign(assignment=step.thing, actor=request.user),
        versioned=False,
    )


def assignment_report(request: HttpRequest, pk: int) -> HttpResponse:
    """The liaison writes the feedback for the leader to sign; the leader writes and signs."""
    step = assignment_step(request, pk, "report")
    signs = can_sign_feedback.test(request.user, step.thing)
    service = services.report_and_sign if signs else services.report_back
    last = step.thing.feedback.last()
    initial = {name: getattr(last, name) for name in FeedbackForm.Meta.fields} if last else {}
    form = FeedbackForm(request.POST or None, initial=initial | {"version": step.thing.version})
    form.beside = uploads = UploadsForm(request)
    return act(
        request,
        step,
        form=form,
        title="核查反馈",
        submit="签字反馈" if signs else "送负责人签字",
        done="反馈已签字提交，等待扫黑办审核。" if signs else "反馈已送本单位负责人签字。",
        run=lambda values: service(
            assignment=step.thing, actor=request.user, uploads=uploads.stored, **values
        ),
    )


@require_POST
def assignment_sign_off(request: HttpRequest, pk: int) -> HttpResponse:
    step = assignment_step(request, pk, "sign_off")
    return press(
        request,
        step,
        done="反馈已签字提交，等待扫黑办审核。",
        run=lambda version: services.sign_off(
            assignment=step.thing, actor=request.user, expected_version=version
        ),
    )


def assignment_revise(request: HttpRequest, pk: int) -> HttpResponse:
    step = assignment_step(request, pk, "revise")
    return _with_reason(
        request,
        step,
        services.revise,
        title="退回修改反馈",
        label="修改意见",
        required=False,
        submit="退回修改",
        done="反馈已退回填报人修改。",
    )


def assignment_refuse(request: HttpRequest, pk: int) -> HttpResponse:
    step = assignment_step(request, pk, "refuse")
    return _with_reason(
        request,
        step,
        services.refuse,
        title="退回交办",
        label="退回交办的理由",
        submit="退回交办",
        done="已退回扫黑办，本单位不再承办。",
    )


def assignment_progress(request: HttpRequest, pk: int) -> HttpResponse:
    step = assignment_step(
        request,
        pk,
        "progress",
        who=can_work_assignment,
        during=WAITING_FOR_UNIT,
        label="填写进展",
    )
    return _with_reason(
        request,
        step,
        services.note_progress,
        title="填写进展",
        label="进展情况",
        submit="保存",
        done="进展已记录。",
    )


def assignment_return(request: HttpRequest, pk: int) -> HttpResponse:
    step = assignment_step(request, pk, "return")
    return _with_reason(
        request,
        step,
        services.return_feedback,
        title=f"退回{step.thing.unit.name}",
        label="退回的理由",
        submit="退回",
        done="已退回承办单位。",
    )


@require_POST
def assignment_approve(request: HttpRequest, pk: int) -> HttpResponse:
    step = assignment_step(request, pk, "approve")
    return press(
        request,
        step,
        done="反馈审核通过。",
        run=lambda version: services.approve(
            assignment=step.thing, actor=request.user, expected_version=version
        ),
    )


def assignment_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    step = assignment_step(request, pk, "withdraw")
    return _with_reason(
        request,
        step,
        services.withdraw,
        title=f"撤回对{step.thing.unit.name}的交办",
        label="撤回的理由",
        submit="撤回交办",
        done="已撤回交办。",
    )


def _with_reason(
    request: HttpRequest,
    step: Step,
    service: Any,
    *,
    title: str,
    label: str,
    submit: str,
    done: str,
    required: bool = True,
) -> HttpResponse:
    form = ReasonForm(
        request.POST or None,
        initial={"version": step.thing.version},
        label=label,
        required=required,
    )
    return act(
        request,
        step,
        form=form,
        title=title,
        submit=submit,
        done=done,
        run=lambda values: service(assignment=step.thing, actor=request.user, **values),
    )
