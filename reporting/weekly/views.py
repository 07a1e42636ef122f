"""Pages of the weekly report: parse, ask who may, call one service, answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.machine import Conflict
from departments.permissions import acts_for_a_unit, is_office, require
from departments.roles import UNIT_ROLES, Role
from leads.models import Lead
from pages.forms import add_errors
from pages.keyset import page_of
from reporting.attachments.models import ReportFile
from reporting.attachments.permissions import can_add_scan, can_attach
from reporting.corrections.permissions import offered
from reporting.delegations.models import SigningDelegation
from reporting.delegations.querysets import delegation_of
from reporting.form_versions.services import form_of_week
from reporting.notes.gathering import lines_of_week, offers
from reporting.periods.models import ReportExpectation, ReportPeriod
from reporting.weekly import form as definition
from reporting.weekly import prefill, services
from reporting.weekly.forms import (
    ReceiveForm,
    StepForm,
    WeeklyForm,
    initial,
    with_lines,
    with_texts_of,
)
from reporting.weekly.machine import WEEKLY
from reporting.weekly.models import WeeklyReport
from reporting.weekly.permissions import can_edit, reports_for, signs_for
from reporting.weekly.receiving import receive_each
from reporting.weekly.states import STATUSES, TONES, WeeklyState

PAGE_SIZE = 20
#: The buttons that fill texts of the form and write nothing; the code of a text follows GATHER.
COPY, GATHER = "copy", "gather."
OTHER_ACCOUNT = "当前登录的是另一个账号，本页内容没有保存。请换回原账号登录后继续。"
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
    current = list(owed.taking_reports().order_by("-period__starts_on", "unit__path"))
    taking = {item.pk for item in current}
    newest = max((item.period.starts_on for item in current), default=None)
    listed = owed.order_by("-period__starts_on", "unit__path")
    page = Paginator(listed, PAGE_SIZE).get_page(request.GET.get("page"))
    units = request.user.unit_ids(*UNIT_ROLES)
    delegations = SigningDelegation.objects.not_over().filter(unit__in=units)
    context = {
        "delegations": delegations.select_related("unit", "leader", "delegate"),
        "current": [
            _card(item, request, taking) for item in current if item.period.starts_on == newest
        ],
        "rows": [_card(item, request, taking) for item in page],
        "page": page,
    }
    return render(request, "reporting/mine.html", context)


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
        "signs": delegation or owed.unit_id in request.user.unit_ids(Role.LEADER),
        "attached": report.files.signed_with().count() if report else 0,
        "delegation": delegation,
    }
    return render(request, "reporting/report_form.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def keep_draft(request: HttpRequest, period_id: int, code: str) -> HttpResponse:
    """Save the draft as the page does by itself. By GET: who is signed in, and a fresh token."""
    owed = _owed(request, period_id, code)
    require(request.user, reports_for, owed)
    if request.method != "POST":
        return JsonResponse({"owner": request.user.pk, "token": get_token(request)})
    if request.POST.get("owner") != str(request.user.pk):
        return JsonResponse({"error": OTHER_ACCOUNT}, status=409)
    reports = WeeklyReport.objects.visible_to(request.user)
    report = reports.filter(period=owed.period, unit=owed.unit).first()
    counts = prefill.figures(unit=owed.unit, period=owed.period)
    form = _form(request, owed, report, "save", counts)
    if not form.is_valid():
        return JsonResponse({"error": f"还没有自动保存：{_first_error(form)}"}, status=422)
    try:
        report = services.save(
            actor=request.user,
            period=owed.period,
            unit=owed.unit,
            content=form.content,
            expected_version=form.cleaned_data["version"],
            counts=counts,
            is_automatic=True,
        )
    except Conflict as conflict:
        return JsonResponse({"error": str(conflict)}, status=409)
    except ValidationError as error:
        return JsonResponse({"error": "".join(error.messages)}, status=422)
    saved_at = f"{timezone.localtime(report.saved_at):%H:%M}"
    return JsonResponse({"version": report.version, "saved_at": saved_at})


def _first_error(form: WeeklyForm) -> str:
    name, errors = next(iter(form.errors.items()))
    label = form.fields[name].label if name in form.fields else ""
    return f"“{label}”{errors[0]}" if label else errors[0]


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


@require_POST
def receive_several(request: HttpRequest, period_id: int) -> HttpResponse:
    """Receive the reports that were ticked on the week's board, and say what became of each."""
    period = get_object_or_404(ReportPeriod.objects.visible_to(request.user), pk=period_id)
    require(request.user, is_office)
    form = ReceiveForm(request.POST)
    if form.is_valid():
        outcomes = receive_each(actor=request.user, period=period, versions=form.versions)
        received = [one.unit for one in outcomes if one.is_received]
        if received:
            messages.success(request, f"已签收 {len(received)} 份：{'、'.join(received)}。")
        for one in outcomes:
            if not one.is_received:
                messages.error(request, f"{one.unit}未签收：{one.words}" if one.unit else one.words)
    else:
        messages.error(request, form.errors["report"][0])
    return redirect(f"{reverse('reporting:board')}?period={period.pk}")


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


def _owed(request: HttpRequest, period_id: int, code: str) -> ReportExpectation:
    expected = ReportExpectation.objects.visible_to(request.user).select_related("period", "unit")
    return get_object_or_404(expected, period_id=period_id, unit__code=code)


def _visible(request: HttpRequest, pk: int) -> WeeklyReport:
    reports = WeeklyReport.objects.visible_to(request.user).select_related(
        "period__jurisdiction",
        "unit",
        "drafted_by",
        "signed_by",
        "delegation__leader",
        "received_by",
    )
    return get_object_or_404(reports, pk=pk)


def _show(request: HttpRequest, report: WeeklyReport, form: StepForm) -> HttpResponse:
    is_open = report.period.is_open_to(report.unit_id)
    open_to = WEEKLY.open_to(request.user, report) if is_open else []
    verbs = {transition.verb for transition in open_to}
    if report.state == WeeklyState.SIGNED and WEEKLY.allows(request.user, report, "receive"):
        verbs.add("receive")
    last = WeeklyReport.objects.week_before(report.period, unit_id=report.unit_id)
    visible = report.corrections.visible_to(request.user)
    context = {
        "corrections": visible.select_related("drafted_by", "signed_by", "delegation__leader"),
        "correct_label": offered(request.user, report),
        "report": report,
        "blocks": _read(report, last),
        "doubts": definition.doubts(report.form, report.content, last.figures if last else {}),
        "verbs": verbs,
        "can_edit": can_edit.test(request.user, report) and is_open,
        "delegation": delegation_of(request.user, report.unit_id) if "sign" in verbs else None,
        "events": report.events.order_by("pk"),
        "signature_holds": report.signature_holds,
        "files": _files(request, report),
        "may_attach": is_open and can_attach.test(request.user, report),
        "may_scan": can_add_scan.test(request.user, report),
        "form": form,
    }
    return render(request, "reporting/report_detail.html", context)


def _files(request: HttpRequest, report: WeeklyReport) -> list[ReportFile]:
    rows = ReportFile.objects.visible_to(request.user).filter(report=report)
    found = list(rows.select_related("file", "added_by", "removed_by"))
    for one in found:
        one.report = report
    return found


def _read(report: WeeklyReport, last: WeeklyReport | None) -> list[dict[str, Any]]:
    """The report block by block: numbers with last week's beside, then words."""
    before = last.figures if last else {}
    return [
        {
            "label": block,
            "figures": [
                {
                    "figure": figure,
                    "value": report.figures.get(figure.code),
                    "before": before.get(figure.code),
                    "counted": report.counted.get(figure.code),
                    "remark": report.remarks.get(figure.code, ""),
                }
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


def _card(item: Any, request: HttpRequest, taking: set[int]) -> dict[str, Any]:
    """`taking` are the expectations that can be met now."""
    report, is_open = getattr(item, "report", None), item.pk in taking
    return {
        "unit": item.unit,
        "period": item.period,
        "report": report,
        "status": STATUSES[item.status],
        "tone": TONES[item.status],
        "is_late": item.filed_late,
        "can_edit": is_open and (not report or can_edit.test(request.user, report)),
        "can_sign": is_open
        and item.status == WeeklyState.AWAITING_SIGNATURE
        and signs_for.test(request.user, item),
    }
