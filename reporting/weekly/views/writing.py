"""The form of a report, what saves it by itself, and what is behind the numbers that it offers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_http_methods, require_safe

from audit.machine import Conflict
from departments.permissions import require
from departments.roles import Role
from leads.models import Lead
from pages.forms import add_errors
from pages.keyset import page_of
from reporting.delegations.querysets import delegation_of
from reporting.drafts import keep
from reporting.form_versions.services import form_of_week
from reporting.notes.gathering import lines_of_week, offers
from reporting.periods.models import ReportExpectation
from reporting.weekly import form as definition
from reporting.weekly import prefill, services
from reporting.weekly.doubts import doubts_of
from reporting.weekly.forms import WeeklyForm, initial, with_lines, with_texts_of
from reporting.weekly.models import WeeklyReport
from reporting.weekly.permissions import can_edit, reports_for
from reporting.weekly.views.reading import last_return

#: The buttons that fill texts of the form and write nothing; the code of a text follows GATHER.
COPY, GATHER = "copy", "gather."
#: The buttons of the form: which service each calls, and what it says when that is done.
ACTIONS: dict[str, tuple[Callable[..., WeeklyReport], str]] = {
    "save": (services.save, "草稿已保存，还没有报送。"),
    "submit": (services.save_and_submit, "已送主要负责人签字。"),
    "sign": (services.save_and_sign, "已签字报送扫黑办。"),
}


def edit(request: HttpRequest, period_id: int, code: str) -> HttpResponse:
    """Fill in one unit's report. Nothing is written until a button says so."""
    owed = _owed(request, period_id, code)
    require(request.user, reports_for, owed)
    reports = WeeklyReport.objects.visible_to(request.user)
    report = reports.filter(period=owed.period, unit=owed.unit).first()
    if report and not can_edit.test(request.user, report) and request.method != "POST":
        return redirect("reporting:report", report.pk)
    action = request.POST.get("action", "save")
    counts = prefill.figures(unit=owed.unit, period=owed.period)
    form = _form(request, owed, report, action, counts)
    if request.method == "POST" and action in ACTIONS and form.is_valid():
        service, done = ACTIONS[action]
        try:
            report = service(
                actor=request.user,
                period=owed.period,
                unit=owed.unit,
                content=form.content,
                expected_version=form.cleaned_data["version"],
                counts=counts,
            )
            messages.success(request, done)
            return redirect("reporting:report", report.pk)
        except Conflict as conflict:
            messages.error(request, str(conflict))
            return _to_report(owed)
        except ValidationError as error:
            add_errors(form, error)
    delegation = delegation_of(request.user, owed.unit_id)
    context = {
        "form": form,
        "owed": owed,
        "report": report,
        "returned": last_return(report) if report else None,
        "signs": delegation or owed.unit_id in request.user.unit_ids(Role.LEADER),
        "attached": report.files.signed_with().count() if report else 0,
        "delegation": delegation,
        "reopening": owed.period.reopening_of(owed.unit_id),
    }
    return render(request, "reporting/report_form.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def keep_draft(request: HttpRequest, period_id: int, code: str) -> HttpResponse:
    """Save the draft as the page does by itself."""
    owed = _owed(request, period_id, code)
    require(request.user, reports_for, owed)
    counts = prefill.figures(unit=owed.unit, period=owed.period)

    def read() -> WeeklyForm:
        reports = WeeklyReport.objects.visible_to(request.user)
        report = reports.filter(period=owed.period, unit=owed.unit).first()
        return _form(request, owed, report, "save", counts)

    def save(form: WeeklyForm) -> WeeklyReport:
        return services.save(
            actor=request.user,
            period=owed.period,
            unit=owed.unit,
            content=form.content,
            expected_version=form.cleaned_data["version"],
            counts=counts,
            is_automatic=True,
        )

    return keep(request, read=read, save=save)


@require_safe
def counted(request: HttpRequest, period_id: int, code: str, figure: str) -> HttpResponse:
    """The leads behind a number that the portal counts for one's unit, as far as one sees them."""
    owed = _owed(request, period_id, code)
    require(request.user, reports_for, owed)
    reports = WeeklyReport.objects.visible_to(request.user)
    report = reports.filter(period=owed.period, unit=owed.unit).first()
    declared = {item.code: item for item in _asked(owed, report).figures}
    if figure not in declared:
        raise Http404
    behind = prefill.leads(figure, unit=owed.unit, period=owed.period)
    seen = Lead.objects.visible_to(request.user).filter(pk__in=behind.values("pk"))
    context = {"owed": owed, "figure": declared[figure], "page": page_of(seen, request)}
    return render(request, "reporting/counted.html", context)


def _owed(request: HttpRequest, period_id: int, code: str) -> ReportExpectation:
    expected = ReportExpectation.objects.visible_to(request.user).select_related("period", "unit")
    return get_object_or_404(expected, period_id=period_id, unit__code=code)


def _form(
    request: HttpRequest,
    owed: ReportExpectation,
    report: WeeklyReport | None,
    action: str,
    counts: dict[str, int],
) -> WeeklyForm:
    """The form as it is to be shown: as typed, as saved, or as the portal's leads suggest."""
    declared = _asked(owed, report)
    reports, place = WeeklyReport.objects, {"period": owed.period, "unit_id": owed.unit_id}
    # Whoever sends a form that is taken is not shown it again: what is beside it is not read.
    before = SimpleLazyObject(lambda: reports.week_before(**place))
    written = SimpleLazyObject(lambda: reports.last_before(**place))
    counted = declared.offered(counts)
    data = request.POST or None
    known = {
        "declared": declared,
        "before": before,
        "written": written,
        "counted": counted,
        "doubts": lambda content: doubts_of(
            declared,
            content,
            before.figures if before else {},
            period=owed.period,
            unit_id=owed.unit_id,
            reader=request.user,
        ),
        "offers": SimpleLazyObject(lambda: offers(lines_of_week(owed), declared)),
    }
    if data is not None and action == COPY:
        filled = with_texts_of(data, written.texts, declared) if written else data
        return _not_saved(filled, known)
    if data is not None and action.startswith(GATHER):
        filled, said = with_lines(data, known["offers"], action.removeprefix(GATHER), declared)
        messages.info(request, said)
        return _not_saved(filled, known)
    saved = report.content if report else definition.Content(figures=counted)
    return WeeklyForm(
        data,
        initial=initial(saved, version=report.version if report else 0),
        complete=action in ("submit", "sign"),
        **known,
    )


def _not_saved(filled: Any, known: dict[str, Any]) -> WeeklyForm:
    """The form with what was typed and filled in, not yet looked at for errors."""
    return WeeklyForm(initial={k: v for k, v in filled.items() if k != "action"}, **known)


def _asked(owed: ReportExpectation, report: WeeklyReport | None) -> definition.ReportForm:
    """The form that the unit fills: the one that its report was begun on, or that of the week."""
    if report:
        return report.form
    period = owed.period
    return form_of_week(period.jurisdiction_id, period.starts_on).asked_of(owed.unit.kind)


def _to_report(owed: ReportExpectation) -> HttpResponse:
    """Where to look after someone else was faster: the report as it now stands."""
    current = WeeklyReport.objects.filter(period=owed.period_id, unit=owed.unit_id).first()
    return redirect("reporting:report", current.pk) if current else redirect("reporting:mine")
