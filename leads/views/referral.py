"""移送上级, and the receipt for it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from leads import services
from leads.forms import ReceiptForm, ReferForm
from leads.permissions import can_handle
from leads.states import LeadState
from leads.views.steps import act, lead_step


def lead_refer(request: HttpRequest, number: str) -> HttpResponse:
    step = lead_step(request, number, "refer")
    form = ReferForm(request.POST or None, initial={"version": step.lead.version})
    return act(
        request,
        step,
        form=form,
        title="移送上级",
        submit="移送",
        done="已记为移送上级，请在收到回执后登记。",
        run=lambda values: services.refer(lead=step.lead, actor=request.user, **values),
    )


def lead_receipt(request: HttpRequest, number: str) -> HttpResponse:
    step = lead_step(
        request,
        number,
        "receipt",
        who=can_handle,
        during=[LeadState.REFERRED, LeadState.ARCHIVED],
        label="登记回执",
    )
    form = ReceiptForm(request.POST or None, initial={"version": step.lead.version})
    return act(
        request,
        step,
        form=form,
        title="登记移送回执",
        submit="保存",
        done="回执已登记。",
        run=lambda values: services.note_receipt(lead=step.lead, actor=request.user, **values),
    )
