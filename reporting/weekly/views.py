"""Pages of the weekly report: parse, ask who may, call one service, answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from audit.machine import Conflict
from departments.permissions import acts_for_a_unit, require
from pages.forms import add_errors
from reporting.periods.models import ReportExpectation
from reporting.weekly import form as definition
from reporting.weekly import prefill, services
from reporting.weekly.forms import StepForm, WeeklyForm, initial, with_texts_of
from reporting.weekly.machine import WEEKLY
from reporting.weekly.models import WeeklyReport
from reporting.weekly.permissions import reports_for, signs_for
from reporting.weekly.states import EDITABLE, MISSING, STATUSES, TONES, WeeklyState

PAGE_SIZE = 20
#: The buttons of the form: which service each calls, and what it says when that is done.
ACTIONS: dict[str, tuple[Callable[..., WeeklyReport], str]] = {
    "save": (services.save, "草稿已保存，还没有报送。"),
    "submit": (services.save_and_submit, "已送主要负责人签字。"),
    "sign": (services.save_and_sign, "已签字报送扫黑办。"),
}


@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """The reports of one's own units, the current week on top."""
    require(request.user, acts_for_a_unit)
    owed = (
        ReportExpectation.objects.of_units(request.user)
        .with_status()
        .select_related("unit", "period", "report")
    )
    current = list(owed.filter(period__closed_at=None).order_by("-period__starts_on", "unit__path"))
    newest = max((item.period.starts_on for item in current), default=None)
    listed = owed.order_by("-period__starts_on", "unit__path")
    page = Paginator(listed, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "current": [_card(item, request) for item in current if item.period.starts_on == newest],
        "rows": [_card(item, request) for item in page],
        "page": page,
    }
    return render(request, "reporting/mine.html", context)


def edit(request: HttpRequest, period_id: int, code: str) -> HttpResponse:
    """Fill in one unit's report. Nothing is written until a button says so."""
    expected = ReportExpectation.objects.visible_to(request.user).select_related("period", "unit")
    owed = get_object_or_404(expected, period_id=period_id, unit__code=code)
    require(request.user, reports_for, owed)
    reports = WeeklyReport.objects.visible_to(request.user)
    report = reports.filter(period=owed.period, unit=owed.unit).first()
    if report and not _is_editable(request, report) and request.method != "POST":
        return redirect("reporting:report", report.pk)
    action = request.POST.get("action", "save")
    form = _form(request, owed, report, action)
    if request.method == "POST" and action in ACTIONS and form.is_valid():
        service, done = ACTIONS[action]
        try:
            report = service(
                actor=request.user,
                period=owed.period,
                unit=owed.unit,
                content=form.content,
                expected_version=form.cleaned_data["version"],
            )
            messages.success(request, done)
            return redirect("reporting:report", report.pk)
        except Conflict as conflict:
            messages.error(request, str(conflict))
            return _to_report(owed)
        except ValidationError as error:
            add_errors(form, error)
    context = {
        "form": form,
        "owed": owed,
        "report": report,
        "signs": signs_for.test(request.user, owed),
    }
    return render(request, "reporting/report_form.html", context)


@require_safe
def report_detail(request: HttpRequest, pk: int) -> HttpResponse:
    report = _visible(request, pk)
    return _show(request, report, StepForm(initial={"version": report.version}))


@require_POST
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    return _step(request, pk, "submit", services.submit, "已送主要负责人签字。")


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    return _step(request, pk, "withdraw", services.withdraw, "已撤回，可以继续修改。")


@require_POST
def sign(request: HttpRequest, pk: int) -> HttpResponse:
    return _step(request, pk, "sign", services.sign, "已签字报送扫黑办。")


@require_POST
def receive(request: HttpRequest, pk: int) -> HttpResponse:
    return _step(request, pk, "receive", services.receive, "已签收。")


@require_POST
def give_back(request: HttpRequest, pk: int) -> HttpResponse:
    return _step(request, pk, "return", services.give_back, "已退回，并已通知报送单位。", "note")


def _step(
    request: HttpRequest, pk: int, verb: str, service: Callable, done: str, *words: str
) -> HttpResponse:
    """Take one step. Who was slower is told; a missing reason is asked for, at its field."""
    report = _visible(request, pk)
    require(request.user, WEEKLY.who(verb), report)
    form = StepForm(request.POST)
    if not form.is_valid():
        return _show(request, report, form)
    values = {name: form.cleaned_data[name] for name in words}
    try:
        service(
            actor=request.user,
            report=report,
            expected_version=form.cleaned_data["version"],
            **values,
        )
        messages.success(request, done)
    except Conflict as conflict:
        messages.error(request, str(conflict))
    except ValidationError as error:
        if "note" not in getattr(error, "error_dict", {}):
            messages.error(request, "周报还有未填或有误的内容，请先修改补全。")
            return redirect("reporting:edit", report.period_id, report.unit.code)
        add_errors(form, error)
        return _show(request, report, form)
    return redirect("reporting:report", pk)


def _visible(request: HttpRequest, pk: int) -> WeeklyReport:
    reports = WeeklyReport.objects.visible_to(request.user).select_related(
        "period__jurisdiction", "unit", "drafted_by", "signed_by", "received_by"
    )
    return get_object_or_404(reports, pk=pk)


def _show(request: HttpRequest, report: WeeklyReport, form: StepForm) -> HttpResponse:
    open_to = WEEKLY.open_to(request.user, report) if report.period.is_open else []
    verbs = {transition.verb for transition in open_to}
    if report.state == WeeklyState.SIGNED and WEEKLY.allows(request.user, report, "receive"):
        verbs.add("receive")
    last = WeeklyReport.objects.week_before(report.period, unit_id=report.unit_id)
    context = {
        "report": report,
        "blocks": _read(report, last),
        "verbs": verbs,
        "can_edit": _is_editable(request, report) and report.period.is_open,
        "events": report.events.order_by("pk"),
        "form": form,
    }
    return render(request, "reporting/report_detail.html", context)


def _read(report: WeeklyReport, last: WeeklyReport | None) -> list[dict[str, Any]]:
    """The report block by block: numbers with last week's beside, then words."""
    before = last.figures if last else {}
    return [
        {
            "label": block,
            "figures": [
                (figure, report.figures.get(figure.code), before.get(figure.code))
                for figure in report.form.figures
                if figure.block == block
            ],
            "texts": [
                (text.label, report.texts.get(text.code, ""))
                for text in report.form.texts
                if text.block == block
            ],
        }
        for block in report.form.blocks
    ]


def _form(
    request: HttpRequest, owed: ReportExpectation, report: WeeklyReport | None, action: str
) -> WeeklyForm:
    """The form as it is to be shown: as typed, as saved, or as the portal's leads suggest."""
    declared = report.form if report else definition.CURRENT
    before = WeeklyReport.objects.week_before(owed.period, unit_id=owed.unit_id)
    written = WeeklyReport.objects.last_before(owed.period, unit_id=owed.unit_id)
    counted = prefill.figures(unit=owed.unit, period=owed.period)
    data = request.POST or None
    known = {
        "declared": declared,
        "last": before.figures if before else {},
        "counted": counted,
        "can_copy": written is not None,
    }
    if data is not None and action == "copy":
        filled = with_texts_of(data, written.texts, declared) if written else data
        return WeeklyForm(initial={k: v for k, v in filled.items() if k != "action"}, **known)
    saved = report.content if report else definition.Content(figures=counted)
    return WeeklyForm(
        data,
        initial=initial(saved, version=report.version if report else 0),
        complete=action in ("submit", "sign"),
        **known,
    )


def _is_editable(request: HttpRequest, report: WeeklyReport) -> bool:
    if not reports_for.test(request.user, report):
        return False
    if report.state == WeeklyState.AWAITING_SIGNATURE:
        return signs_for.test(request.user, report)
    return report.state in EDITABLE


def _to_report(owed: ReportExpectation) -> HttpResponse:
    """Where to look after someone else was faster: the report as it now stands."""
    current = WeeklyReport.objects.filter(period=owed.period_id, unit=owed.unit_id).first()
    return redirect("reporting:report", current.pk) if current else redirect("reporting:mine")


def _card(item: Any, request: HttpRequest) -> dict[str, Any]:
    report = item.report if item.status != MISSING else None
    return {
        "unit": item.unit,
        "period": item.period,
        "report": report,
        "status": STATUSES[item.status],
        "tone": TONES[item.status],
        "is_late": item.filed_late,
        "can_edit": item.period.is_open and (not report or _is_editable(request, report)),
        "can_sign": item.period.is_open
        and item.status == WeeklyState.AWAITING_SIGNATURE
        and signs_for.test(request.user, item),
    }
