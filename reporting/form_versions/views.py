"""The town's form: its versions as units see them, and the editor of the next one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from audit.machine import Conflict
from departments.permissions import require
from departments.roles import OFFICE_ROLES, Role
from pages.forms import add_errors
from reporting.duties.models import KINDS
from reporting.form_versions import services
from reporting.form_versions.default import DEFAULT
from reporting.form_versions.forms import BeginForm, FieldFormSet
from reporting.form_versions.models import FIRST_WEEK, FormVersion
from reporting.form_versions.permissions import can_see_forms, can_settle_forms
from reporting.periods import week
from reporting.weekly.forms import WeeklyForm


@require_safe
def form(request: HttpRequest) -> HttpResponse:
    """The versions, and one of them as a kind of unit sees it."""
    require(request.user, can_see_forms)
    versions = _versions(request, *OFFICE_ROLES)
    current = _of_this_week(versions)
    shown = _named(versions, request.GET.get("version")) or current
    kinds = {kind.value: kind.label for kind in KINDS}
    kind = request.GET.get("kind")
    if kind not in kinds:
        kind = KINDS[-1].value
    asked = shown.form.asked_of(kind)
    counted = {figure.code: 0 for figure in asked.figures if figure.counted}
    context = {
        "versions": [(row, _standing(row, current, versions)) for row in versions],
        "shown": shown,
        "standing": _standing(shown, current, versions),
        "kind": kind,
        "kinds": kinds.items(),
        "kind_label": kinds[kind],
        "form": WeeklyForm(declared=asked, counted=counted),
        "may_settle": can_settle_forms.test(request.user),
        "breadcrumbs": _crumbs(("填报表单", "")),
    }
    return render(request, "reporting/form.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest) -> HttpResponse:
    """Change the newest version into the next one. What was typed stays, whatever is refused."""
    require(request.user, can_settle_forms)
    versions = _versions(request, Role.DIRECTOR)
    town = versions[0].jurisdiction_id
    seen = _named(versions, request.POST.get("version")) or versions[0]
    first = services.first_free_week(town)
    initial = {"version": seen.version, "from_week": first.isoformat()}
    begin = BeginForm(request.POST or None, first=first, initial=initial)
    rows = FieldFormSet(request.POST or None, before=seen.form, prefix="field")
    if request.method == "POST" and all([begin.is_valid(), rows.is_valid()]):
        try:
            settled = services.settle(
                actor=request.user,
                town=town,
                form=rows.built(),
                renamed=rows.renamed(),
                **begin.cleaned_data,
            )
            words = f"已保存，自{settled.week_label}起填报。" if settled else "没有改动。"
            messages.success(request, words)
            return redirect("reporting:form")
        except Conflict as conflict:
            begin.add_error(None, str(conflict))
        except ValidationError as error:
            add_errors(begin, error)
    for words in rows.non_form_errors():
        begin.add_error(None, words)
    context = {
        "begin": begin,
        "rows": rows,
        "judged": [begin, *rows],
        "seen": seen,
        "blocks": seen.form.blocks,
        "breadcrumbs": _crumbs(("填报表单", reverse("reporting:form")), ("修改", "")),
    }
    return render(request, "reporting/form_edit.html", context)


def _versions(request: HttpRequest, *roles: str) -> list[FormVersion]:
    """All versions of the town, the newest first; the default as the first of one without any."""
    town = min(request.user.jurisdictions_as(*roles))
    rows = FormVersion.objects.visible_to(request.user).filter(jurisdiction=town)
    return list(rows.select_related("set_by")) or [
        FormVersion(
            jurisdiction_id=town,
            version=DEFAULT.version,
            from_week=FIRST_WEEK,
            definition=DEFAULT.as_data(),
        )
    ]


def _named(versions: list[FormVersion], number: str | None) -> FormVersion | None:
    return next((row for row in versions if str(row.version) == number), None)


def _of_this_week(versions: list[FormVersion]) -> FormVersion:
    this_week = week.starts_on(timezone.localdate())
    return next(row for row in versions if row.from_week <= this_week)


def _standing(row: FormVersion, current: FormVersion, versions: list[FormVersion]) -> str:
    """What a version is now: a later one that begins no later takes its place for good."""
    if row == current:
        return "现行"
    replaced = any(
        other.version > row.version and other.from_week <= row.from_week for other in versions
    )
    if row.version > current.version or row.from_week > current.from_week:
        return "没有执行过" if replaced else "尚未开始"
    return "没有执行过" if replaced else "已停用"


def _crumbs(*below: tuple[str, str]) -> list[dict[str, Any]]:
    crumbs = [("首页", reverse("home")), ("周报", reverse("reporting:board")), *below]
    return [{"label": label, "url": url} for label, url in crumbs]
