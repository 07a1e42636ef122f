"""One report as it is read, with what can be done to it now."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from reporting.attachments.models import ReportFile
from reporting.attachments.permissions import can_add_scan, can_attach
from reporting.corrections.permissions import offered
from reporting.delegations.querysets import delegation_of
from reporting.weekly.afterwards import hint_of
from reporting.weekly.doubts import doubts_of
from reporting.weekly.forms import StepForm
from reporting.weekly.machine import WEEKLY
from reporting.weekly.models import WeeklyReport
from reporting.weekly.permissions import can_edit
from reporting.weekly.states import WeeklyState


@require_safe
def report_detail(request: HttpRequest, pk: int) -> HttpResponse:
    report = visible(request, pk)
    return show(request, report, StepForm(initial={"version": report.version}))


def visible(request: HttpRequest, pk: int) -> WeeklyReport:
    reports = WeeklyReport.objects.visible_to(request.user).select_related(
        "period__jurisdiction",
        "unit",
        "drafted_by",
        "signed_by",
        "delegation__leader",
        "received_by",
    )
    return get_object_or_404(reports, pk=pk)


def show(request: HttpRequest, report: WeeklyReport, form: StepForm) -> HttpResponse:
    reopening = report.period.reopening_of(report.unit_id)
    is_open = report.period.is_open or reopening is not None
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
        "doubts": doubts_of(
            report.form,
            report.content,
            last.figures if last else {},
            period=report.period,
            unit_id=report.unit_id,
            reader=request.user,
        ),
        "verbs": verbs,
        "can_edit": can_edit.test(request.user, report) and is_open,
        "delegation": delegation_of(request.user, report.unit_id) if "sign" in verbs else None,
        "events": report.events.order_by("pk"),
        "signature_holds": report.signature_holds,
        "returned": last_return(report),
        "files": _files(request, report),
        "may_attach": is_open and can_attach.test(request.user, report),
        "may_scan": can_add_scan.test(request.user, report),
        "form": form,
        "reopening": None if report.is_filed else reopening,
        **hint_of(request.user, report),
    }
    return render(request, "reporting/report_detail.html", context)


def last_return(report: WeeklyReport) -> Any:
    """Why and when the report was returned, where that is how it stands."""
    if report.state != WeeklyState.RETURNED:
        return None
    return report.events.filter(verb="return").order_by("-pk").first()


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
