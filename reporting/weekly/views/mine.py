"""What a unit has reported, and what it owes."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from departments.permissions import acts_for_a_unit, require
from departments.roles import UNIT_ROLES
from reporting.board.rates import standing
from reporting.delegations.models import SigningDelegation
from reporting.duties.models import Reopening
from reporting.periods.models import ReportExpectation
from reporting.weekly.afterwards import hint_of
from reporting.weekly.permissions import can_edit, signs_for
from reporting.weekly.states import EXEMPT, tone_of

PAGE_SIZE = 20


@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """The reports of one's own units, the current week on top."""
    require(request.user, acts_for_a_unit)
    owed = (
        ReportExpectation.objects.of_units(request.user)
        .with_status()
        .select_related("unit", "period", "report", "exemption")
    )
    current = list(owed.taking_reports().order_by("-period__starts_on", "unit__path"))
    taking = {item.pk for item in current}
    newest = max((item.period.starts_on for item in current), default=None)
    listed = owed.order_by("-period__starts_on", "unit__path")
    page = Paginator(listed, PAGE_SIZE).get_page(request.GET.get("page"))
    units = request.user.unit_ids(*UNIT_ROLES)
    reopened = Reopening.objects.in_force().filter(unit__in=units).by_week()
    delegations = SigningDelegation.objects.not_over().filter(unit__in=units)
    context = {
        "delegations": delegations.select_related("unit", "leader", "delegate"),
        "current": [
            _card(item, request, taking, reopened) | _since(item, request)
            for item in current
            if item.period.starts_on == newest
        ],
        "rows": [_card(item, request, taking, reopened) for item in page],
        "page": page,
    }
    return render(request, "reporting/mine.html", context)


def _since(item: Any, request: HttpRequest) -> dict[str, Any]:
    """What was counted since the report was written; three queries where there is one."""
    report = getattr(item, "report", None)
    if report is None:
        return {}
    report.unit, report.period = item.unit, item.period
    return hint_of(request.user, report)


def _card(
    item: Any, request: HttpRequest, taking: set[int], reopened: dict[tuple[int, int], Reopening]
) -> dict[str, Any]:
    """`taking` are the expectations that can be met now."""
    report, is_open = getattr(item, "report", None), item.pk in taking
    status, lateness = standing(item.status, period=item.period, now=timezone.now())
    return {
        "unit": item.unit,
        "period": item.period,
        "report": report,
        "status": status,
        "lateness": lateness,
        "exemption": item.exemption if item.status == EXEMPT else None,
        "reopening": reopened.get((item.period_id, item.unit_id)),
        "tone": tone_of(item.status, is_past_due=item.period.is_past_due),
        "is_late": item.filed_late,
        "can_edit": is_open and (not report or can_edit.test(request.user, report)),
        "signs": is_open and signs_for.test(request.user, item),
    }
