"""What the pages of all steps share: the thing acted on, the way back, the form and the act."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from audit.machine import Conflict
from departments.permissions import require
from leads.machine import ASSIGNMENT, LEAD
from leads.models import Assignment, Lead
from pages.forms import add_errors

#: The session's key for the address of the list as it was last seen: 返回 leads there.
LIST_QUERY = "leads_list_query"


def list_url(request: HttpRequest) -> str:
    """The list as the person left it, with tab, filter and page."""
    query = request.session.get(LIST_QUERY, "")
    return reverse("leads:list") + (f"?{query}" if query else "")


def breadcrumbs(request: HttpRequest, *labels: str) -> list[dict[str, str]]:
    """As on every page, but the step up leads to the list as it was left."""
    above = [("首页", reverse("home")), ("线索", list_url(request))]
    return [{"label": label, "url": url} for label, url in [*above, *((one, "") for one in labels)]]


def lead_for(request: HttpRequest, number: str, *verbs: str) -> Lead:
    """The lead, for a person who may ever take one of the verbs on it: else 404 or 403."""
    lead = get_object_or_404(Lead.objects.visible_to(request.user), number=number)
    require(request.user, LEAD.who(*verbs), lead)
    return lead


def assignment_for(request: HttpRequest, pk: int, verb: str) -> Assignment:
    assignments = Assignment.objects.visible_to(request.user).select_related("lead", "unit")
    assignment = get_object_or_404(assignments, pk=pk)
    require(request.user, ASSIGNMENT.who(verb), assignment)
    return assignment


def act(
    request: HttpRequest,
    *,
    form: BaseForm,
    lead: Lead,
    title: str,
    submit: str,
    done: str,
    run: Any,
) -> HttpResponse:
    """Show the form of one step, or take the step. Who was slower is told, and sees why."""
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        values["expected_version"] = values.pop("version")
        try:
            run(values)
            messages.success(request, f"线索 {lead.number} {done}")
            return redirect("leads:detail", lead.number)
        except Conflict as conflict:
            messages.error(request, str(conflict))
            return redirect("leads:detail", lead.number)
        except ValidationError as error:
            add_errors(form, error)
    context = {"form": form, "lead": lead, "title": title, "submit": submit}
    context["back_url"] = reverse("leads:detail", args=[lead.number])
    context["breadcrumbs"] = breadcrumbs(request, lead.number, title)
    context["breadcrumbs"][-2]["url"] = context["back_url"]
    return render(request, "leads/step_form.html", context)
