"""The pages of clarifications: one, its steps, its letter."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from audit.machine import Conflict
from audit.models import Action
from audit.services import record
from departments.permissions import require
from leads.clarifications import letter, services
from leads.clarifications.forms import MakeKnownForm, ProposeForm
from leads.clarifications.machine import CLARIFICATION
from leads.clarifications.models import Clarification
from leads.clarifications.permissions import can_propose
from leads.documents.views import WORD
from leads.forms import ReasonForm
from leads.forms.steps import StepForm
from leads.models import Lead
from leads.views.steps import breadcrumbs
from pages.forms import add_errors

FORMS = ["GET", "HEAD", "POST"]


@require_http_methods(FORMS)
def lead_clarify(request: HttpRequest, number: str) -> HttpResponse:
    """Propose to clear a name of what a closed lead says."""
    lead = get_object_or_404(Lead.objects.visible_to(request.user), number=number)
    require(request.user, can_propose, lead)
    if request.method != "POST" and not services.can_be_clarified(lead):
        messages.info(request, services.NOT_UNTRUE)
        return redirect("leads:detail", lead.number)
    form = ProposeForm(request.POST or None, lead=lead)
    made: list[Clarification] = []

    def run(values: dict[str, Any]) -> None:
        made.append(services.propose(lead=lead, actor=request.user, **values))

    if _done(request, form, run, "已提出，等待主任批准。"):
        return redirect("leads:clarification", made[0].pk)
    return _form_page(request, lead, form, title="提出澄清", submit="提出")


@require_safe
def clarification(request: HttpRequest, pk: int) -> HttpResponse:
    made = _made(request, pk)
    record(action=Action.LEAD_VIEWED, request=request, obj=made)
    context = {
        "made": made,
        "verbs": {one.verb for one in CLARIFICATION.open_to(request.user, made)},
        "breadcrumbs": _crumbs(request, made.lead, "澄清"),
    }
    return render(request, "leads/clarifications/clarification.html", context)


@require_http_methods(FORMS)
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    return _step(request, pk, "approve", StepForm, "同意澄清", services.approve)


@require_http_methods(FORMS)
def reject(request: HttpRequest, pk: int) -> HttpResponse:
    return _step(request, pk, "reject", ReasonForm, "不同意澄清", services.reject)


@require_http_methods(FORMS)
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    return _step(request, pk, "withdraw", ReasonForm, "撤回澄清", services.withdraw)


@require_http_methods(FORMS)
def make_known(request: HttpRequest, pk: int) -> HttpResponse:
    return _step(request, pk, "make_known", MakeKnownForm, "记录澄清", services.make_known)


@require_safe
def letter_file(request: HttpRequest, pk: int) -> HttpResponse:
    """澄清函 as .docx, once it is approved."""
    made = _made(request, pk)
    if not made.has_letter:
        raise Http404
    record(action=Action.PAPER_DOWNLOADED, request=request, obj=made)
    stream = io.BytesIO(letter.file_of(made))
    name = f"澄清函 {made.lead.number}-{made.pk}.docx"
    return FileResponse(stream, as_attachment=True, filename=name, content_type=WORD)


def _step(
    request: HttpRequest,
    pk: int,
    verb: str,
    form_class: type[BaseForm],
    title: str,
    run: Callable[..., Clarification],
) -> HttpResponse:
    made = _made(request, pk)
    if not CLARIFICATION.allows(request.user, made, verb):
        require(request.user, CLARIFICATION.who(verb), made)
        messages.info(request, CLARIFICATION.passed(verb, made))
        return redirect("leads:clarification", made.pk)
    more = {"town": made.lead.jurisdiction_id} if form_class is MakeKnownForm else {}
    form = form_class(request.POST or None, initial={"version": made.version}, **more)

    def take(values: dict[str, Any]) -> None:
        values["expected_version"] = values.pop("version")
        run(clarification=made, actor=request.user, **values)

    if _done(request, form, take, "已办理。"):
        return redirect("leads:clarification", made.pk)
    back = reverse("leads:clarification", args=[made.pk])
    return _form_page(request, made.lead, form, title=title, submit=title, back=back)


def _done(
    request: HttpRequest, form: BaseForm, run: Callable[[dict[str, Any]], None], words: str
) -> bool:
    """Whether the form was sent, was right and is done; what was wrong stands on the form."""
    if request.method != "POST" or not form.is_valid():
        return False
    try:
        run(dict(form.cleaned_data))
    except Conflict as conflict:
        form.add_error(None, str(conflict))
        return False
    except ValidationError as error:
        add_errors(form, error)
        return False
    messages.success(request, words)
    return True


def _made(request: HttpRequest, pk: int) -> Clarification:
    rows = Clarification.objects.visible_to(request.user).select_related(
        "lead__jurisdiction",
        "subject",
        "verified_by",
        "proposed_by",
        "decided_by",
        "made_by",
        "recorded_by",
    )
    return get_object_or_404(rows, pk=pk)


def _form_page(
    request: HttpRequest, lead: Lead, form: BaseForm, *, title: str, submit: str, back: str = ""
) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "submit": submit,
        "about": f"线索 {lead.number}　{lead.get_finding_display()}",
        "back_url": back or reverse("leads:detail", args=[lead.number]),
        "breadcrumbs": _crumbs(request, lead, title),
    }
    return render(request, "leads/clarifications/form.html", context)


def _crumbs(request: HttpRequest, lead: Lead, label: str) -> list[dict[str, str]]:
    crumbs = breadcrumbs(request, lead.number, label)
    crumbs[-2]["url"] = reverse("leads:detail", args=[lead.number])
    return crumbs
