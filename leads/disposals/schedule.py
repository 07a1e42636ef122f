"""The page of the retention schedule, and those on which the disposal of a lead is put off."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from audit.machine import Conflict
from departments.permissions import is_office, require
from departments.roles import OFFICE_ROLES, Role
from leads.disposals import holds, settling
from leads.disposals.forms import HoldForm, WhyForm, years_forms
from leads.disposals.models import RetentionRule
from leads.disposals.permissions import can_hold, can_lift_hold, can_settle_retention
from leads.views.steps import act, breadcrumbs, lead_step
from pages.forms import add_errors

FORMS = ["GET", "HEAD", "POST"]
HISTORY_SHOWN = 30


@require_http_methods(FORMS)
def retention(request: HttpRequest) -> HttpResponse:
    """The years in force, for the director to settle, and who has changed them when and why."""
    require(request.user, is_office)
    may_settle = can_settle_retention.test(request.user)
    if request.method == "POST":
        require(request.user, can_settle_retention)
    town = min(request.user.jurisdictions_as(*([Role.DIRECTOR] if may_settle else OFFICE_ROLES)))
    given = request.POST if request.method == "POST" else None
    rows, why = years_forms(given, town=town), WhyForm(given)
    if request.method == "POST" and _settled(request, town, rows, why):
        return redirect("leads:retention")
    history = RetentionRule.objects.visible_to(request.user).filter(jurisdiction=town)
    crumbs = breadcrumbs(request, "到期处置", "留存期限")
    crumbs[-2]["url"] = reverse("leads:disposals")
    context = {
        "rows": rows,
        "why": why,
        "forms": [*rows, why],
        "may_settle": may_settle,
        "history": history.select_related("set_by")[:HISTORY_SHOWN],
        "breadcrumbs": crumbs,
    }
    return render(request, "leads/disposals/retention.html", context)


def _settled(request: HttpRequest, town: int, rows: list, why: WhyForm) -> bool:
    """Whether what was sent was right and is done; what was wrong stands on the forms."""
    answers = [form.is_valid() for form in (*rows, why)]
    if not all(answers):
        return False
    try:
        changed = settling.settle(
            actor=request.user,
            town=town,
            years={row.kind: row.cleaned_data["years"] for row in rows},
            versions={row.kind: row.cleaned_data["version"] for row in rows},
            reason=why.cleaned_data["reason"],
        )
    except Conflict as conflict:
        messages.error(request, str(conflict))
        return True
    except ValidationError as error:
        add_errors(why, error)
        return False
    messages.success(request, f"已修改 {changed} 项。" if changed else "没有改动。")
    return True


@require_http_methods(FORMS)
def lead_hold(request: HttpRequest, number: str) -> HttpResponse:
    step = lead_step(
        request, number, "hold", who=can_hold, during=holds.EVERY_STATE, label="暂停处置"
    )
    return act(
        request,
        step,
        form=HoldForm(request.POST or None, initial={"version": step.lead.version}),
        title="暂停处置",
        submit="暂停处置",
        done="已暂停处置，恢复以前不会被删除。",
        run=lambda values: holds.hold(lead=step.lead, actor=request.user, **values),
    )


@require_http_methods(FORMS)
def lead_lift_hold(request: HttpRequest, number: str) -> HttpResponse:
    step = lead_step(
        request, number, "lift_hold", who=can_lift_hold, during=holds.EVERY_STATE, label="恢复处置"
    )
    return act(
        request,
        step,
        form=HoldForm(request.POST or None, initial={"version": step.lead.version}),
        title="恢复处置",
        submit="恢复处置",
        done="已恢复处置：留存期满后可以列入处置批次。",
        run=lambda values: holds.lift(lead=step.lead, actor=request.user, **values),
    )
