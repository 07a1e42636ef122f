"""The page of a town's reminders."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from audit.machine import Conflict
from departments.permissions import is_office, require
from departments.roles import OFFICE_ROLES, Role
from reporting.reminders import rounds, services, texts
from reporting.reminders.forms import QuietForm, RoundForm, quiet_form, round_forms
from reporting.reminders.models import ReminderRule
from reporting.reminders.permissions import can_settle_reminders

HISTORY_SHOWN = 30


@require_http_methods(["GET", "HEAD", "POST"])
def reminder_rules(request: HttpRequest) -> HttpResponse:
    """The rounds in force, for the office to see and for the director to settle."""
    require(request.user, is_office)
    may_settle = can_settle_reminders.test(request.user)
    if request.method == "POST":
        require(request.user, can_settle_reminders)
    town = min(request.user.jurisdictions_as(*([Role.DIRECTOR] if may_settle else OFFICE_ROLES)))
    data = request.POST if request.method == "POST" else None
    rows, hours = round_forms(data, town=town), quiet_form(data, town=town)
    if request.method == "POST" and not any(part.errors for part in (*rows, hours)):
        _settle(request, town, rows, hours)
        return redirect("reporting:reminders")
    history = ReminderRule.objects.visible_to(request.user).select_related("set_by")
    context: dict[str, Any] = {
        "rows": rows,
        "quiet": hours,
        "forms": [*rows, hours],
        "may_settle": may_settle,
        "places": texts.PLACES.items(),
        "told": rounds.TOLD,
        "history": history.filter(jurisdiction=town)[:HISTORY_SHOWN],
    }
    return render(request, "reporting/reminders.html", context)


def _settle(request: HttpRequest, town: int, rows: list[RoundForm], hours: QuietForm) -> None:
    values = hours.cleaned_data
    try:
        changed = services.settle(
            actor=request.user,
            town=town,
            rules={row.code.value: row.rule for row in rows},
            hours=(values["begins"], values["ends"]),
            versions={row.code.value: row.cleaned_data["version"] for row in rows}
            | {services.QUIET: values["version"]},
        )
    except Conflict as conflict:
        messages.error(request, str(conflict))
    except ValidationError as error:
        messages.error(request, "".join(error.messages))
    else:
        words = f"已修改 {changed} 项，自下一轮催报起执行。" if changed else "没有改动。"
        messages.success(request, words)
