"""The page on which a lead is corrected, by one person at a time or by two at once."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse

from audit.machine import Conflict
from audit.models import Action
from audit.services import record
from leads.corrections import fields, services
from leads.corrections.forms import CorrectionForm
from leads.forms.subjects import PREFIX
from leads.models import Lead, LeadRevision
from leads.views.steps import breadcrumbs, lead_step, list_url
from pages.forms import add_errors


def lead_correct(request: HttpRequest, number: str) -> HttpResponse:
    lead = lead_step(request, number, "correct").lead
    if request.method != "POST":
        record(action=Action.LEAD_VIEWED, request=request, obj=lead, reason="更正")
        return _show(request, lead, CorrectionForm(lead=lead))
    form = CorrectionForm(request.POST, lead=lead, add_row="add_row" in request.POST)
    if "add_row" in request.POST or not form.is_valid():
        return _show(request, lead, form)
    values = dict(form.cleaned_data)
    expected = values.pop("version")
    try:
        services.correct(lead=lead, actor=request.user, expected_version=expected, **values)
    except Conflict as conflict:
        return _told(request, lead, form, expected, str(conflict))
    except ValidationError as error:
        add_errors(form, error)
        return _show(request, lead, form)
    messages.success(request, f"线索 {lead.number} 已更正，原来的内容留在更正记录中。")
    if not Lead.objects.visible_to(request.user).filter(pk=lead.pk).exists():
        return redirect(list_url(request))
    return redirect("leads:detail", lead.number)


def _told(
    request: HttpRequest, lead: Lead, form: CorrectionForm, version: int, words: str
) -> HttpResponse:
    """Somebody else was faster: both texts field by field, and nothing of the typed one is lost.

    What only the other person changed is taken over; where both did, the page keeps one's own
    and shows the saved one beside it.
    """
    lead = Lead.objects.visible_to(request.user).filter(pk=lead.pk).first()
    if lead is None:
        messages.error(request, words)
        return redirect(list_url(request))
    cleaned = form.cleaned_data
    mine = fields.of_values(
        cleaned, named_units=cleaned["named_units"], subjects=cleaned["subjects"]
    )
    saved = fields.of_lead(lead)
    base = _as_it_was(lead, version)
    data = request.POST.copy()
    data["version"] = str(lead.version)
    both = []
    for change in fields.differences(saved, mine):
        name = change["field"]
        change["is_taken"] = name in base and base[name] == mine[name].raw
        if change["is_taken"]:
            _put(data, name, saved[name].raw)
        both.append(change)
    again = CorrectionForm(data, lead=lead)
    again.add_error(None, words)
    return _show(request, lead, again, both=both)


def _as_it_was(lead: Lead, version: int) -> dict[str, Any]:
    """What the fields that were corrected since `version` said then."""
    base: dict[str, Any] = {}
    for revision in LeadRevision.objects.filter(lead=lead, replaced__gte=version).order_by("pk"):
        for change in revision.changes:
            base.setdefault(change["field"], change["before"])
    return base


def _put(data: QueryDict, name: str, raw: Any) -> None:
    """Write a kept value into the data of a form."""
    if name == "subjects":
        for key in [key for key in data if key.startswith(f"{PREFIX}-")]:
            del data[key]
        data[f"{PREFIX}-TOTAL_FORMS"] = str(len(raw))
        for place, person in enumerate(raw):
            for field, value in person.items():
                data[f"{PREFIX}-{place}-{field}"] = value
    elif isinstance(raw, list):
        data.setlist(name, raw)
    else:
        data[name] = raw


def _show(
    request: HttpRequest,
    lead: Lead,
    form: CorrectionForm,
    *,
    both: list[dict[str, Any]] | None = None,
) -> HttpResponse:
    context = {
        "form": form,
        "lead": lead,
        "both": both,
        "last": lead.revisions.select_related("by").last() if both else None,
        "is_open": services.is_open_to(request.user, lead),
        "back_url": reverse("leads:detail", args=[lead.number]),
        "breadcrumbs": breadcrumbs(request, lead.number, "更正"),
    }
    context["breadcrumbs"][-2]["url"] = context["back_url"]
    return render(request, "leads/correction_form.html", context)
