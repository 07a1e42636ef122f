"""Files of a report: adding, looking, saving, removing."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from audit.machine import Conflict
from audit.models import Action
from audit.services import record
from departments.permissions import require
from files.forms import UploadsForm
from files.kinds import shown
from files.responses import serve
from leads.attachments.forms import RemovalForm
from pages.forms import add_errors
from reporting.attachments import services
from reporting.attachments.models import FileKind, ReportFile
from reporting.attachments.permissions import can_add_scan, can_attach, reports_for_it
from reporting.weekly.models import WeeklyReport
from reporting.weekly.permissions import reports_for

FORMS = ["GET", "HEAD", "POST"]


@require_http_methods(FORMS)
def attach(request: HttpRequest, pk: int) -> HttpResponse:
    return _add(request, pk, services.attach, can_attach, "添加附件", services.SIGNED)


@require_http_methods(FORMS)
def add_scan(request: HttpRequest, pk: int) -> HttpResponse:
    title = "上传盖章扫描件"
    return _add(request, pk, services.add_scan, can_add_scan, title, services.NOT_SIGNED)


def _add(
    request: HttpRequest, pk: int, service: Callable, may: Any, title: str, too_late: str
) -> HttpResponse:
    reports = WeeklyReport.objects.visible_to(request.user).select_related("unit", "period")
    report = get_object_or_404(reports, pk=pk)
    require(request.user, reports_for, report)
    if not may.test(request.user, report):
        messages.error(request, too_late)
        return redirect("reporting:report", pk)
    is_scan = service is services.add_scan
    uploads = UploadsForm(request, required=True, kinds=shown() if is_scan else None)
    if request.method == "POST" and uploads.is_valid():
        try:
            added = service(actor=request.user, report=report, uploads=uploads.stored)
        except ValidationError as error:
            add_errors(uploads, error)
        except Conflict as conflict:
            messages.error(request, str(conflict))
            return redirect("reporting:report", pk)
        else:
            messages.success(request, f"已添加 {len(added)} 个文件。")
            return redirect("reporting:report", pk)
    context = {"report": report, "uploads": uploads, "title": title, **_way(report, title)}
    context["is_scan"] = is_scan
    return render(request, "reporting/attachments/add.html", context)


@require_safe
def detail(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """What is known of one file, and the file itself where a browser can show it."""
    one = _file(request, public_id)
    ours = reports_for_it.test(request.user, one)
    bound = one.kind == FileKind.ATTACHMENT
    may = not bound or can_attach.test(request.user, one.report)
    context = {
        "one": one,
        "removable": ours and may and not one.is_removed,
        **_way(one.report, one.get_kind_display()),
    }
    return render(request, "reporting/attachments/file.html", context)


@require_safe
def content(request: HttpRequest, public_id: uuid.UUID) -> HttpResponseBase:
    """The bytes, shown in the page; on record as a look."""
    return _bytes(request, public_id, action=Action.ATTACHMENT_VIEWED, inline=True)


@require_safe
def download(request: HttpRequest, public_id: uuid.UUID) -> HttpResponseBase:
    """The bytes, to be saved; on record as a download."""
    return _bytes(request, public_id, action=Action.ATTACHMENT_DOWNLOADED, inline=False)


@require_http_methods(FORMS)
def remove(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    one = _file(request, public_id)
    require(request.user, reports_for_it, one)
    form = RemovalForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.remove(actor=request.user, file=one, reason=form.cleaned_data["note"])
            messages.success(request, f"“{one.file.name}”已撤下。")
        except Conflict as conflict:
            messages.error(request, str(conflict))
        return redirect("reporting:report", one.report_id)
    context = {"form": form, "title": "撤下文件", "about": one.file.name, "submit": "撤下"}
    return render(request, "step_form.html", context | _way(one.report, "撤下文件"))


def _file(request: HttpRequest, public_id: uuid.UUID) -> ReportFile:
    files = ReportFile.objects.visible_to(request.user).select_related(
        "file", "report__unit", "report__period", "added_by", "removed_by"
    )
    return get_object_or_404(files, file__public_id=public_id)


def _bytes(
    request: HttpRequest, public_id: uuid.UUID, *, action: Action, inline: bool
) -> HttpResponseBase:
    one = _file(request, public_id)
    if not one.file.is_served or (inline and not one.file.preview):
        return redirect("reporting:report_file", public_id)
    record(action=action, request=request, obj=one)
    return serve(request, one.file, inline=inline)


def _way(report: WeeklyReport, title: str) -> dict[str, object]:
    """The way back to the report's page, as a link and in the breadcrumbs."""
    back_url = reverse("reporting:report", args=[report.pk])
    crumbs = [
        {"label": "首页", "url": reverse("home")},
        {"label": f"{report.unit.name}周报", "url": back_url},
        {"label": title, "url": ""},
    ]
    return {"back_url": back_url, "breadcrumbs": crumbs}
