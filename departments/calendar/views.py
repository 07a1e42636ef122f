"""The year as a page: which days are worked, and who settles that."""

from __future__ import annotations

import datetime as dt
from calendar import Calendar
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_http_methods, require_POST

from audit.machine import Conflict
from audit.seen import mark_of
from departments.calendar import days as table
from departments.calendar import services
from departments.calendar.forms import DaysForm, YearForm
from departments.calendar.states import FIRST_YEAR, LAST_YEAR, DayKind
from departments.models import CalendarDay, CalendarYear
from departments.permissions import directs_every_town, require
from pages.forms import add_conflict, add_errors

WEEKDAYS = "一二三四五六日"
EFFECTS_SHOWN = 5


@require_http_methods(["GET", "HEAD", "POST"])
def year(request: HttpRequest) -> HttpResponse:
    """The working days of a year; who directs every town changes them here."""
    if request.method == "POST":
        require(request.user, directs_every_town)
    shown = _year(request)
    mark = mark_of(services.year_words(shown))
    form = DaysForm(request.POST or None, initial=_chosen(request) | {"seen": mark})
    if request.method == "POST" and form.is_valid():
        try:
            change = services.set_days(actor=request.user, **form.cleaned_data)
            _say(request, f"已修改 {change.days} 天。" if change.days else "没有改动。", change)
            return _to_year(form.cleaned_data["first"].year)
        except Conflict as conflict:
            now = mark_of(services.year_words(form.cleaned_data["first"].year))
            add_conflict(form, str(conflict), now)
        except ValidationError as error:
            add_errors(form, error)
    return render(request, "departments/calendar.html", _context(request, shown, form))


@require_POST
def complete(request: HttpRequest) -> HttpResponse:
    """Say that a year's holidays are all there, or that they are not."""
    require(request.user, directs_every_town)
    form = YearForm(request.POST)
    if not form.is_valid():
        return redirect("calendar:year")
    change = services.set_complete(actor=request.user, **form.cleaned_data)
    _say(request, "已保存。", change)
    return _to_year(form.cleaned_data["year"])


def _say(request: HttpRequest, words: str, change: services.Change) -> None:
    messages.success(request, words)
    for effect in change.effects[:EFFECTS_SHOWN]:
        messages.warning(request, effect)
    if len(change.effects) > EFFECTS_SHOWN:
        messages.warning(request, f"另有 {len(change.effects) - EFFECTS_SHOWN} 项调整。")


def _to_year(number: int) -> HttpResponse:
    return redirect(f"{reverse('calendar:year')}?year={number}")


def _year(request: HttpRequest) -> int:
    """The year that the address names, or that of the day it names; else the current one."""
    named = request.GET.get("year", "")
    day = _day(request)
    number = int(named) if named.isascii() and named.isdigit() and len(named) == 4 else 0
    if not FIRST_YEAR <= number <= LAST_YEAR:
        number = day.year if day else timezone.localdate().year
    return number


def _day(request: HttpRequest) -> dt.date | None:
    try:
        day = parse_date(request.GET.get("day", ""))
    except ValueError:
        return None
    return day if day and FIRST_YEAR <= day.year <= LAST_YEAR else None


def _chosen(request: HttpRequest) -> dict[str, Any]:
    """The form for the day that was clicked on: what it is now."""
    day = _day(request)
    if day is None:
        return {}
    row = CalendarDay.objects.filter(day=day).first()
    kind = DayKind.OFF if row is None else DayKind.ON if row.is_workday else DayKind.OFF
    return {"first": day, "last": day, "kind": kind, "name": row.name if row else ""}


def _context(request: HttpRequest, number: int, form: DaysForm) -> dict[str, Any]:
    rows = {row.day: row for row in CalendarDay.objects.filter(day__year=number)}
    is_complete = CalendarYear.objects.filter(year=number).exists()
    return {
        "year": number,
        "previous": number - 1 if number > FIRST_YEAR else None,
        "next": number + 1 if number < LAST_YEAR else None,
        "months": [_month(number, month, rows) for month in range(1, 13)],
        "weekdays": WEEKDAYS,
        "special": sorted(rows.values(), key=lambda row: row.day),
        "is_complete": is_complete,
        "is_covered": table.is_covered(number),
        "guess_note": "" if is_complete else table.guess_note([number]),
        "may_edit": directs_every_town.test(request.user),
        "form": form,
        "breadcrumbs": [
            {"label": "首页", "url": reverse("home")},
            {"label": "工作日历", "url": ""},
        ],
    }


def _month(number: int, month: int, rows: dict[dt.date, CalendarDay]) -> dict[str, Any]:
    weeks = Calendar().monthdatescalendar(number, month)
    return {
        "number": month,
        "weeks": [[_cell(day, rows) if day.month == month else None for day in w] for w in weeks],
    }


def _cell(day: dt.date, rows: dict[dt.date, CalendarDay]) -> dict[str, Any]:
    row = rows.get(day)
    is_workday = row.is_workday if row else day.weekday() < table.SATURDAY
    return {
        "day": day,
        "is_workday": is_workday,
        "mark": "" if row is None else "班" if is_workday else "休",
        "words": row.word if row else "",
        "is_today": day == timezone.localdate(),
    }
