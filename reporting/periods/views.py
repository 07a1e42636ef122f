"""The board: one week's units and how each stands."""

from __future__ import annotations

from typing import Any

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from departments.permissions import is_office, require
from jobs.asking import ask_for_export
from pages.keyset import KeysetPage, Order, page_of
from reporting.board.rates import standing
from reporting.bulletins.models import Bulletin
from reporting.corrections.models import WeeklyCorrection
from reporting.duties.models import Reopening
from reporting.incidents.querysets import incidents_waiting_for
from reporting.periods.forms import WeekForm
from reporting.periods.models import ReportExpectation, ReportPeriod
from reporting.statistics import services as statistics
from reporting.weekly.filters import LATE, BoardFilter
from reporting.weekly.permissions import can_open_board, can_see_board
from reporting.weekly.states import (
    EXEMPT,
    FILED,
    SHOWN_OUTSIDE,
    STATUSES,
    ZERO,
    ZERO_LABEL,
    WeeklyState,
    tone_of,
)

WEEKS_OFFERED = 60
PAGE_SIZE = 100
BY_UNIT = Order(
    code="unit",
    label="单位",
    key=F("unit__path"),
    of=lambda owed: owed.unit.path,
    is_descending=False,
)


@require_safe
def board(request: HttpRequest) -> HttpResponse:
    require(request.user, can_open_board)
    visible = ReportPeriod.objects.visible_to(request.user)
    periods = list(visible.select_related("jurisdiction")[:WEEKS_OFFERED])
    period = _chosen(request, periods)
    incidents = incidents_waiting_for(request.user)
    if period is None:
        return render(request, "reporting/board.html", {"period": None, "incidents": incidents})
    rows = (
        ReportExpectation.objects.visible_to(request.user)
        .with_status(period)
        .annotate(
            report_id=F("report__pk"),
            report_version=F("report__version"),
            filed_at=F("report__filed_at"),
            corrects=F("report__corrects"),
        )
        .select_related("unit")
    )
    data = request.GET.copy()
    data["period"] = str(period.pk)
    found = BoardFilter(data, queryset=rows, periods=periods)
    listed = found.qs if found.form.is_valid() else rows.none()
    page = page_of(listed, request, BY_UNIT, size=PAGE_SIZE)
    own = request.user.unit_ids()
    reopened = {} if period.is_open else _reopened(request, period)
    listed_rows = [_row(item, own, period, reopened) for item in page.rows]
    receives = is_office.test(request.user)
    context = {
        "period": period,
        "filter": found,
        "page": page,
        "rows": listed_rows,
        "may_receive": receives and any(row["ticked_as"] for row in listed_rows),
        "tiles": _tiles(rows, period),
        "total_label": _total_label(page),
        "next_url": page.older_url,
        "previous_url": page.newer_url,
        "may_export": can_see_board.test(request.user),
        "may_urge": receives and (period.is_open or bool(reopened)),
        "may_tell": receives,
        "corrections_waiting": WeeklyCorrection.objects.waiting_for(request.user).count(),
        "bulletin": Bulletin.objects.visible_to(request.user).filter(period=period).first(),
        "incidents": incidents,
    }
    return render(request, "reporting/board.html", context)


def export(request: HttpRequest) -> HttpResponse:
    """Ask for the Excel tally of the week that the address names."""
    require(request.user, can_see_board)
    form = WeekForm(request.GET)
    if not form.is_valid():
        return redirect("reporting:board")
    periods = ReportPeriod.objects.visible_to(request.user)
    period = get_object_or_404(periods, pk=form.cleaned_data["period"])
    return ask_for_export(
        request,
        "weekly_tally",
        params=lambda _given: {"period": period.pk},
        about=period.label,
        back_url=_url(period),
    )


def _chosen(request: HttpRequest, periods: list[ReportPeriod]) -> ReportPeriod | None:
    """The week that the address names; the newest without one, or with one that is not there."""
    named = request.GET.get("period", "")
    return next((p for p in periods if str(p.pk) == named), periods[0] if periods else None)


def _reopened(request: HttpRequest, period: ReportPeriod) -> dict[int, Reopening]:
    """By what the closed week takes reports again, by the key of the unit."""
    rows = Reopening.objects.visible_to(request.user).in_force().filter(period=period)
    return {unit: row for (_, unit), row in rows.by_week().items()}


def _row(
    item: Any, own: set[int], period: ReportPeriod, reopened: dict[int, Reopening]
) -> dict[str, Any]:
    is_open_to_reader = item.unit_id in own or item.status in SHOWN_OUTSIDE
    status, lateness = standing(item.status, period=period, now=timezone.now())
    return {
        "unit": item.unit,
        "status": status,
        "lateness": lateness,
        "tone": tone_of(item.status, is_past_due=period.is_past_due),
        "is_zero": item.filed_zero,
        "is_late": item.filed_late,
        "reopening": reopened.get(item.unit_id),
        # The units that `urge` reaches.
        "can_urge": item.status not in (*FILED, EXEMPT)
        and item.unit.is_active
        and (period.is_open or item.unit_id in reopened),
        "filed_at": item.filed_at,
        "is_corrected": bool(item.corrects),
        # How the box of a report that can be received names it, with the version shown here.
        "ticked_as": f"{item.report_id}.{item.report_version}"
        if item.status == WeeklyState.SIGNED
        else "",
        "url": reverse("reporting:report", args=[item.report_id])
        if item.report_id and is_open_to_reader
        else "",
    }


def _tiles(rows: Any, period: ReportPeriod) -> list[dict[str, Any]]:
    """One tile a status, then those that lie within; each leads to just the rows it counts."""
    counts = statistics.count_statuses(rows)
    within = [(ZERO, f"其中{ZERO_LABEL}"), (LATE, "其中迟报")]
    tiles = [{"label": "应报单位", "value": counts["total"], "url": _url(period)}]
    for code, label in [*STATUSES.items(), *within]:
        known = code in STATUSES and counts[code]
        tone = tone_of(code, is_past_due=period.is_past_due) if known else ""
        tiles.append(
            {"label": label, "value": counts[code], "url": _url(period, code), "tone": tone}
        )
    return tiles


def _url(period: ReportPeriod, status: str = "") -> str:
    query = {"period": period.pk} | ({"status": status} if status else {})
    return f"{reverse('reporting:board')}?{urlencode(query)}"


def _total_label(page: KeysetPage) -> str:
    if page.total > page.limit:
        return f"超过 {page.limit} 个单位"
    return f"共 {page.total} 个单位"
