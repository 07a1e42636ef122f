"""More time: a unit asks, the director decides."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from leads.forms import ReasonForm
from leads.forms.extension import ExtensionForm
from leads.permissions import can_work_assignment
from leads.services import extensions
from leads.states import WAITING_FOR_UNIT
from leads.views.steps import act, assignment_step, extension_step, press


def extension_ask(request: HttpRequest, pk: int) -> HttpResponse:
    step = assignment_step(
        request,
        pk,
        "ask_extension",
        who=can_work_assignment,
        during=WAITING_FOR_UNIT,
        label="申请延期",
    )
    form = ExtensionForm(request.POST or None, initial={"version": step.thing.version})
    form.fields["new_due_on"].help_text = f"现在的期限是 {step.thing.due_on}。"
    return act(
        request,
        step,
        form=form,
        title="申请延期",
        submit="提交申请",
        done="延期申请已提交，等待扫黑办主任审批。",
        run=lambda values: extensions.ask(assignment=step.thing, actor=request.user, **values),
    )


@require_POST
def extension_grant(request: HttpRequest, pk: int) -> HttpResponse:
    step = extension_step(request, pk, "grant")
    return press(
        request,
        step,
        done="已批准延期。",
        run=lambda _version: extensions.grant(extension=step.thing, actor=request.user),
        versioned=False,
    )


def extension_deny(request: HttpRequest, pk: int) -> HttpResponse:
    step = extension_step(request, pk, "deny")
    form = ReasonForm(request.POST or None, label="不同意延期的理由")
    # A request is decided once and never edited: its state says all that a version would.
    form.fields["version"] = forms.IntegerField(required=False, widget=forms.HiddenInput)
    return act(
        request,
        step,
        form=form,
        title="不同意延期",
        submit="不同意",
        done="已答复不同意延期。",
        run=lambda values: extensions.deny(
            extension=step.thing, actor=request.user, note=values["note"]
        ),
    )


@require_POST
def extension_drop(request: HttpRequest, pk: int) -> HttpResponse:
    step = extension_step(request, pk, "drop")
    return press(
        request,
        step,
        done="延期申请已撤回。",
        run=lambda _version: extensions.drop(extension=step.thing, actor=request.user),
        versioned=False,
    )
