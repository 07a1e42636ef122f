"""Findings and rules, for the auditor alone."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from audit.machine import Conflict
from audit.permissions import is_auditor
from departments.permissions import require
from oversight.watch import services
from oversight.watch.forms import FindingFilter, LookForm, rule_forms
from oversight.watch.models import Finding, WatchSetting
from oversight.watch.rules import BY_CODE
from pages.keyset import page_of

HISTORY_SHOWN = 30


@require_safe
def finding_list(request: HttpRequest) -> HttpResponse:
    """What the rules found, newest first: events, one by one; nobody is added up.

    Without conditions it shows what waits to be looked at, as the menu counts it.
    """
    require(request.user, is_auditor)
    findings = Finding.objects.visible_to(request.user).select_related("look")
    found = FindingFilter(request.GET or {"state": "open"}, queryset=findings)
    page = page_of(found.qs if found.form.is_valid() else findings.none(), request)
    return render(request, "oversight/finding_list.html", {"page": page, "filter": found})


@require_safe
def finding_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _show(request, _finding(request, pk), LookForm())


def finding_look(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what came of a finding."""
    finding = _finding(request, pk)
    form = LookForm(request.POST or None)
    if request.method != "POST":
        return redirect("oversight:finding", pk)
    if not form.is_valid():
        return _show(request, finding, form)
    try:
        services.look(finding=finding, actor=request.user, note=form.cleaned_data["note"])
        messages.success(request, "已记下核查情况。")
    except Conflict as conflict:
        messages.error(request, str(conflict))
    return redirect("oversight:finding", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: HttpRequest) -> HttpResponse:
    """The rules as they are in force, to be read and set."""
    require(request.user, is_auditor)
    rows = rule_forms(request.POST if request.method == "POST" else None)
    if request.method == "POST" and not any(row.errors for row in rows):
        try:
            changed = services.settle(
                actor=request.user,
                settings={row.rule.code: row.setting for row in rows},
                versions={row.rule.code: row.cleaned_data["version"] for row in rows},
            )
            messages.success(request, f"已修改 {changed} 项。" if changed else "没有改动。")
        except Conflict as conflict:
            messages.error(request, str(conflict))
        return redirect("oversight:rules")
    history = WatchSetting.objects.select_related("set_by")[:HISTORY_SHOWN]
    return render(request, "oversight/rules.html", {"rows": rows, "history": history})


def _finding(request: HttpRequest, pk: int) -> Finding:
    require(request.user, is_auditor)
    findings = Finding.objects.visible_to(request.user).select_related("look__by")
    return get_object_or_404(findings, pk=pk)


def _show(request: HttpRequest, finding: Finding, form: LookForm) -> HttpResponse:
    rule = BY_CODE[finding.rule]
    context = {
        "finding": finding,
        "rule": rule,
        "looked": getattr(finding, "look", None),
        "page": page_of(services.entries_of(finding, request.user), request),
        "form": form,
    }
    return render(request, "oversight/finding_detail.html", context)
