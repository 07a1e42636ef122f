"""What will be restricted soon, after how many days, and how one lead is kept open."""

from __future__ import annotations

import datetime as dt

from django.contrib import messages
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from audit.machine import Conflict
from departments.permissions import is_office, require
from departments.roles import OFFICE_ROLES, Role
from leads import due
from leads.fading import rules, services
from leads.fading.forms import KeepOpenForm, fading_forms
from leads.fading.models import FadingRule
from leads.fading.permissions import can_keep_open, can_settle_fading
from leads.fading.querysets import due_in
from leads.models import Lead
from leads.views.steps import act, breadcrumbs, lead_step
from pages.keyset import Order, bounded_count, page_of

#: The page shows what is restricted within so many days.
AHEAD = 30
HISTORY_SHOWN = 30
BY_CLOSING = Order(
    key=F("closed_at"),
    of=lambda lead: lead.closed_at.isoformat(),
    read=lambda text: dt.datetime.fromisoformat(text).isoformat(),
    is_descending=False,
)


@require_http_methods(["GET", "HEAD", "POST"])
def fading(request: HttpRequest) -> HttpResponse:
    """The rules in force, for the director to settle, and the leads that are due soon."""
    require(request.user, is_office)
    may_settle = can_settle_fading.test(request.user)
    if request.method == "POST":
        require(request.user, can_settle_fading)
    town = min(request.user.jurisdictions_as(*([Role.DIRECTOR] if may_settle else OFFICE_ROLES)))
    rows = fading_forms(request.POST if request.method == "POST" else None, town=town)
    if request.method == "POST" and not any(row.errors for row in rows):
        _settle(request, town, rows)
        return redirect("leads:fading")
    days = rules.in_force(town)
    soon = due_in(town, days, due.today() + dt.timedelta(days=AHEAD)).visible_to(request.user)
    page = page_of(soon, request, BY_CLOSING)
    visible = Lead.objects.visible_to(request.user).filter(jurisdiction=town)
    history = FadingRule.objects.visible_to(request.user).filter(jurisdiction=town)
    context = {
        "rows": rows,
        "may_settle": may_settle,
        "page": page,
        "soon": [(lead, rules.restricted_from(lead, days)) for lead in page.rows],
        "ahead": AHEAD,
        "restricted": bounded_count(visible.filter(restricted_at__isnull=False)),
        "history": history.select_related("set_by")[:HISTORY_SHOWN],
        "breadcrumbs": breadcrumbs(request, "受限线索"),
    }
    return render(request, "leads/fading/fading.html", context)


def _settle(request: HttpRequest, town: int, rows: list) -> None:
    try:
        changed = services.settle(
            actor=request.user,
            town=town,
            days={row.finding: row.cleaned_data["days"] for row in rows},
            versions={row.finding: row.cleaned_data["version"] for row in rows},
        )
        words = f"已修改 {changed} 项，下一次自动办理时执行。" if changed else "没有改动。"
        messages.success(request, words)
    except Conflict as conflict:
        messages.error(request, str(conflict))


@require_http_methods(["GET", "HEAD", "POST"])
def lead_keep_open(request: HttpRequest, number: str) -> HttpResponse:
    step = lead_step(
        request,
        number,
        "keep_open",
        who=can_keep_open,
        during=services.CLOSED,
        label="解除受限",
    )
    title = "解除受限" if step.lead.is_restricted else "暂缓受限"
    return act(
        request,
        step,
        form=KeepOpenForm(request.POST or None, version=step.lead.version),
        title=title,
        submit=title,
        done=f"已{title}。",
        run=lambda values: services.keep_open(lead=step.lead, actor=request.user, **values),
    )
