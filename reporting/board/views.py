"""The board of units and weeks, and its button 催报."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.db.models import Exists, F, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_POST, require_safe

from audit.machine import Conflict
from departments.models import Unit, UnitKind
from departments.permissions import is_office, require
from jobs.asking import ask_for_export
from pages.keyset import Order, page_of
from pages.markup import escaped
from reporting.board import rates, services, silence
from reporting.board.exports import town_weeks
from reporting.board.forms import RangeForm, RowsForm, UrgeForm
from reporting.board.rates import WORDS, Rate
from reporting.periods import week
from reporting.periods.models import ReportExpectation, ReportPeriod
from reporting.weekly.models import WeeklyReport
from reporting.weekly.permissions import can_open_board, can_see_board
from reporting.weekly.states import EXEMPT, FILED, SHOWN_OUTSIDE, TONES
from reporting.weekly.sums import figures_of_week, sums

UNITS_SHOWN, ROWS_SHOWN = 60, 50
BY_PATH = Order(
    code="path", key=F("path"), of=lambda unit: unit.path, is_descending=False, label="单位"
)
LATEST_WEEK_FIRST = Order(
    code="week",
    key=F("period__starts_on"),
    of=lambda owed: owed.period.starts_on,
    read=dt.date.fromisoformat,
    label="周期",
)


@require_safe
def matrix(request: HttpRequest) -> HttpResponse:
    """Units by weeks: how each stands, and rates over the range. Queries do not grow with it."""
    require(request.user, can_open_board)
    form = RangeForm(request.GET or None)
    since, until = form.span
    now = timezone.now()
    periods = town_weeks(request.user, since, until)
    owed = ReportExpectation.objects.visible_to(request.user).filter(period__in=periods)
    if form.unit_kind:
        owed = owed.filter(unit__kind=form.unit_kind)
    units = Unit.objects.visible_to(request.user).filter(
        Exists(owed.filter(unit=OuterRef("pk")).order_by())
    )
    page = page_of(units, request, BY_PATH, size=UNITS_SHOWN)
    context = {
        "form": form,
        "since": since,
        "until": until,
        "periods": periods,
        "rows": _rows(request, owed, page.rows, periods, now),
        "rates": rates.by_kind(owed.with_status(), now),
        "kind": form.unit_kind,
        "rows_url": f"{reverse('reporting:matrix_rows')}?since={since}&until={until}",
        "may_export": can_see_board.test(request.user),
        "may_ask": is_office.test(request.user),
        "legend": WORDS.items(),
        "page": page,
        "now": now,
        "breadcrumbs": [
            {"label": "首页", "url": reverse("home")},
            {"label": "周报", "url": reverse("reporting:board")},
            {"label": "报送总览", "url": ""},
        ],
    }
    return render(request, "reporting/matrix.html", context)


@require_safe
def matrix_rows(request: HttpRequest) -> HttpResponse:
    """The rows behind one number of the rates: units and weeks, the latest week first."""
    require(request.user, can_open_board)
    form = RowsForm(request.GET or None)
    since, until = form.span
    given = form.cleaned_data if form.is_valid() else {}
    owed = ReportExpectation.objects.visible_to(request.user).filter(
        period__in=town_weeks(request.user, since, until)
    )
    if given.get("kind"):
        owed = owed.filter(unit__kind=given["kind"])
    unit = None
    if given.get("unit"):
        seen = ReportExpectation.objects.visible_to(request.user).filter(unit=OuterRef("pk"))
        units = Unit.objects.visible_to(request.user).filter(Exists(seen.order_by()))
        unit = get_object_or_404(units, code=given["unit"])
        owed = owed.filter(unit=unit)
    rows = rates.counted(owed.with_status(), form.number, timezone.now())
    rows = rows.annotate(report_pk=F("report__pk"), filed_at=F("report__filed_at"))
    page = page_of(
        rows.select_related("unit", "period"), request, LATEST_WEEK_FIRST, size=ROWS_SHOWN
    )
    own = request.user.unit_ids()
    back = f"{reverse('reporting:matrix')}?since={since}&until={until}"
    label = rates.COUNTED[form.number][0]
    context = {
        "form": form,
        "label": label,
        "since": since,
        "until": until,
        "unit": unit,
        "rows": [_listed(item, own) for item in page.rows],
        "page": page,
        "breadcrumbs": [
            {"label": "首页", "url": reverse("home")},
            {"label": "报送总览", "url": back},
            {"label": label, "url": ""},
        ],
    }
    return render(request, "reporting/matrix_rows.html", context)


@require_safe
def figures(request: HttpRequest, period_id: int) -> HttpResponse:
    """What the units reported in a week, summed; `figure` opens a sum into its rows."""
    periods = ReportPeriod.objects.visible_to(request.user).select_related("jurisdiction")
    period = get_object_or_404(periods, pk=period_id)
    require(request.user, can_see_board)
    filed = WeeklyReport.objects.visible_to(request.user).filed().filter(period=period)
    reports = list(filed.select_related("unit").order_by("unit__path"))
    totals = sums(figures_of_week(period), (report.figures for report in reports))
    opened = next((row for row in totals if row.figure.code == request.GET.get("figure")), None)
    context = {
        "period": period,
        "owed": ReportExpectation.objects.with_status(period).exclude(status=EXEMPT).count(),
        "filed": len(reports),
        "totals": totals,
        "opened": opened,
        "rows": [
            (report, report.figures[opened.figure.code])
            for report in reports
            if opened and opened.figure.code in report.figures
        ],
        "breadcrumbs": [
            {"label": "首页", "url": reverse("home")},
            {"label": "周报", "url": f"{reverse('reporting:board')}?period={period.pk}"},
            {"label": "数字汇总", "url": ""},
        ],
    }
    return render(request, "reporting/figures.html", context)


@require_safe
def silent(request: HttpRequest) -> HttpResponse:
    """Villages that report zero week after week while leads name them."""
    require(request.user, is_office)
    context = {
        "rows": silence.find(request.user),
        "zeros": silence.ZEROS,
        "weeks": silence.WEEKS,
        "breadcrumbs": [
            {"label": "首页", "url": reverse("home")},
            {"label": "报送总览", "url": reverse("reporting:matrix")},
            {"label": "零报告核实提示", "url": ""},
        ],
    }
    return render(request, "reporting/silence.html", context)


def export(request: HttpRequest) -> HttpResponse:
    """Ask for the range that the address names as a file."""
    require(request.user, can_see_board)
    form = RangeForm(request.GET or None)
    asked = dict(zip(("since", "until"), map(str, form.span), strict=True))
    about = f"报送总览，{asked['since']}至{asked['until']}"
    if form.unit_kind:
        asked["kind"] = form.unit_kind
        about += f"，{UnitKind(form.unit_kind).label}"
    return ask_for_export(
        request,
        "weekly_matrix",
        params=lambda _given: asked,
        about=about,
        back_url=f"{reverse('reporting:matrix')}?{urlencode(asked)}",
    )


@require_POST
def urge(request: HttpRequest, period_id: int) -> HttpResponse:
    """催报 one unit, or all that owe the week's report."""
    period = get_object_or_404(ReportPeriod.objects.visible_to(request.user), pk=period_id)
    require(request.user, is_office)
    form = UrgeForm(request.POST)
    if form.is_valid():
        try:
            count = services.urge(actor=request.user, period=period, code=form.cleaned_data["unit"])
            messages.success(request, f"已催报 {count} 个单位。")
        except Conflict as conflict:
            messages.error(request, str(conflict))
    return redirect(f"{reverse('reporting:board')}?period={period.pk}")


def _rows(
    request: HttpRequest,
    owed: Any,
    units: list[Unit],
    periods: list[ReportPeriod],
    now: dt.datetime,
) -> list[dict[str, Any]]:
    """A row for each unit, its cells as HTML: there may be thousands. One query."""
    own = request.user.unit_ids()
    found = {}
    rate = {unit.pk: Rate() for unit in units}
    due = {period.pk: period.due_at <= now for period in periods}
    cells = owed.filter(unit__in=units).with_status()
    names = ("unit_id", "period_id", "status", "filed_zero", "filed_late", "report__pk")
    for unit_id, period_id, status, is_zero, is_late, report_id in cells.values_list(*names):
        shown = report_id if unit_id in own or status in SHOWN_OUTSIDE else None
        found[unit_id, period_id] = (status, is_zero, is_late, shown)
        if due[period_id] and status != EXEMPT:
            filed = status in FILED
            rate[unit_id].add(filed=filed, on_time=filed and not is_late)
    report_url = reverse("reporting:report", args=[0])
    labels = {period.pk: week.short_label(period.starts_on, period.ends_on) for period in periods}
    return [
        {
            "unit": unit,
            "rate": rate[unit.pk],
            "cells": mark_safe(  # noqa: S308  every piece of it is escaped
                "".join(
                    _cell(found.get((unit.pk, one.pk)), one, labels[one.pk], report_url, now)
                    for one in periods
                )
            ),
        }
        for unit in units
    ]


def _listed(item: Any, own: set[int]) -> dict[str, Any]:
    is_open_to_reader = item.unit_id in own or item.status in SHOWN_OUTSIDE
    status, lateness = rates.standing(item.status, period=item.period, now=timezone.now())
    return {
        "unit": item.unit,
        "period": item.period,
        "status": status,
        "lateness": lateness,
        "tone": TONES[item.status],
        "is_zero": item.filed_zero,
        "is_late": item.filed_late,
        "filed_at": item.filed_at,
        "report_pk": item.report_pk if is_open_to_reader else None,
    }


def _cell(found: Any, period: ReportPeriod, label: str, report_url: str, now: dt.datetime) -> str:
    """`report_url` is that of report 0: resolved once for a page that has thousands of them."""
    if found is None:
        return f'<td class="week-none" title="{escaped(label)}：不在报送范围">—</td>'
    status, is_zero, is_late, report_id = found
    said = rates.word(status, is_zero=is_zero, period=period, now=now)
    late = '<span class="week-late">迟</span>' if is_late else ""
    words = escaped(said)
    if report_id:
        words = f'<a href="{report_url.replace("/0/", f"/{report_id}/")}">{words}</a>'
    return f'<td class="week-{WORDS[said]}" title="{escaped(label)}">{words}{late}</td>'
