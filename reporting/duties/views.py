"""What a town settled about its weeks, and one unit's duty to report."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.machine import Conflict
from departments.models import Unit
from departments.permissions import require
from departments.roles import OFFICE_ROLES, Role
from pages.forms import add_errors
from reporting.board.rates import standing
from reporting.duties import services
from reporting.duties.forms import DutyForm, ExemptForm, ReopenForm, RuleForm, SettingForm
from reporting.duties.models import Exemption, Reopening, ReportingChange, ReportingRule
from reporting.duties.permissions import (
    can_see_rules,
    can_settle_rules,
    reopens,
    sees_weeks_of,
    settles_for,
)
from reporting.periods import week
from reporting.periods.models import ReportExpectation, ReportPeriod
from reporting.weekly.states import SHOWN_OUTSIDE, tone_of

SHOWN = 30
WEEKS_SHOWN = 26


@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    """The town's rules of reporting, in force, to come and past; the director settles new ones."""
    require(request.user, can_see_rules)
    may_settle = can_settle_rules.test(request.user)
    if request.method == "POST":
        require(request.user, can_settle_rules)
    town = min(request.user.jurisdictions_as(*([Role.DIRECTOR] if may_settle else OFFICE_ROLES)))
    first = services.first_free_week(town)
    rules = ReportingRule.objects.visible_to(request.user).filter(jurisdiction=town)
    newest = rules.first()
    upcoming = services.in_force(town, first)
    form = RuleForm(request.POST or None, first=first, initial=_initial(upcoming, newest, first))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            settled = services.settle(
                actor=request.user,
                town=town,
                from_week=given["from_week"],
                rule=form.rule,
                kinds=given["kinds"],
                version=given["version"],
            )
            words = f"已保存，自{settled.week_label}起执行。" if settled else "没有改动。"
            messages.success(request, words)
            return redirect("reporting:settings")
        except Conflict as conflict:
            messages.error(request, str(conflict))
            return redirect("reporting:settings")
        except ValidationError as error:
            add_errors(form, error)
    current = ReportPeriod.objects.visible_to(request.user).filter(jurisdiction=town).first()
    of_town = {"unit__jurisdiction": town}
    context = {
        "form": form,
        "may_settle": may_settle,
        "current": current,
        "in_force": services.in_force(town, week.starts_on(timezone.localdate())),
        "rules": rules.select_related("set_by")[:SHOWN],
        "exemptions": Exemption.objects.visible_to(request.user)
        .filter(last_week__gte=week.starts_on(timezone.localdate()), **of_town)
        .select_related("unit", "given_by")[:SHOWN],
        "changes": ReportingChange.objects.visible_to(request.user)
        .filter(**of_town)
        .select_related("unit", "set_by")[:SHOWN],
        "breadcrumbs": _crumbs(("报送设置", "")),
    }
    return render(request, "reporting/settings.html", context)


@require_safe
def unit(request: HttpRequest, code: str) -> HttpResponse:
    """One unit's weeks, and since when and when not it owes a report."""
    shown = _unit(request, code)
    owed = (
        ReportExpectation.objects.visible_to(request.user)
        .filter(unit=shown)
        .with_status()
        .annotate(report_pk=F("report__pk"), filed_at=F("report__filed_at"))
        .select_related("period", "exemption")
        .order_by("-period__starts_on")[:WEEKS_SHOWN]
    )
    own = shown.pk in request.user.unit_ids()
    reopened = Reopening.objects.visible_to(request.user).filter(unit=shown)
    in_force = {row.period_id: row for row in reopened.in_force()}
    first = services.first_free_week(shown.jurisdiction_id)
    context = {
        "unit": shown,
        "may_settle": settles_for.test(request.user, shown),
        "reports": services.reports_in(shown, week.starts_on(timezone.localdate())),
        "reports_next": services.reports_in(shown, first),
        "next_week": week.short_label(first),
        "weeks": [_week(item, in_force, own) for item in owed],
        "exemptions": Exemption.objects.visible_to(request.user)
        .filter(unit=shown)
        .select_related("given_by")[:SHOWN],
        "changes": ReportingChange.objects.visible_to(request.user)
        .filter(unit=shown)
        .select_related("set_by")[:SHOWN],
        "reopenings": reopened.select_related("period", "opened_by")[:SHOWN],
        "now": timezone.now(),
        "breadcrumbs": _crumbs((f"{shown.name}报送情况", "")),
    }
    return render(request, "reporting/unit.html", context)


def duty(request: HttpRequest, code: str) -> HttpResponse:
    """Let the unit begin or cease to report."""
    shown = _unit(request, code)
    require(request.user, settles_for, shown)
    first = services.first_free_week(shown.jurisdiction_id)
    form = DutyForm(request.POST or None, first=first)
    title = f"{shown.name}：起报和停报"
    return _act(request, shown, form, title, services.change_duty, {"unit": shown})


def exempt(request: HttpRequest, code: str) -> HttpResponse:
    """Let the unit not report for some weeks."""
    shown = _unit(request, code)
    require(request.user, settles_for, shown)
    period = ReportPeriod.objects.exemptible(shown).order_by("starts_on").first()
    first = period.last_week if period else services.first_free_week(shown.jurisdiction_id)
    form = ExemptForm(request.POST or None, first=first)
    return _act(request, shown, form, f"{shown.name}：免报", services.exempt, {"unit": shown})


@require_POST
def end_exemption(request: HttpRequest, pk: int) -> HttpResponse:
    rows = Exemption.objects.visible_to(request.user).select_related("unit")
    row = get_object_or_404(rows, pk=pk)
    require(request.user, settles_for, row.unit)
    try:
        services.end_exemption(actor=request.user, exemption=row)
        messages.success(request, "免报已结束，尚未截止的周期恢复报送。")
    except Conflict as conflict:
        messages.error(request, str(conflict))
    return redirect("reporting:unit", row.unit.code)


def reopen(request: HttpRequest, period_id: int, code: str) -> HttpResponse:
    """Open a closed week to one unit again, for a while."""
    expected = ReportExpectation.objects.visible_to(request.user).select_related("period", "unit")
    owed = get_object_or_404(expected, period_id=period_id, unit__code=code)
    require(request.user, reopens, owed)
    form = ReopenForm(request.POST or None)
    title = f"{owed.unit.name}：补报{owed.period.short_label}周报"
    return _act(request, owed.unit, form, title, services.reopen, {"owed": owed})


@require_POST
def end_reopening(request: HttpRequest, pk: int) -> HttpResponse:
    rows = Reopening.objects.visible_to(request.user).select_related("period", "unit")
    row = get_object_or_404(rows, pk=pk)
    require(request.user, reopens, row)
    services.end_reopening(actor=request.user, reopening=row)
    messages.success(request, "已关闭。")
    return redirect("reporting:unit", row.unit.code)


def _act(
    request: HttpRequest,
    shown: Unit,
    form: SettingForm,
    title: str,
    service: Callable[..., Any],
    about: dict[str, Any],
) -> HttpResponse:
    """Ask, do, and go back to the unit; what was refused is said on the form."""
    if request.method == "POST" and form.is_valid():
        try:
            done = service(actor=request.user, **about, **form.cleaned_data)
            messages.success(request, "已保存。" if done else "没有改动。")
            return redirect("reporting:unit", shown.code)
        except Conflict as conflict:
            form.add_error(None, str(conflict))
        except ValidationError as error:
            add_errors(form, error)
    back = reverse("reporting:unit", args=[shown.code])
    crumbs = _crumbs((f"{shown.name}报送情况", back), (title, ""))
    context = {"form": form, "title": title, "back_url": back, "breadcrumbs": crumbs}
    return render(request, "reporting/duty_form.html", context)


def _unit(request: HttpRequest, code: str) -> Unit:
    shown = get_object_or_404(Unit.objects.visible_to(request.user), code=code)
    require(request.user, sees_weeks_of, shown)
    return shown


def _week(item: Any, reopened: dict[int, Reopening], own: bool) -> dict[str, Any]:
    period = item.period
    linked = item.report_pk and (own or item.status in SHOWN_OUTSIDE)
    status, lateness = standing(item.status, period=period, now=timezone.now())
    return {
        "period": period,
        "status": status,
        "lateness": lateness,
        "tone": tone_of(item.status, is_past_due=period.is_past_due),
        "is_zero": item.filed_zero,
        "is_late": item.filed_late,
        "filed_at": item.filed_at,
        "reopening": reopened.get(period.pk),
        "can_reopen": not period.is_open
        and period.pk not in reopened
        and item.status not in ("received", "exempt"),
        "url": reverse("reporting:report", args=[item.report_pk]) if linked else "",
    }


def _initial(upcoming: ReportingRule, newest: ReportingRule | None, first: Any) -> dict[str, Any]:
    names = ("weekday", "due_time", "scope", "grace_days", "kinds")
    values = {name: getattr(upcoming, name) for name in names}
    return values | {
        "from_week": first.isoformat(),
        "version": newest.version if newest else 0,
    }


def _crumbs(*below: tuple[str, str]) -> list[dict[str, str]]:
    crumbs = [("首页", reverse("home")), ("周报", reverse("reporting:board")), *below]
    return [{"label": label, "url": url} for label, url in crumbs]
