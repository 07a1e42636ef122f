"""Pages of a request: asking, deciding, taking back, and looking."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from audit.machine import Conflict
from departments.permissions import require
from leads.models import Lead, Release
from leads.reporters.permissions import can_ask, can_look
from leads.reporters.releases import services
from leads.reporters.releases.forms import ApproveForm, AskForm, RejectForm
from leads.reporters.releases.machine import RELEASE
from leads.views.steps import breadcrumbs
from pages.forms import add_errors


def release_ask(request: HttpRequest, number: str) -> HttpResponse:
    lead = get_object_or_404(Lead.objects.visible_to(request.user), number=number)
    require(request.user, can_ask, lead)
    form = AskForm(request.POST or None)
    return _form(
        request,
        form,
        lead.number,
        title="申请查看举报人信息",
        submit="提交申请",
        done="已提交申请，等待主任审批。",
        run=lambda values: services.ask(lead=lead, actor=request.user, **values),
    )


def release_approve(request: HttpRequest, pk: int) -> HttpResponse:
    release = _release(request, pk, "approve")
    return _form(
        request,
        ApproveForm(request.POST or None),
        release.lead.number,
        release=release,
        title="批准查看举报人信息",
        submit="批准",
        done="已批准，申请人在期限内可以查看。",
        run=lambda values: services.approve(release=release, actor=request.user, **values),
    )


def release_reject(request: HttpRequest, pk: int) -> HttpResponse:
    release = _release(request, pk, "reject")
    return _form(
        request,
        RejectForm(request.POST or None),
        release.lead.number,
        release=release,
        title="不同意查看举报人信息",
        submit="不同意",
        done="已答复不同意。",
        run=lambda values: services.reject(
            release=release, actor=request.user, note=values["reason"]
        ),
    )


@require_POST
def release_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    release = _release(request, pk, "withdraw")
    return _press(request, release, services.withdraw, "申请已撤回。")


@require_POST
def release_end(request: HttpRequest, pk: int) -> HttpResponse:
    release = _release(request, pk, "end")
    return _press(request, release, services.end, "查看已结束，不能再看。")


@require_POST
def release_look(request: HttpRequest, pk: int) -> HttpResponse:
    """Only by a button: each look is an act, and on record before anything is shown."""
    releases = Release.objects.visible_to(request.user).select_related("lead")
    release = get_object_or_404(releases, pk=pk)
    require(request.user, can_look, release)
    try:
        shown = services.look(release=release, actor=request.user)
    except Conflict as conflict:
        messages.error(request, str(conflict))
        return redirect("leads:detail", release.lead.number)
    context = {
        "lead": release.lead,
        "shown": shown,
        "release": release,
        "back_url": reverse("leads:detail", args=[release.lead.number]),
        "breadcrumbs": breadcrumbs(request, release.lead.number, "举报人信息"),
    }
    return render(request, "leads/reporters/identities.html", context)


def _release(request: HttpRequest, pk: int, verb: str) -> Release:
    releases = Release.objects.visible_to(request.user).select_related("lead", "asked_by")
    release = get_object_or_404(releases, pk=pk)
    require(request.user, RELEASE.who(verb), release)
    return release


def _form(
    request: HttpRequest,
    form: Any,
    number: str,
    *,
    run: Callable[[dict[str, Any]], Any],
    done: str,
    **context: Any,
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            run(form.cleaned_data)
        except Conflict as conflict:
            form.add_error(None, str(conflict))
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, f"线索 {number} {done}")
            return redirect("leads:detail", number)
    context |= {
        "form": form,
        "number": number,
        "back_url": reverse("leads:detail", args=[number]),
        "breadcrumbs": breadcrumbs(request, number, context["title"]),
    }
    return render(request, "leads/reporters/form.html", context)


def _press(
    request: HttpRequest, release: Release, run: Callable[..., Release], done: str
) -> HttpResponse:
    try:
        run(release=release, actor=request.user)
        messages.success(request, f"线索 {release.lead.number} {done}")
    except Conflict as conflict:
        messages.error(request, str(conflict))
    if Lead.objects.visible_to(request.user).filter(pk=release.lead_id).exists():
        return redirect("leads:detail", release.lead.number)
    return redirect("leads:reporters")
