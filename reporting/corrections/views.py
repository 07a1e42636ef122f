"""The pages of corrections: what there are, one beside what it corrects, its form and its steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from audit.machine import Conflict
from departments.permissions import require
from pages.forms import add_errors
from reporting.corrections import differences, services
from reporting.corrections.forms import CorrectionForm, CorrectionStepForm
from reporting.corrections.machine import CORRECTION
from reporting.corrections.models import WeeklyCorrection
from reporting.corrections.permissions import corrects, signs
from reporting.drafts import keep
from reporting.steps import Steps
from reporting.weekly.models import WeeklyReport
from reporting.weekly.permissions import can_open_board, reports_for
from reporting.weekly.states import WeeklyState

PAGE_SIZE = 30
#: The buttons of the form: which service each calls, and what it says when that is done.
ACTIONS: dict[str, tuple[Callable[..., WeeklyCorrection], str]] = {
    "save": (services.save, "草稿已保存。签字并生效以前，各处仍按现行内容统计。"),
    "submit": (services.save_and_submit, "已送签。"),
    "sign": (services.save_and_sign, "已签字。"),
}
RELATED = (
    "report__unit",
    "report__period__jurisdiction",
    "drafted_by",
    "signed_by",
    "delegation__leader",
    "received_by",
)


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """The corrections that the person may see, those that wait for them first."""
    require(request.user, can_open_board)
    visible = WeeklyCorrection.objects.visible_to(request.user).select_related(*RELATED)
    page = Paginator(visible, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "waiting": visible.waiting_for(request.user),
        "page": page,
        "total_label": f"共 {page.paginator.count} 次",
        "next_url": f"?page={page.number + 1}" if page.has_next() else "",
        "previous_url": f"?page={page.number - 1}" if page.has_previous() else "",
        "breadcrumbs": _crumbs(),
    }
    return render(request, "reporting/corrections/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Type the corrected version: the unit's own, or what the office takes off."""
    report, by_office = _correctable(request, pk)
    if report.state != WeeklyState.RECEIVED:
        messages.info(request, services.NOT_RECEIVED)
        return redirect("reporting:report", report.pk)
    row = report.corrections.open().filter(by_office=by_office).first()
    if row and not services.may_edit(request.user, row):
        return redirect("reporting:correction", row.pk)
    action = request.POST.get("action", "save")
    form = CorrectionForm(
        request.POST or None,
        report=report,
        by_office=by_office,
        correction=row,
        complete=action in ("submit", "sign"),
    )
    if request.method == "POST" and action in ACTIONS and form.is_valid():
        service, done = ACTIONS[action]
        try:
            row = service(actor=request.user, **form.sent)
            messages.success(request, done)
            return redirect("reporting:correction", row.pk)
        except Conflict as conflict:
            latest = report.corrections.filter(by_office=by_office).first()
            if latest and form.says_the_same_as(latest):  # the second click of two
                return redirect("reporting:correction", latest.pk)
            form.add_error(None, str(conflict))
            form.show_what_stands(row)
        except ValidationError as error:
            add_errors(form, error)
    context = {
        "form": form,
        "report": report,
        "owed": report,
        "row": row,
        "by_office": by_office,
        "signs": signs.test(
            request.user, row or WeeklyCorrection(report=report, by_office=by_office)
        ),
        "breadcrumbs": _crumbs(("填写核减" if by_office else "填写更正", "")),
    }
    return render(request, "reporting/corrections/form.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def keep_draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Save the draft as the page does by itself."""
    report, by_office = _correctable(request, pk)

    def read() -> CorrectionForm:
        row = report.corrections.open().filter(by_office=by_office).first()
        return CorrectionForm(request.POST, report=report, by_office=by_office, correction=row)

    def save(form: CorrectionForm) -> WeeklyCorrection:
        return services.save(actor=request.user, is_automatic=True, **form.sent)

    return keep(request, read=read, save=save)


@require_safe
def correction(request: HttpRequest, pk: int) -> HttpResponse:
    """Both versions beside each other, who signed which, and what can be done now."""
    row = _visible(request, pk)
    return _show(request, row, CorrectionStepForm(initial={"version": row.version}))


def _correctable(request: HttpRequest, pk: int) -> tuple[WeeklyReport, bool]:
    """The report, for who corrects it on one side or the other; and whether that is the office."""
    reports = WeeklyReport.objects.visible_to(request.user).select_related("unit", "period")
    report = get_object_or_404(reports, pk=pk)
    require(request.user, corrects, report)
    return report, not reports_for.test(request.user, report)


def _visible(request: HttpRequest, pk: int) -> WeeklyCorrection:
    rows = WeeklyCorrection.objects.visible_to(request.user)
    return get_object_or_404(
        rows.select_related(
            *RELATED, "replaced", "report__signed_by", "report__delegation__leader"
        ),
        pk=pk,
    )


def _show(request: HttpRequest, row: WeeklyCorrection, form: CorrectionStepForm) -> HttpResponse:
    before = getattr(row, "replaced", row.report)
    answered = {*before.figures, *before.texts, *row.figures, *row.texts}
    context = {
        "row": row,
        "report": row.report,
        "before": before,
        "blocks": differences.blocks(row.report.form_with(answered), before.content, row.content),
        "verbs": {transition.verb for transition in CORRECTION.open_to(request.user, row)},
        "can_edit": services.may_edit(request.user, row),
        "events": row.events.all(),
        "form": form,
        "breadcrumbs": _crumbs((f"{row.report.unit.name}{row.kind_label}", "")),
    }
    return render(request, "reporting/corrections/correction.html", context)


def _crumbs(*below: tuple[str, str]) -> list[dict[str, Any]]:
    crumbs = [("首页", reverse("home")), ("周报", reverse("reporting:board"))]
    crumbs.append(("更正", reverse("reporting:corrections") if below else ""))
    return [{"label": label, "url": url} for label, url in [*crumbs, *below]]


def _mend(row: WeeklyCorrection) -> HttpResponse:
    return redirect("reporting:correct", row.report_id)


STEPS = Steps(
    machine=CORRECTION,
    argument="correction",
    page="reporting:correction",
    form=CorrectionStepForm,
    find=_visible,
    show=_show,
    mend=_mend,
    incomplete="更正还有未填或有误的内容，请先修改补全。",
)
submit = STEPS.button("submit", services.submit, "已送签。")
withdraw = STEPS.button("withdraw", services.withdraw, "已撤回，可以继续修改。")
drop = STEPS.button("drop", services.drop, "已放弃，原报内容不变。")
sign = STEPS.button("sign", services.sign, "已签字。")
receive = STEPS.button("receive", services.receive, "已签收，更正生效，并已通知填报单位。")
give_back = STEPS.button("return", services.give_back, "已退回，并已通知填报单位。", "note")
