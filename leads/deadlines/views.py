"""The town's deadlines, and the button that urges a unit."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from audit.machine import Conflict
from departments.permissions import is_office, require
from departments.roles import OFFICE_ROLES, Role
from leads import services as leads_services
from leads.deadlines import services
from leads.deadlines.forms import rule_forms
from leads.deadlines.kinds import USUAL
from leads.deadlines.models import DeadlineRule
from leads.deadlines.permissions import can_settle_deadlines, can_urge
from leads.models import Assignment
from leads.views.steps import breadcrumbs

HISTORY_SHOWN = 30


@require_http_methods(["GET", "HEAD", "POST"])
def deadline_rules(request: HttpRequest) -> HttpResponse:
    """The rules in force, for the office to see and for the director to settle."""
    require(request.user, is_office)
    may_settle = can_settle_deadlines.test(request.user)
    if request.method == "POST":
        require(request.user, can_settle_deadlines)
    town = min(request.user.jurisdictions_as(*([Role.DIRECTOR] if may_settle else OFFICE_ROLES)))
    data = request.POST if request.method == "POST" else None
    rows = rule_forms(data, town=town, usual=USUAL)
    if request.method == "POST" and not any(row.errors for row in rows):
        try:
            changed = services.settle(
                actor=request.user,
                town=town,
                rules={row.kind: row.rule for row in rows},
                versions={row.kind: row.cleaned_data["version"] for row in rows},
            )
            words = f"已修改 {changed} 项，自下一次转办起执行。" if changed else "没有改动。"
            messages.success(request, words)
        except Conflict as conflict:
            messages.error(request, str(conflict))
        return redirect("leads:deadlines")
    history = DeadlineRule.objects.visible_to(request.user).select_related("set_by")
    context = {
        "rows": rows,
        "may_settle": may_settle,
        "history": history.filter(jurisdiction=town)[:HISTORY_SHOWN],
        "breadcrumbs": breadcrumbs(request, "办理期限"),
    }
    return render(request, "leads/deadline_rules.html", context)


@require_POST
def assignment_remind(request: HttpRequest, pk: int) -> HttpResponse:
    assignments = Assignment.objects.visible_to(request.user).select_related("lead", "unit")
    assignment = get_object_or_404(assignments, pk=pk)
    require(request.user, can_urge, assignment)
    try:
        leads_services.remind(assignment=assignment, actor=request.user)
        messages.success(request, f"已催办{assignment.unit}。")
    except Conflict as conflict:
        messages.error(request, str(conflict))
    return redirect("leads:detail", assignment.lead.number)
