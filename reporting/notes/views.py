"""Writing a line a day, and the lines of all units of a day."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Exists, F, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.machine import Conflict
from departments.models import Account, Unit
from departments.permissions import acts_for_a_unit, is_office, require
from departments.querysets import UnitQuerySet
from departments.roles import OFFICE_ROLES, Role
from pages.forms import add_errors
from pages.keyset import KeysetPage, Order, page_of
from reporting.form_versions.services import form_of_week
from reporting.incidents.querysets import incidents_waiting_for
from reporting.notes import services
from reporting.notes.filters import NoteFilter
from reporting.notes.forms import NoteForm
from reporting.notes.models import DailyNote
from reporting.notes.permissions import can_withdraw
from reporting.notes.querysets import DailyNoteQuerySet
from reporting.periods.models import ReportExpectation
from reporting.weekly.permissions import can_see_board
from reporting.weekly.states import FILED

UNITS_SHOWN = 60
BY_PATH = Order(
    code="path", key=F("path"), of=lambda unit: unit.path, is_descending=False, label="单位"
)
ANOTHER = "这一页已经提交过另一句。要再写这一句，请再点一次“记下”。"


@require_http_methods(["GET", "HEAD", "POST"])
def notes(request: HttpRequest) -> HttpResponse:
    """One's unit's lines of this week, and the form for one more; `unit` chooses among several."""
    require(request.user, acts_for_a_unit)
    weeks = _current(request.user)
    asked = request.GET.get("unit", "")
    owed = next((one for one in weeks if one.unit.code == asked), weeks[0] if weeks else None)
    if owed is None:
        return render(request, "reporting/notes/notes.html", {"owed": None})
    form = _form(owed, request.POST or None)
    if request.method == "POST" and form.is_valid() and _write(request, owed, form):
        return redirect(request.get_full_path())
    of_week = DailyNote.objects.visible_to(request.user).of_week(owed.period_id, owed.unit_id)
    signed = owed.status in FILED
    context = {
        "owed": owed,
        "weeks": weeks,
        "form": form,
        "signed": signed,
        "rows": [
            (note, not (signed or note.is_withdrawn) and can_withdraw.test(request.user, note))
            for note in of_week.select_related("written_by")
        ],
    }
    return render(request, "reporting/notes/notes.html", context)


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    visible = DailyNote.objects.visible_to(request.user).select_related("unit")
    note = get_object_or_404(visible, pk=pk)
    require(request.user, can_withdraw, note)
    try:
        services.withdraw(actor=request.user, note=note)
        messages.success(request, "已撤回。已经引入周报草稿的，请在周报中自行删去。")
    except Conflict as conflict:
        messages.error(request, str(conflict))
    return redirect(f"{reverse('reporting:notes')}?unit={note.unit.code}")


@require_safe
def notes_of_day(request: HttpRequest) -> HttpResponse:
    """The lines of all units, today's unless the address says otherwise; leaders see counts."""
    require(request.user, can_see_board)
    reads = is_office.test(request.user)
    units = _units(request.user)
    data = request.GET.copy()
    if not (data.get("day") or data.get("unit")):
        data["day"] = timezone.localdate().isoformat()
    every = DailyNote.objects
    rows = every.visible_to(request.user) if reads else every.counted_for(request.user)
    found = NoteFilter(data, queryset=rows, units=units)
    listed = found.qs if found.form.is_valid() else rows.none()
    day = found.form.cleaned_data.get("day") if found.form.is_valid() else None
    context = {
        "filter": found,
        "day": day,
        "before": day and _day_of(rows.filter(day__lt=day).order_by("-day")),
        "after": day and _day_of(rows.filter(day__gt=day).order_by("day")),
        "reads": reads,
        "incidents": incidents_waiting_for(request.user),
        "units": listed.standing().order_by().values("unit").distinct().count(),
        "page": _lines(request, listed) if reads else _counts(request, units, listed),
    }
    return render(request, "reporting/notes/of_day.html", context)


def _day_of(rows: DailyNoteQuerySet) -> dt.date | None:
    return rows.values_list("day", flat=True).first()


def _lines(request: HttpRequest, listed: DailyNoteQuerySet) -> KeysetPage:
    return page_of(listed.select_related("unit", "written_by"), request)


def _counts(request: HttpRequest, units: UnitQuerySet, listed: DailyNoteQuerySet) -> KeysetPage:
    """The units with lines, each with how many."""
    standing = listed.standing()
    with_any = units.filter(Exists(standing.filter(unit=OuterRef("pk")).order_by()))
    page = page_of(with_any, request, BY_PATH, size=UNITS_SHOWN)
    of_page = standing.filter(unit__in=page.rows).order_by().values_list("unit")
    counts = dict(of_page.annotate(Count("pk")))
    for unit in page.rows:
        unit.note_count = counts.get(unit.pk, 0)
    return page


def _current(user: Account) -> list[ReportExpectation]:
    """This week of each unit that the person acts for, with its status."""
    today = timezone.localdate()
    owed = ReportExpectation.objects.of_units(user).taking_reports().with_status()
    this_week = Q(period__starts_on__lte=today, period__ends_on__gte=today)
    return list(owed.filter(this_week).select_related("unit", "period").order_by("unit__path"))


def _units(user: Account) -> UnitQuerySet:
    """The units below the towns that the person follows, also those that report no more."""
    towns = user.jurisdictions_as(*OFFICE_ROLES, Role.TOWN_LEADER)
    return Unit.objects.filter(jurisdiction__in=towns).exclude(pk__in=towns)


def _form(owed: ReportExpectation, data: Any) -> NoteForm:
    period = owed.period
    asked = form_of_week(period.jurisdiction_id, period.starts_on).asked_of(owed.unit.kind)
    return NoteForm(data, days=services.days_of(owed), blocks=asked.blocks)


def _write(request: HttpRequest, owed: ReportExpectation, form: NoteForm) -> bool:
    """Whether the line stands; if not, the form says why."""
    given = form.cleaned_data
    try:
        note, made = services.write(actor=request.user, owed=owed, **given)
    except ValidationError as error:
        add_errors(form, error)
        return False
    except Conflict as conflict:
        form.add_error(None, str(conflict))
        return False
    if not made and note.words != " ".join(given["words"].split()):
        form.data = form.data.copy()
        form.data["submission"] = str(uuid.uuid4())
        form.add_error(None, ANOTHER)
        return False
    messages.success(request, "已记下。" if made else "这一句已经记下，没有重复记。")
    return True
