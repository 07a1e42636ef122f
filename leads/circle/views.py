"""Pages of a lead's circle: who handles it, who is let in, and who let themselves in."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from audit.machine import Conflict
from departments.permissions import is_director, require
from leads.circle import services
from leads.circle.forms import CircleForm, GrantForm, UrgentForm
from leads.circle.models import Access
from leads.circle.permissions import (
    can_grant_reading,
    can_look_urgently,
    can_oversee,
    can_set_circle,
)
from leads.states import LeadState
from leads.views.steps import act, breadcrumbs, lead_step

#: The list shows the latest of what is over.
SHOWN = 50


def lead_circle(request: HttpRequest, number: str) -> HttpResponse:
    step = lead_step(request, number, "circle", who=can_set_circle, during=LeadState.values)
    form = CircleForm(request.POST or None, lead=step.lead)
    return act(
        request,
        step,
        form=form,
        title="知悉范围",
        submit="保存",
        done="的知悉范围已保存。",
        run=lambda values: services.set_circle(lead=step.lead, actor=request.user, **values),
    )


def lead_grant_reading(request: HttpRequest, number: str) -> HttpResponse:
    step = lead_step(
        request, number, "grant_reading", who=can_grant_reading, during=LeadState.values
    )
    form = GrantForm(request.POST or None, lead=step.lead)
    form.warning = (
        "镇领导平时只看数字和进度。授权后，到期前可以查阅这条线索的内容，每次查看都记入审计。"
    )

    def run(values: dict) -> None:
        values.pop("expected_version")
        services.grant_reading(lead=step.lead, actor=request.user, **values)

    return act(
        request,
        step,
        form=form,
        title="授权镇领导查阅",
        submit="授权",
        done="已授权查阅。",
        run=run,
    )


def lead_look_urgently(request: HttpRequest, number: str) -> HttpResponse:
    step = lead_step(request, number, "urgent_look", who=can_look_urgently, during=LeadState.values)
    form = UrgentForm(request.POST or None, initial={"version": step.lead.version})
    form.warning = (
        f"这条线索限定知悉。确认后您可以查阅 {services.urgent_minutes()} 分钟，只能看，不能办理；"
        "主任立即收到通知，您的理由和每次查看都记入审计。"
    )
    return act(
        request,
        step,
        form=form,
        title="紧急查阅",
        submit="确认查阅",
        done="可以查阅，到时自动关闭。",
        run=lambda values: services.look_urgently(
            lead=step.lead, actor=request.user, reason=values["note"]
        ),
    )


@require_safe
def readings(request: HttpRequest) -> HttpResponse:
    """For the director: urgent looks of which nobody has taken note, and who reads what."""
    require(request.user, is_director)
    rows = Access.objects.visible_to(request.user).readings().select_related("lead", "account")
    context = {
        "waiting": rows.unacknowledged(),
        "in_force": rows.in_force(),
        "over": rows.exclude(pk__in=rows.in_force().values("pk")).order_by("-pk")[:SHOWN],
        "breadcrumbs": breadcrumbs(request, "查阅授权"),
    }
    return render(request, "leads/readings.html", context)


@require_POST
def reading_end(request: HttpRequest, pk: int) -> HttpResponse:
    return _oversee(request, pk, services.end_reading, "查阅已终止，立即生效。")


@require_POST
def urgent_acknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    return _oversee(request, pk, services.acknowledge, "已确认知悉这次紧急查阅。")


def _oversee(
    request: HttpRequest, pk: int, act_on: Callable[..., Access], done: str
) -> HttpResponse:
    accesses = Access.objects.visible_to(request.user).select_related("lead")
    access = get_object_or_404(accesses, pk=pk)
    require(request.user, can_oversee, access)
    try:
        act_on(access=access, actor=request.user)
        messages.success(request, done)
    except Conflict as conflict:
        messages.info(request, str(conflict))
    return redirect("leads:readings")
