"""Codes: shown once, asked for, added to, answered."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from audit.machine import Conflict
from departments.models import Account, Unit, UnitKind
from departments.permissions import require
from leads.codes import asking, digits, services, tokens
from leads.codes.forms import CodeForm, IssueForm, ReplyForm, SupplementForm
from leads.codes.models import QueryCode, Supplement
from leads.codes.permissions import (
    can_answer,
    can_issue,
    can_read_supplement,
    can_reply,
    has_a_reporter,
)
from leads.models import Lead
from leads.permissions import can_handle
from leads.states import LeadState
from leads.views.steps import act, breadcrumbs, lead_step
from pages.forms import add_errors

#: What the form of the next lead may be filled with: what `leads.views.intake` keeps.
NEXT = ("channel", "reporter_kind", "received_on", "place")


@require_http_methods(["GET", "HEAD", "POST"])
def lead_code(request: HttpRequest, number: str) -> HttpResponse:
    """A page before the code is shown, so that pen and paper are at hand; then the code, once.

    The code is shown by the answer to the form and is stored nowhere. For a quarter of an hour
    the same page, sent again, shows the same code: a second click, or an answer that was lost.
    """
    lead = get_object_or_404(Lead.objects.visible_to(request.user), number=number)
    require(request.user, can_issue, lead)
    current = lead.codes.in_force().select_related("issued_by").first()
    if request.method == "POST":
        return _show_code(request, lead, current)
    if current is not None and not can_handle.test(request.user, lead):
        messages.info(request, "这条线索已发放查询码。遗失的，请举报人联系扫黑办补发。")
        return redirect("leads:detail", lead.number)
    return _before(request, lead, current)


def _show_code(request: HttpRequest, lead: Lead, current: QueryCode | None) -> HttpResponse:
    form = IssueForm(request.POST, replaces="note" in request.POST)
    if not form.is_valid():
        return _before(request, lead, current, form)
    opened = tokens.opened(
        "issue", form.cleaned_data["token"], actor=request.user, max_age=tokens.SHOWING
    )
    if opened is None or opened[0] != lead.pk:
        messages.warning(request, "页面已过期，请再点一次。")
        return redirect("leads:code", lead.number)
    try:
        row, code = services.issue(
            lead=lead,
            actor=request.user,
            secret=opened[1],
            reason=form.cleaned_data.get("note", ""),
        )
    except Conflict as conflict:
        messages.error(request, str(conflict))
        return redirect("leads:detail", lead.number)
    except ValidationError as error:
        form = IssueForm(request.POST, replaces=True)
        form.is_valid()
        add_errors(form, error)
        return _before(request, lead, current, form)
    context = {
        "lead": lead,
        "code": digits.grouped(code),
        "serial": row.serial,
        "office": Unit.objects.filter(jurisdiction=lead.jurisdiction_id, kind=UnitKind.OFFICE)
        .active()
        .first(),
        "public_url": _public_url(request),
        **_onward(request),
    }
    context["breadcrumbs"] = breadcrumbs(request, "查询码")
    return render(request, "leads/codes/shown.html", context)


def _before(
    request: HttpRequest, lead: Lead, current: QueryCode | None, form: IssueForm | None = None
) -> HttpResponse:
    if form is None:
        token = tokens.fresh("issue", actor=request.user, about=lead.pk)
        form = IssueForm(initial={"token": token}, replaces=current is not None)
    context = {"lead": lead, "form": form, "current": current, **_onward(request)}
    context["breadcrumbs"] = breadcrumbs(request, lead.number, "查询码")
    context["breadcrumbs"][-2]["url"] = reverse("leads:detail", args=[lead.number])
    return render(request, "leads/codes/before.html", context)


def _onward(request: HttpRequest) -> dict[str, str]:
    """Where the clerk goes on: to the next lead, where that button was pressed."""
    if "another" not in request.GET:
        return {}
    kept = {name: request.GET[name] for name in NEXT if request.GET.get(name)}
    return {"next_url": f"{reverse('leads:create')}?{urlencode(kept)}"}


def _public_url(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("desk:home")) if settings.PORTAL_PUBLIC_DESK else ""


def code_query(request: HttpRequest) -> HttpResponse:
    """A clerk types a code, and reads out what it tells. No lead's number stands here: whether
    the clerk sees the lead is not told by what the page leaves out."""
    require(request.user, can_answer)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            found, answer = asking.answer_clerk(actor=request.user, code=form.cleaned_data["code"])
        except (asking.Unknown, asking.TooMany) as refused:
            form.add_error("code", str(refused))
        else:
            token = tokens.fresh("add", actor=request.user, about=found.pk)
            return _answered(request, found, answer, SupplementForm(initial={"token": token}))
    context = {"form": form, "breadcrumbs": breadcrumbs(request, "查询码查询")}
    return render(request, "leads/codes/query.html", context)


@require_POST
def code_supplement(request: HttpRequest) -> HttpResponse:
    """What the reporter adds, on the page that answered the code."""
    require(request.user, can_answer)
    form = SupplementForm(request.POST)
    found, submission = _typed_before(request, form["token"].value())
    if found is None:
        messages.warning(request, "页面已过期，没有保存。请重新输入查询码，再填写补充内容。")
        return redirect("leads:codes")
    if not form.is_valid():
        return _answered(request, found, asking.answer_of(found), form)
    _, made = services.supplement(
        lead=asking.matter_of(found.lead),
        actor=request.user,
        submission=submission,
        way=form.cleaned_data["way"],
        text=form.cleaned_data["text"],
    )
    messages.success(request, "补充内容已记入线索。" if made else "已经记录过，没有重复记录。")
    return redirect("leads:codes")


def _typed_before(request: HttpRequest, token: str | None) -> tuple[QueryCode | None, uuid.UUID]:
    """The code in force that this person typed a while ago, and the key of what they add."""
    opened = tokens.opened("add", token or "", actor=request.user, max_age=tokens.ADDING)
    if opened is None:
        return None, uuid.uuid4()
    return asking.typed(opened[0]), uuid.uuid5(uuid.NAMESPACE_OID, opened[1])


def _answered(
    request: HttpRequest, found: QueryCode, answer: asking.Answer, form: SupplementForm
) -> HttpResponse:
    context = {"serial": found.serial, "answer": answer, "form": form}
    context["breadcrumbs"] = breadcrumbs(request, "查询码查询")
    return render(request, "leads/codes/answer.html", context)


@require_POST
def supplement_read(request: HttpRequest, pk: int) -> HttpResponse:
    """The office has read an addition, and passes it on to the units or does not."""
    found = Supplement.objects.visible_to(request.user).select_related("lead")
    supplement = get_object_or_404(found, pk=pk)
    require(request.user, can_read_supplement, supplement)
    try:
        services.read_supplement(
            supplement=supplement, actor=request.user, share="share" in request.POST
        )
        messages.success(request, "已阅处。")
    except Conflict as conflict:
        messages.info(request, str(conflict))
    return redirect("leads:detail", supplement.lead.number)


def lead_reply(request: HttpRequest, number: str) -> HttpResponse:
    step = lead_step(
        request, number, "reply", who=can_reply, during=LeadState.values, label="答复举报人"
    )
    last = step.lead.replies.last()
    initial = {"version": step.lead.version, "words": last.words if last else ""}
    return act(
        request,
        step,
        form=ReplyForm(request.POST or None, initial=initial),
        title="答复举报人",
        submit="保存",
        done="的答复已保存，凭查询码可以看到。",
        run=lambda values: services.reply(lead=step.lead, actor=request.user, **values),
    )


def after_intake(lead: Lead, actor: Account, posted: QueryDict) -> str | None:
    """The address of the code's page, for a lead just logged by a channel that hands codes out.

    None where there is no code to show. Goes on to the next lead where that button was pressed.
    """
    if not (lead.channel.gives_code and has_a_reporter.test(actor, lead)):
        return None
    url = reverse("leads:code", args=[lead.number])
    if "another" not in posted:
        return url
    kept: dict[str, Any] = {name: posted[name] for name in NEXT if posted.get(name)}
    return f"{url}?{urlencode({'another': 1} | kept)}"
