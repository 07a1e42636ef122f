"""Taking over a ledger, step by step: upload, columns, check, preview, confirm."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from audit.machine import Conflict
from audit.models import Action
from audit.services import record
from departments.permissions import require
from files.sealing import Unreadable
from leads.imports import preview, services, template
from leads.imports.forms import ColumnsForm, UploadForm, VersionForm, WordsForm
from leads.imports.models import ImportBatch
from leads.imports.permissions import can_confirm, can_import
from leads.imports.states import BatchState
from leads.views.steps import breadcrumbs
from pages.forms import add_errors
from pages.polling import polled

SHOWN = 30
PROBLEMS_SHOWN = 200
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def import_list(request: HttpRequest) -> HttpResponse:
    """The town's imports, and the form for the next one."""
    require(request.user, can_import)
    posted = request.method == "POST"
    form = UploadForm(*(request.POST, request.FILES) if posted else ())
    if posted and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            batch = services.upload(
                actor=request.user,
                file=file,
                size=file.size,
                name=file.name,
                sheet=form.cleaned_data["sheet"],
            )
        except ValidationError as error:
            add_errors(form, error)
        else:
            page = "import_columns" if batch.state == BatchState.UPLOADED else "import"
            return redirect(f"leads:{page}", batch.public_id)
    batches = ImportBatch.objects.visible_to(request.user).select_related("uploaded_by")
    context = {"form": form, "batches": batches[:SHOWN]}
    context["breadcrumbs"] = breadcrumbs(request, "导入台账")
    return render(request, "leads/imports/import_list.html", context)


@require_safe
def import_template(request: HttpRequest) -> HttpResponse:
    require(request.user, can_import)
    made = template.make(request.user.main_unit.jurisdiction_id)
    name = f"{template.TITLE}.xlsx"
    return FileResponse(made, as_attachment=True, filename=name, content_type=XLSX)


@polled
@require_safe
def import_detail(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """One import as it stands; asked by htmx while a job is at work, only the progress."""
    batch = _batch(request, public_id)
    if request.htmx:
        if batch.is_busy:
            return render(request, "leads/imports/progress.html", {"batch": batch})
        return HttpResponse(headers={"HX-Refresh": "true"})
    context: dict[str, Any] = {"batch": batch, "version": batch.version}
    if batch.state == BatchState.CHECKED:
        context |= _found(request, batch)
    context["breadcrumbs"] = _crumbs(request, batch.file_name)
    return render(request, "leads/imports/import_detail.html", context)


def import_columns(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    batch = _batch(request, public_id)
    if batch.is_ended or batch.is_busy:
        return redirect("leads:import", public_id)
    form = ColumnsForm(request.POST or None, batch=batch)
    if request.method == "POST" and form.is_valid():
        try:
            services.map_columns(
                batch=batch,
                actor=request.user,
                mapping=form.mapping,
                defaults=form.defaults,
                expected_version=form.cleaned_data["version"],
            )
            return redirect("leads:import", public_id)
        except Conflict as conflict:
            messages.error(request, str(conflict))
            return redirect("leads:import", public_id)
        except ValidationError as error:
            add_errors(form, error)
    columns = [(one, form.column(one.head.column)) for one in preview.columns(batch)]
    context = {"batch": batch, "form": form, "columns": columns}
    context["breadcrumbs"] = _crumbs(request, batch.file_name, "对应列")
    return render(request, "leads/imports/import_columns.html", context)


def import_words(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """What the words of the ledger mean that no list has."""
    batch = _batch(request, public_id)
    if batch.state != BatchState.CHECKED:
        return redirect("leads:import", public_id)
    form = WordsForm(request.POST or None, batch=batch)
    if request.method == "POST" and form.is_valid():
        try:
            services.map_words(
                batch=batch,
                actor=request.user,
                meanings=form.meanings,
                expected_version=form.cleaned_data["version"],
            )
            return redirect("leads:import", public_id)
        except Conflict as conflict:
            messages.error(request, str(conflict))
            return redirect("leads:import", public_id)
        except ValidationError as error:
            add_errors(form, error)
    context = {"batch": batch, "form": form}
    context["breadcrumbs"] = _crumbs(request, batch.file_name, "对应词语")
    return render(request, "leads/imports/import_words.html", context)


@require_POST
def import_check(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    return _step(request, public_id, services.check_again)


@require_POST
def import_confirm(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    return _step(request, public_id, services.confirm)


@require_POST
def import_cancel(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    batch = _batch(request, public_id)
    try:
        services.cancel(batch=batch, actor=request.user)
        messages.success(request, "已取消导入，没有写入任何线索；上传的内容已删除。")
    except Conflict as conflict:
        messages.error(request, str(conflict))
    return redirect("leads:import", public_id)


@require_safe
def import_marked(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The copy of the ledger in which the errors are marked."""
    batch = _batch(request, public_id)
    if not batch.marked_as:
        raise Http404
    try:
        marked = batch.open_marked()
    except Unreadable as unreadable:
        return render(request, "files/unreadable.html", {"why": str(unreadable)}, status=503)
    record(action=Action.EXPORT_DOWNLOADED, request=request, obj=batch)
    name = f"{batch.file_name.rsplit('.', 1)[0]}-检查结果.xlsx"
    return FileResponse(marked, as_attachment=True, filename=name, content_type=XLSX)


def _batch(request: HttpRequest, public_id: uuid.UUID) -> ImportBatch:
    batches = ImportBatch.objects.visible_to(request.user).select_related("job", "uploaded_by")
    return get_object_or_404(batches, public_id=public_id)


def _step(
    request: HttpRequest, public_id: uuid.UUID, step: Callable[..., ImportBatch]
) -> HttpResponse:
    """Take a step on the state that the person saw. Who was slower is told."""
    batch = _batch(request, public_id)
    form = VersionForm(request.POST)
    try:
        if not form.is_valid():
            raise Conflict("页面已经过期，请查看最新情况后再操作。")
        version = form.cleaned_data["version"]
        step(batch=batch, actor=request.user, expected_version=version)
    except Conflict as conflict:
        messages.error(request, str(conflict))
    except ValidationError as error:
        messages.error(request, "；".join(error.messages))
    return redirect("leads:import", public_id)


def _found(request: HttpRequest, batch: ImportBatch) -> dict[str, Any]:
    """What the check found, the first rows, and whether the file came in before."""
    problems = list(batch.problems.order_by("-is_error", "pk")[:PROBLEMS_SHOWN])
    for problem in problems:
        problem.letter = preview.letter(problem.column)
    may_confirm = can_confirm.test(request.user, batch)
    same = ImportBatch.objects.visible_to(request.user).done()
    same = same.filter(town=batch.town_id, sha256=batch.sha256)
    return {
        "problems": problems,
        "problem_count": batch.error_count + batch.warning_count,
        "entries": list(preview.first_entries(batch)) if batch.path.is_file() else [],
        "may_confirm": may_confirm,
        "imported_before": same.order_by("-pk").first(),
    }


def _crumbs(request: HttpRequest, *labels: str) -> list[dict[str, str]]:
    crumbs = breadcrumbs(request, "导入台账", *labels)
    crumbs[2]["url"] = reverse("leads:imports")
    return crumbs
