"""The home page: figures for who leads, to-dos for who does."""

from __future__ import annotations

from typing import Any

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from departments.models import Account
from departments.permissions import acts_for_a_unit, is_office
from departments.roles import OFFICE_ROLES, UNIT_ROLES, Role
from leads.alerts.banner import banner_for
from leads.models import Lead
from reporting.board.rates import standing
from reporting.bulletins.querysets import latest_unread
from reporting.corrections.models import WeeklyCorrection
from reporting.duties.models import Reopening
from reporting.incidents.querysets import incidents_waiting_for
from reporting.periods.models import ReportExpectation, ReportPeriod
from reporting.statistics import figures
from reporting.statistics.services import count_statuses
from reporting.weekly.permissions import can_see_board
from reporting.weekly.states import FILED, SHOWN_OUTSIDE, WeeklyState, tone_of

TODO_SHOWN = 8
UNITS_SHOWN = 80
AWAITING = WeeklyState.AWAITING_SIGNATURE


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What the person should see first, by what they are for."""
    if can_see_board.test(request.user):
        context = _overview(request.user) | {
            "banner": banner_for(request.user),
            "incidents": incidents_waiting_for(request.user),
        }
        return render(request, "reporting/home.html", context)
    if acts_for_a_unit.test(request.user):
        context = _todo(request.user) | {"banner": banner_for(request.user)}
        return render(request, "reporting/home_unit.html", context)
    return render(request, "reporting/home_plain.html", {"roles": request.user.roles_at})


def _overview(user: Account) -> dict[str, Any]:
    towns = user.jurisdictions_as(*OFFICE_ROLES, Role.TOWN_LEADER)
    period = (
        ReportPeriod.objects.visible_to(user)
        .filter(jurisdiction__in=towns)
        .select_related("jurisdiction")
        .first()
    )
    if period is None:
        return {"period": None}
    expected = (
        ReportExpectation.objects.visible_to(user)
        .with_status(period)
        .annotate(report_id=F("report__pk"))
    )
    reports = count_statuses(expected)
    units = expected.select_related("unit").order_by("unit__path")
    counts, as_of = figures.counted(user, period)
    return figures.bars(counts, period) | {
        "period": period,
        "as_of": as_of,
        "reports": reports,
        "filed_count": sum(reports[state] for state in FILED),
        "unfiled_count": figures.unfiled(reports),
        "tiles": figures.tiles(counts, period, reports),
        "unfiled": [_unit(item, period) for item in units.unsigned()[:UNITS_SHOWN]],
        "filed": [_unit(item, period) for item in units.filter(status__in=FILED)[:UNITS_SHOWN]],
        "waiting": Lead.objects.waiting_for(user).order_by("-pk")[:TODO_SHOWN]
        if is_office.test(user)
        else [],
    }


def _todo(user: Account) -> dict[str, Any]:
    owed = (
        ReportExpectation.objects.to_do_for(user)
        .annotate(report_id=F("report__pk"))
        .select_related("unit", "period")
        .order_by("period__due_at", "unit__path")
    )
    reopened = Reopening.objects.in_force().filter(unit__in=user.unit_ids(*UNIT_ROLES)).by_week()
    waiting = Lead.objects.waiting_for(user)
    corrections = WeeklyCorrection.objects.waiting_for(user).select_related(
        "report__unit", "report__period"
    )
    return {
        "corrections": corrections[:TODO_SHOWN],
        "reports": [
            _unit(item, item.period)
            | {
                "period": item.period,
                "sign": item.status == AWAITING,
                "reopening": reopened.get((item.period_id, item.unit_id)),
            }
            for item in owed[:TODO_SHOWN]
        ],
        "leads": waiting.order_by(F("due_on").asc(nulls_last=True), "pk")[:TODO_SHOWN],
        "lead_count": waiting.count(),
        "tiles": figures.unit_tiles(waiting),
        "report_count": owed.count() + corrections.count(),
        "bulletin": latest_unread(user),
    }


def _unit(item: Any, period: ReportPeriod) -> dict[str, Any]:
    return {
        "unit": item.unit,
        "report_id": item.report_id if item.status in (*SHOWN_OUTSIDE, AWAITING) else None,
        "is_shown": item.status in SHOWN_OUTSIDE,
        "status": standing(item.status, period=period, now=timezone.now())[0],
        "tone": tone_of(item.status, is_past_due=period.is_past_due),
        "is_zero": item.filed_zero,
        "is_late": item.filed_late,
    }
