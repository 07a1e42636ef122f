"""Logging a lead."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from access.gate import page_due
from audit.machine import Conflict
from departments.models import Account, UnitKind
from departments.permissions import require
from files.forms import UploadsForm
from files.sealing import Unreadable
from leads import services
from leads.codes.views import after_intake
from leads.conflicts.intake import kept_away_words
from leads.drafts import content
from leads.drafts import services as drafts
from leads.forms import LeadForm
from leads.models import Lead, LeadDraft
from leads.permissions import can_register
from leads.reporters import typed as typed_rows
from leads.views.steps import breadcrumbs, list_url
from pages.forms import add_errors

#: What 保存并登记下一条 keeps for the next one: where a pile of papers came from.
KEPT = ("channel", "reporter_kind", "received_on", "place")


#: Buttons and tokens: what a page has of itself.
NOT_TYPED = ("csrfmiddlewaretoken", "another", "save_draft", "add_row", "add_reporter")


@login_not_required
def lead_create(request: HttpRequest) -> HttpResponse:
    """The form, and what its buttons do. Nothing typed is lost to a session that has ended."""
    if not request.user.is_authenticated or page_due(request):
        return _signed_out(request)
    require(request.user, can_register)
    if request.method != "POST":
        return _show(request, _fresh(request))
    if "save_draft" in request.POST:
        return _save_draft(request)
    if request.POST.keys() & {"add_row", "add_reporter", "resume"}:
        return _show(request, _as_typed(request))
    return _register(request)


def lead_resume(request: HttpRequest) -> HttpResponse | None:
    """The form as it was sent by a page that had expired; None where nothing was typed in it.

    Nothing is written: the person looks at it and presses the button again.
    """
    if not request.user.is_authenticated or page_due(request):
        return None
    if not can_register.test(request.user):
        return None
    if content.is_blank(content.of_form(request.POST)) and not _reporters(request):
        return None
    messages.warning(request, "页面曾经过期，内容没有提交。请核对后再点一次“登记”。")
    return _show(request, _as_typed(request), status=403)


def _register(request: HttpRequest) -> HttpResponse:
    form = LeadForm(request.POST, town=_town(request.user))
    uploads = UploadsForm.of(request)
    if not (form.is_valid() & uploads.is_valid()):
        return _show(request, form)
    try:
        lead, made = services.register(
            actor=request.user, uploads=uploads.stored, **form.cleaned_data
        )
    except ValidationError as error:
        add_errors(form, error)
        return _show(request, form)
    except Conflict as conflict:
        words = f"{conflict}请先查看那份草稿；以本页为准的，请再点一次“登记”。"
        return _again(request, words, draft_version=_version_now(request, form))
    if not made and not _says_the_same(lead, form):
        words = (
            f"同一份登记已在另一个窗口提交为线索 {lead.number}，内容与本页不同，本页没有保存。"
            "另有其事的，请再点一次“登记”；要改那条线索的，请到线索页“更正”。"
        )
        return _again(request, words, submission=uuid.uuid4(), draft_version=0)
    done = "已登记" if made else "已在此前登记过，没有重复登记"
    messages.success(request, f"线索 {lead.number} {done}。")
    return redirect(_onward(request, lead))


def _onward(request: HttpRequest, lead: Lead) -> str:
    """Where to, after the lead was logged: its code, its page, or the next one's form."""
    kept_away = kept_away_words(lead, request.user)
    if kept_away:
        messages.warning(request, kept_away)
    elif code_url := after_intake(lead, request.user, request.POST):
        return code_url
    elif "another" not in request.POST:
        return reverse("leads:detail", args=[lead.number])
    kept = {name: request.POST[name] for name in KEPT if request.POST.get(name)}
    return f"{reverse('leads:create')}?{urlencode(kept)}"


def _save_draft(request: HttpRequest) -> HttpResponse:
    """The button for browsers without scripts; with them the draft saves itself."""
    named = LeadForm(request.POST, town=_town(request.user))
    named.full_clean()
    submission = named.cleaned_data.get("submission")
    if submission is None:
        return _show(request, named)
    try:
        draft = drafts.save(
            actor=request.user,
            submission=submission,
            content=content.of_post(request.POST),
            reporters=typed_rows.of_post(request.POST),
            expected_version=named.cleaned_data.get("draft_version") or 0,
        )
    except Conflict as conflict:
        words = f"{conflict}以本页为准的，请再点一次“保存草稿”。"
        return _again(request, words, draft_version=_version_now(request, named))
    except ValidationError as error:
        named.add_error(None, error)
        return _show(request, named)
    messages.success(request, "草稿已保存。")
    return redirect(f"{reverse('leads:create')}?draft={draft.submission}")


def _signed_out(request: HttpRequest) -> HttpResponse:
    """To the sign-in page; but a form that was sent stays, to be sent on after signing in."""
    if request.method == "POST" and not content.is_blank(content.of_form(request.POST)):
        typed = [
            (name, value)
            for name, values in request.POST.lists()
            for value in values
            if name not in NOT_TYPED and not typed_rows.is_ours(name)
        ]
        typed.append((typed_rows.CARRIED, _carried_on(request)))
        return render(request, "leads/signed_out.html", {"typed": typed}, status=401)
    if request.user.is_authenticated:
        return redirect(page_due(request))
    return redirect_to_login(request.get_full_path(), reverse("login"))


def _carried_on(request: HttpRequest) -> str:
    """Who reported, for the page of a session that has ended: sealed for the form's owner."""
    rows = typed_rows.of_post(request.POST)
    owner, submission = request.POST.get("owner", ""), request.POST.get("submission", "")
    if rows:
        return typed_rows.carry(rows, owner=owner, submission=submission)
    return request.POST.get(typed_rows.CARRIED, "")


def _reporters(request: HttpRequest) -> typed_rows.Rows:
    """Who reported, as it was sent; nothing where another person's page sent it."""
    owner, submission = request.POST.get("owner", ""), request.POST.get("submission", "")
    if owner != str(request.user.pk):
        return []
    sealed = request.POST.get(typed_rows.CARRIED, "")
    if sealed:
        return typed_rows.carried(sealed, owner=request.user.pk, submission=submission)
    return typed_rows.of_post(request.POST)


def _fresh(request: HttpRequest) -> LeadForm:
    """A form to begin with, or with the draft that the address names."""
    town = _town(request.user)
    if "draft" not in request.GET:
        return LeadForm(town=town, initial=_defaults(request))
    mine = LeadDraft.objects.visible_to(request.user)
    draft = get_object_or_404(mine, submission=_uuid(request.GET["draft"]))
    try:
        reporters = typed_rows.kept_in(draft)
    except Unreadable as unreadable:
        messages.error(request, f"草稿中的举报人信息读不出来：{unreadable}")
        reporters = []
    return _filled(
        request,
        draft.content,
        reporters,
        submission=draft.submission,
        version=draft.version,
    )


def _as_typed(request: HttpRequest) -> LeadForm:
    """What was sent, not yet looked at for errors."""
    typed = content.of_form(request.POST)
    return _filled(
        request,
        typed,
        _reporters(request),
        submission=_uuid(request.POST.get("submission", "")) or uuid.uuid4(),
        version=request.POST.get("draft_version", "0"),
        add_row="add_row" in request.POST,
        add_reporter="add_reporter" in request.POST,
    )


def _filled(
    request: HttpRequest,
    typed: content.Content,
    reporters: typed_rows.Rows,
    *,
    add_row: bool = False,
    add_reporter: bool = False,
    **token: Any,
) -> LeadForm:
    initial = content.initial(typed)
    initial |= {"submission": token["submission"], "draft_version": token["version"]}
    rows = content.subject_rows(typed)
    if add_row:
        rows += [{}]
    return LeadForm(
        town=_town(request.user),
        initial=initial,
        subjects=rows,
        reporters=reporters,
        add_reporter=add_reporter,
    )


def _defaults(request: HttpRequest) -> dict[str, Any]:
    """The channel that this person used last, and a village's own village; or what was kept."""
    logged = Lead.objects.filter(registered_by=request.user, channel__is_active=True)
    last = logged.filter(channel__number_only=False).order_by("-pk")
    initial: dict[str, Any] = {"channel": last.values_list("channel", flat=True).first()}
    if request.user.main_unit.kind == UnitKind.VILLAGE:
        initial["place"] = request.user.main_unit.pk
    return initial | {name: request.GET[name] for name in KEPT if name in request.GET}


def _again(request: HttpRequest, words: str, **changed: Any) -> HttpResponse:
    """The same form with what was typed, a word on why, and fields that the next click needs."""
    data = request.POST.copy()
    for name, value in changed.items():
        data[name] = str(value)
    form = LeadForm(data, town=_town(request.user))
    form.add_error(None, words)
    return _show(request, form)


def _show(request: HttpRequest, form: LeadForm, *, status: int = 200) -> HttpResponse:
    # Whichever button was pressed, what was uploaded stays with the form; not what is forged.
    form.beside = uploads = UploadsForm.of(request, take=status == 200)
    uploads.is_valid()
    submission = str(form["submission"].value())
    mine = list(LeadDraft.objects.visible_to(request.user))
    context = {
        "form": form,
        "uploads": uploads,
        "drafts": [draft for draft in mine if str(draft.submission) != submission],
        "draft": next((draft for draft in mine if str(draft.submission) == submission), None),
        "back_url": list_url(request),
        "breadcrumbs": breadcrumbs(request, "登记线索"),
    }
    return render(request, "leads/lead_form.html", context, status=status)


def _town(user: Account) -> Any:
    return user.main_unit.jurisdiction


def _version_now(request: HttpRequest, form: LeadForm) -> int:
    draft = LeadDraft.objects.visible_to(request.user).filter(
        submission=form.cleaned_data["submission"]
    )
    return draft.values_list("version", flat=True).first() or 0


def _says_the_same(lead: Lead, form: LeadForm) -> bool:
    return all(getattr(lead, name) == form.cleaned_data[name] for name in ("title", "allegation"))


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
