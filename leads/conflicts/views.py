"""Keeping away from a lead, and lifting what keeps somebody away."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from departments.permissions import require
from departments.roles import OFFICE_ROLES
from leads.conflicts import services
from leads.conflicts.models import ConflictOfInterest
from leads.conflicts.permissions import can_lift, can_recuse
from leads.forms import ReasonForm
from leads.models import Lead
from leads.states import LeadState
from leads.views.steps import act, lead_step

RECUSING = (
    "回避后，您不再看到这条线索，也不再收到有关消息；本单位的其他人员继续办理。"
    "扫黑办会知道您已回避和回避的理由。"
)


def lead_recuse(request: HttpRequest, number: str) -> HttpResponse:
    step = lead_step(
        request, number, "recuse", who=can_recuse, during=LeadState.values, label="回避"
    )
    form = ReasonForm(
        request.POST or None, initial={"version": step.lead.version}, label="回避的理由"
    )
    form.warning = RECUSING
    return act(
        request,
        step,
        form=form,
        title="申请回避",
        submit="确认回避",
        done="已记录您的回避，您不再看到这条线索。",
        run=lambda values: services.recuse(
            lead=step.lead, actor=request.user, reason=values["note"]
        ),
    )


def conflict_lift(request: HttpRequest, pk: int) -> HttpResponse:
    towns = request.user.jurisdictions_as(*OFFICE_ROLES)
    conflicts = ConflictOfInterest.objects.filter(
        lead__jurisdiction__in=towns, lead__in=Lead.objects.visible_to(request.user)
    ).select_related("lead", "account", "unit")
    conflict = get_object_or_404(conflicts, pk=pk)
    require(request.user, can_lift, conflict)
    step = lead_step(
        request,
        conflict.lead.number,
        "lift",
        who=can_recuse,
        during=LeadState.values,
        label="解除回避",
    )
    form = ReasonForm(
        request.POST or None, initial={"version": step.lead.version}, label="解除回避的理由"
    )
    return act(
        request,
        step,
        form=form,
        title=f"解除{conflict.account.full_name}的回避",
        submit="解除回避",
        done="已解除回避。",
        run=lambda values: services.lift(
            conflict=conflict, actor=request.user, reason=values["note"]
        ),
    )
