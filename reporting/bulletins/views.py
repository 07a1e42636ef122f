"""The pages of bulletins: the list, one, its steps, its file."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.forms import BaseForm
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.machine import Conflict
from audit.models import Action
from audit.services import record
from departments.permissions import is_office, require
from departments.roles import UNIT_ROLES
from leads.documents.views import WORD
from leads.forms import ReasonForm
from leads.forms.steps import StepForm
from pages.forms import add_errors
from reporting.bulletins import document, services
from reporting.bulletins.content import corrected_since
from reporting.bulletins.filing import GROUPS, outdated
from reporting.bulletins.forms import BulletinForm
from reporting.bulletins.machine import BULLETIN
from reporting.bulletins.models import Bulletin
from reporting.bulletins.permissions import approves, prepares
from reporting.bulletins.querysets import addressees
from reporting.bulletins.states import BulletinState
from reporting.periods.models import ReportPeriod
from reporting.weekly.permissions import can_open_board

FORMS = ["GET", "HEAD", "POST"]
PAGE_SIZE = 30


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """The bulletins that the person may read, newest week first; drafts among the office's."""
    require(request.user, can_open_board)
    rows = Bulletin.objects.visible_to(request.user).select_related("period", "issued_by")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    units = request.user.unit_ids(*UNIT_ROLES)
    unread = Bulletin.objects.filter(pk__in=[one.pk for one in page]).unread_by(units)
    context = {
        "page": page,
        "unread": set(unread.values_list("pk", flat=True)),
        "total_label": f"共 {page.paginator.count} 期",
        "next_url": f"?page={page.number + 1}" if page.has_next() else "",
        "previous_url": f"?page={page.number - 1}" if page.has_previous() else "",
        "is_office": is_office.test(request.user),
        "breadcrumbs": _crumbs(),
    }
    return render(request, "reporting/bulletins/list.html", context)


@require_POST
def make(request: HttpRequest, period_id: int) -> HttpResponse:
    """Draft the week's bulletin, or go to the one that is there."""
    period = get_object_or_404(
        ReportPeriod.objects.visible_to(request.user).select_related("jurisdiction"), pk=period_id
    )
    require(request.user, is_office)
    made, is_new = services.make(actor=request.user, period=period)
    words = "通报已生成，请核对后报请审批。" if is_new else "本周通报已经有了。"
    messages.success(request, words)
    return redirect("reporting:bulletin", made.pk)


@require_safe
def bulletin(request: HttpRequest, pk: int) -> HttpResponse:
    """One bulletin. When a unit opens it, that is its receipt."""
    told = _told(request, pk)
    services.mark_read(bulletin=told, actor=request.user)
    is_ours = prepares.test(request.user, told)
    context = {
        "bulletin": told,
        "figures": document.figure_rows(told.figures),
        "groups": [(label, told.filing[code]) for code, label in GROUPS.items()],
        "verbs": {one.verb for one in BULLETIN.open_to(request.user, told)},
        "is_ours": is_ours,
        "may_edit": is_ours and told.state == BulletinState.DRAFT,
        "corrected": corrected_since(told),
        "breadcrumbs": _crumbs((told.number or "草稿", "")),
    }
    if is_ours:
        context |= {"events": list(told.events.all()), "receipts": _receipts(told)}
    if is_ours and not told.is_issued:
        context |= {"edited": told.edited, "outdated": "" if told.is_early else outdated(told)}
    return render(request, "reporting/bulletins/bulletin.html", context)


@require_safe
def bulletin_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The bulletin as .docx."""
    told = _told(request, pk)
    services.mark_read(bulletin=told, actor=request.user)
    record(action=Action.PAPER_DOWNLOADED, request=request, obj=told)
    stream = io.BytesIO(document.file_of(told))
    name = f"周通报{told.number or '（草稿）'}.docx"
    return FileResponse(stream, as_attachment=True, filename=name, content_type=WORD)


@require_http_methods(FORMS)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Write into a draft."""
    told = _told(request, pk)
    require(request.user, prepares, told)
    if told.state != BulletinState.DRAFT:
        messages.info(request, "通报已报请审批或已印发，不能修改。")
        return redirect("reporting:bulletin", told.pk)
    form = BulletinForm(request.POST or None, bulletin=told)
    if _done(request, form, told, services.edit):
        messages.success(request, "已保存。")
        return redirect("reporting:bulletin", told.pk)
    return _form_page(request, told, form, title="修改通报", submit="保存")


@require_POST
def refresh(request: HttpRequest, pk: int) -> HttpResponse:
    words = "已重新取数；注明“人工修改”的部分没有随之更新。"
    return _press(request, pk, services.refresh, words)


@require_POST
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    return _press(request, pk, services.submit, "已报请主任审批。")


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    return _press(request, pk, services.withdraw, "已撤回，可以修改。")


@require_POST
def issue(request: HttpRequest, pk: int) -> HttpResponse:
    return _press(request, pk, services.issue, "已印发，并通知各单位。", approves)


@require_http_methods(FORMS)
def give_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the bulletin back, with a reason."""
    told = _told(request, pk)
    require(request.user, approves, told)
    if not BULLETIN.knows("return", told):
        messages.info(request, BULLETIN.passed("return", told))
        return redirect("reporting:bulletin", told.pk)
    form = ReasonForm(request.POST or None, initial={"version": told.version})
    if _done(request, form, told, services.give_back):
        messages.success(request, "已退回修改。")
        return redirect("reporting:bulletin", told.pk)
    return _form_page(request, told, form, title="退回修改", submit="退回")


@require_POST
def remind(request: HttpRequest, pk: int) -> HttpResponse:
    """Remind the units that have not read it."""
    told = _told(request, pk)
    require(request.user, prepares, told)
    try:
        count = services.remind(bulletin=told, actor=request.user)
        messages.success(request, f"已提醒 {count} 个单位。")
    except Conflict as conflict:
        messages.error(request, str(conflict))
    return redirect("reporting:bulletin", told.pk)


def _press(
    request: HttpRequest,
    pk: int,
    service: Callable[..., Bulletin],
    words: str,
    allowed: Any = prepares,
) -> HttpResponse:
    """A step that asks for nothing: do it, say what came of it, and go back to the bulletin."""
    told = _told(request, pk)
    require(request.user, allowed, told)
    form = StepForm(request.POST)
    if _done(request, form, told, service):
        messages.success(request, words)
    else:
        for errors in form.errors.values():
            messages.error(request, "；".join(errors))
    return redirect("reporting:bulletin", told.pk)


def _done(
    request: HttpRequest, form: BaseForm, told: Bulletin, service: Callable[..., Bulletin]
) -> bool:
    """Whether the form was sent, was right and is done; what was wrong stands on the form."""
    if request.method != "POST" or not form.is_valid():
        return False
    given = dict(form.cleaned_data)
    try:
        service(bulletin=told, actor=request.user, expected_version=given.pop("version"), **given)
    except Conflict as conflict:
        form.add_error(None, str(conflict))
        return False
    except ValidationError as error:
        add_errors(form, error)
        return False
    return True


def _told(request: HttpRequest, pk: int) -> Bulletin:
    rows = Bulletin.objects.visible_to(request.user).select_related(
        "period", "jurisdiction", "drafted_by", "issued_by"
    )
    return get_object_or_404(rows, pk=pk)


def _receipts(told: Bulletin) -> list[dict[str, Any]]:
    """Each unit that was told, with who of it read first and when; those that have not, first."""
    if not told.is_issued:
        return []
    read = {one.unit_id: one for one in told.reads.select_related("reader")}
    rows = [{"unit": unit, "read": read.get(unit.pk)} for unit in addressees(told)]
    return sorted(rows, key=lambda row: row["read"] is not None)


def _form_page(
    request: HttpRequest, told: Bulletin, form: BaseForm, *, title: str, submit: str
) -> HttpResponse:
    back = reverse("reporting:bulletin", args=[told.pk])
    context = {
        "form": form,
        "title": title,
        "submit": submit,
        "about": told.period.label,
        "back_url": back,
        "breadcrumbs": _crumbs((told.number or "草稿", back), (title, "")),
    }
    return render(request, "step_form.html", context)


def _crumbs(*below: tuple[str, str]) -> list[dict[str, str]]:
    crumbs = [("首页", reverse("home")), ("周报", reverse("reporting:board"))]
    crumbs.append(("周通报", reverse("reporting:bulletins") if below else ""))
    return [{"label": label, "url": url} for label, url in [*crumbs, *below]]
