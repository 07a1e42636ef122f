"""The pages of batches: what is due, what was proposed, its review and its approval."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.machine import Conflict
from departments.permissions import is_office, require
from departments.roles import OFFICE_ROLES
from leads import due
from leads.disposals import carrying_out, rules, services
from leads.disposals.blockers import blockers_of
from leads.disposals.forms import ApproveForm
from leads.disposals.machine import DISPOSAL
from leads.disposals.models import DisposalBatch, DisposalLog
from leads.disposals.permissions import can_go_on, can_propose_disposal, can_review
from leads.disposals.querysets import due_in
from leads.disposals.reviewing import Sheet
from leads.disposals.states import BatchState
from leads.forms import ReasonForm
from leads.forms.steps import StepForm
from leads.models import Lead
from leads.views.steps import breadcrumbs
from pages.forms import add_errors
from pages.keyset import Order, page_of

FORMS = ["GET", "HEAD", "POST"]
BATCHES_SHOWN = 20
OLDEST_FIRST = Order(is_descending=False)


@require_safe
def disposals(request: HttpRequest) -> HttpResponse:
    """The leads whose time has passed, to be proposed, and the batches there are."""
    require(request.user, is_office)
    town = _town(request)
    shown = Lead.objects.showing("finding", request.user)
    found = due_in(town, due.today()).filter(pk__in=shown.values("pk"))
    page = page_of(found, request, OLDEST_FIRST, size=services.MOST)
    schedule, blockers = rules.in_force(town), blockers_of(lead.pk for lead in page.rows)
    context = {
        "page": page,
        "rows": [
            {
                "lead": lead,
                "kind": rules.KIND_LABELS[lead.outcome_kind],
                "years": schedule[lead.outcome_kind].years,
                "kept_until": rules.kept_until(lead.ended_at, schedule[lead.outcome_kind].years),
                "blockers": blockers[lead.pk],
            }
            for lead in page.rows
        ],
        "may_propose": not all(blockers.values()),
        "submission": uuid.uuid4(),
        "batches": DisposalBatch.objects.visible_to(request.user).select_related(
            "proposed_by", "approved_by"
        )[:BATCHES_SHOWN],
        "breadcrumbs": breadcrumbs(request, "到期处置"),
    }
    return render(request, "leads/disposals/disposals.html", context)


@require_POST
def propose(request: HttpRequest) -> HttpResponse:
    require(request.user, can_propose_disposal)
    try:
        batch = services.propose(
            actor=request.user,
            town=_town(request),
            leads=_ticked(request),
            submission=_token(request),
        )
    except (Conflict, ValidationError) as refused:
        messages.error(request, _words(refused))
        return redirect("leads:disposals")
    messages.success(request, f"批次 {batch.number} 已提出，请逐条复核。")
    return redirect("leads:disposal", batch.pk)


@require_safe
def batch_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One batch as it stands: for review, for approval, on its way, or done."""
    batch = _batch(request, pk)
    return _page(request, batch, Sheet(batch, request.user))


@require_POST
def batch_review(request: HttpRequest, pk: int) -> HttpResponse:
    """Save the review of the leads on the page, and hand it on where that was asked."""
    batch = _batch(request, pk)
    require(request.user, can_review, batch)
    sheet = Sheet(batch, request.user, request.POST)
    step = StepForm(request.POST)
    if not step.is_valid():
        messages.error(request, "没有保存：请刷新页面后再试。")
    elif sheet.is_valid():
        try:
            row = services.review(
                batch=batch,
                actor=request.user,
                reviews=sheet.reviews,
                expected_version=step.cleaned_data["version"],
            )
            if "submit" in request.POST:
                services.submit(batch=row, actor=request.user, expected_version=row.version)
                messages.success(request, "已送批，等待另一人批准。")
            else:
                messages.success(request, "已保存复核意见。")
            return redirect("leads:disposal", batch.pk)
        except (Conflict, ValidationError) as refused:
            messages.error(request, _words(refused))
            batch.refresh_from_db()
    return _page(request, batch, sheet)


@require_http_methods(FORMS)
def batch_approve(request: HttpRequest, pk: int) -> HttpResponse:
    return _step(request, pk, "approve", ApproveForm, "批准处置", services.approve)


@require_http_methods(FORMS)
def batch_send_back(request: HttpRequest, pk: int) -> HttpResponse:
    return _step(request, pk, "send_back", ReasonForm, "退回复核", services.send_back)


@require_http_methods(FORMS)
def batch_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    return _step(request, pk, "withdraw", ReasonForm, "撤回批次", services.withdraw)


@require_POST
def batch_go_on(request: HttpRequest, pk: int) -> HttpResponse:
    """Start the work again after it stopped; a second click finds it at work."""
    batch = _batch(request, pk)
    require(request.user, can_go_on, batch)
    if carrying_out.go_on(batch=batch, actor=request.user) is None:
        messages.info(request, DISPOSAL.passed("start", batch))
    return redirect("leads:disposal", batch.pk)


@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """处置记录: what was deleted when, by whose decision. It never ends and never changes."""
    require(request.user, is_office)
    rows = DisposalLog.objects.visible_to(request.user).select_related(
        "batch", "proposed_by", "reviewed_by", "approved_by"
    )
    context = {"page": page_of(rows, request), "breadcrumbs": _crumbs(request, "处置记录")}
    return render(request, "leads/disposals/log.html", context)


def _page(request: HttpRequest, batch: DisposalBatch, sheet: Sheet) -> HttpResponse:
    verbs = {transition.verb for transition in DISPOSAL.open_to(request.user, batch)}
    waits = batch.state in (BatchState.PROPOSED, BatchState.REVIEWED)
    job = carrying_out.job_of(batch) if batch.state in carrying_out.UNDER_WAY else None
    context = {
        "batch": batch,
        "sheet": sheet,
        "verbs": verbs,
        "job": job,
        "may_go_on": can_go_on.test(request.user, batch) and (job is None or job.is_finished),
        "approvers": services.approvers_of(batch) if waits else [],
        "directors": services.directors_of(batch.jurisdiction_id) if waits else [],
        "events": batch.events.all(),
        "now": timezone.now(),
        "breadcrumbs": _crumbs(request, batch.number),
    }
    return render(request, "leads/disposals/batch.html", context)


def _step(
    request: HttpRequest,
    pk: int,
    verb: str,
    form_class: type[BaseForm],
    title: str,
    run: Callable[..., DisposalBatch],
) -> HttpResponse:
    batch = _batch(request, pk)
    if not DISPOSAL.allows(request.user, batch, verb):
        require(request.user, DISPOSAL.who(verb), batch)
        messages.info(request, DISPOSAL.passed(verb, batch))
        return redirect("leads:disposal", batch.pk)
    form = form_class(request.POST or None, initial={"version": batch.version})
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        values["expected_version"] = values.pop("version")
        try:
            run(batch=batch, actor=request.user, **values)
        except Conflict as conflict:
            form.add_error(None, str(conflict))
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, f"批次 {batch.number} 已办理。")
            return redirect("leads:disposal", batch.pk)
    context = {
        "form": form,
        "title": title,
        "submit": title,
        "about": f"{batch.number}　处置 {batch.items.to_dispose().count()} 条",
        "back_url": reverse("leads:disposal", args=[batch.pk]),
        "breadcrumbs": _crumbs(request, title),
    }
    return render(request, "step_form.html", context)


def _batch(request: HttpRequest, pk: int) -> DisposalBatch:
    batches = DisposalBatch.objects.visible_to(request.user).select_related(
        "proposed_by", "reviewed_by", "approved_by"
    )
    return get_object_or_404(batches, pk=pk)


def _town(request: HttpRequest) -> int:
    return min(request.user.jurisdictions_as(*OFFICE_ROLES))


def _ticked(request: HttpRequest) -> set[int]:
    """The keys of the ticked rows; what is none is left out."""
    given = request.POST.getlist("lead")
    return {int(key) for key in given if re.fullmatch(r"[0-9]{1,18}", key)}


def _token(request: HttpRequest) -> uuid.UUID:
    """The page's token; a new one for what carries none, which then is no second click."""
    try:
        return uuid.UUID(request.POST.get("submission", ""))
    except ValueError:
        return uuid.uuid4()


def _words(refused: Any) -> str:
    messages_of = getattr(refused, "messages", None)
    return "；".join(messages_of) if messages_of else str(refused)


def _crumbs(request: HttpRequest, label: str) -> list[dict[str, str]]:
    crumbs = breadcrumbs(request, "到期处置", label)
    crumbs[-2]["url"] = reverse("leads:disposals")
    return crumbs
