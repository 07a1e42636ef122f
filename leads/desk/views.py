"""The public page. Whoever opens it is nobody: no session, no cookie, no address in any record."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from csp.constants import NONE, SELF
from csp.decorators import csp_replace
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from audit.models import Action
from audit.services import answering, record
from departments.acting import as_system
from departments.models import Unit, UnitKind
from leads.codes import asking, digits, tokens
from leads.codes import services as codes
from leads.codes.models import QueryCode
from leads.codes.states import Way
from leads.desk import limits, services
from leads.desk.forms import AddForm, AskForm, ReportForm
from pages.forms import add_errors

#: How long a page that was opened may be sent, in seconds.
OPEN = 2 * 60 * 60
POLICY = {
    "default-src": [NONE],
    "style-src": [SELF],
    "img-src": [SELF, "data:"],
    "font-src": [SELF],
    "form-action": [SELF],
    "base-uri": [NONE],
    "frame-ancestors": [NONE],
}
EXPIRED = "页面打开的时间过长，还没有提交。请核对后再点一次。"
BUSY = "现在操作过于频繁，请过一会儿再试，或者拨打举报电话。"

View = Callable[..., HttpResponse]


def _public(*methods: str) -> Callable[[View], View]:
    """A page for nobody in particular; 404 where the town has none.

    Exempt from the check against forged forms, which rests on a cookie: there is nothing of the
    visitor's that a forged form could use, and every form carries a token of its own.
    """

    def decorator(view: View) -> View:
        @csrf_exempt
        @login_not_required
        @require_http_methods(methods)
        @csp_replace(POLICY)
        @wraps(view)
        def shown(request: HttpRequest) -> HttpResponse:
            town = services.town()
            if town is None:
                raise Http404
            # Nobody asks, so nobody is shown a lead: what a code or a report is about is read by
            # the portal itself, and the page tells a few words of it.
            with answering(None), as_system():
                response = view(request, town)
            response["Referrer-Policy"] = "no-referrer"
            return response

        return shown

    return decorator


@_public("GET", "HEAD")
def home(request: HttpRequest, town: Unit) -> HttpResponse:
    return _page("home", town, form=AskForm(initial={"token": _token("ask")}))


@_public("GET", "HEAD", "POST")
def report(request: HttpRequest, town: Unit) -> HttpResponse:
    """The form, and the code: shown by the answer, stored nowhere. Sent again, the same code."""
    if request.method != "POST":
        fresh = ReportForm(initial={"token": _token("report")}, town=town)
        return _page("report", town, form=fresh)
    form = ReportForm(request.POST, town=town)
    secret = _opened("report", form)
    if secret is None:
        return _again("report", town, form, EXPIRED)
    if form.is_valid() and not _is_used_up("send", request, form):
        try:
            values = {name: form.cleaned_data[name] for name in ("conduct", "place", "text")}
            _, code = services.report(secret=secret, **values)
        except services.Full as full:
            form.add_error(None, str(full))
        except ValidationError as error:
            add_errors(form, error)
        else:
            limits.count("send", request)
            return _page("shown", town, code=digits.grouped(code))
    return _page("report", town, form=form)


@_public("POST")
def ask(request: HttpRequest, town: Unit) -> HttpResponse:
    form = AskForm(request.POST)
    if _opened("ask", form) is None:
        return _again("home", town, form, EXPIRED, purpose="ask")
    if not form.is_valid() or any(_is_used_up(act, request, form) for act in ("ask", "wrong")):
        return _page("home", town, form=form)
    limits.count("ask", request)
    found = asking.find(form.cleaned_data["code"])
    if found is None or found.lead.jurisdiction_id != town.pk:
        limits.count("wrong", request)
        record(action=Action.CODE_WRONG, actor_name=services.ACCOUNT)
        form.add_error("code", "没有这个查询码，请核对。补发过的，以新的查询码为准。")
        return _page("home", town, form=form)
    record(action=Action.CODE_QUERIED, actor_name=services.ACCOUNT, obj=found)
    token = tokens.fresh("web add", actor=None, about=found.pk)
    return _page("answer", town, form=AddForm(initial={"token": token}), found=found)


@_public("POST")
def add(request: HttpRequest, town: Unit) -> HttpResponse:
    """What a reporter adds, on the page that answered the code."""
    form = AddForm(request.POST)
    opened = tokens.opened(
        "web add", form["token"].value() or "", actor=None, max_age=tokens.ADDING
    )
    found = opened and QueryCode.objects.in_force().filter(pk=opened[0]).first()
    if not found:
        fresh = AskForm(initial={"token": _token("ask")})
        words = "页面打开的时间过长，没有保存。请重新输入查询码，再填写补充的情况。"
        return _page("home", town, form=fresh, notice=words, typed=request.POST.get("text", ""))
    if not form.is_valid() or _is_used_up("send", request, form):
        return _page("answer", town, form=form, found=found)
    codes.supplement(
        lead=asking.matter_of(found.lead),
        actor=services.account(),
        submission=uuid.uuid5(uuid.NAMESPACE_OID, opened[1]),
        way=Way.WEB,
        text=form.cleaned_data["text"],
    )
    limits.count("send", request)
    return _page("added", town)


def _token(purpose: str) -> str:
    return tokens.fresh(f"web {purpose}", actor=None, about=0)


def _opened(purpose: str, form: Form) -> str | None:
    """The secret of the page that was sent; None when it is forged or was open for too long."""
    token = form["token"].value() or ""
    opened = tokens.opened(f"web {purpose}", token, actor=None, max_age=OPEN)
    return opened[1] if opened else None


def _is_used_up(act: str, request: HttpRequest, form: Form) -> bool:
    """Whether `act` was done too often; the form then says so."""
    used_up = limits.is_used_up(act, request)
    if used_up:
        form.add_error(None, BUSY)
    return used_up


def _again(
    name: str, town: Unit, form: Form, words: str, *, purpose: str = "report"
) -> HttpResponse:
    """The form as it was typed, with a word on why and a token for the next click."""
    form.data = form.data.copy()
    form.data["token"] = _token(purpose)
    form.add_error(None, words)
    return _page(name, town, form=form)


def _page(name: str, town: Unit, **context: Any) -> HttpResponse:
    """Rendered without the request: no context processor reads who might be signed in."""
    found = context.get("found")
    if found is not None:
        context["answer"] = asking.answer_of(found)
    context |= {
        "town": town,
        "office": Unit.objects.active().filter(jurisdiction=town, kind=UnitKind.OFFICE).first(),
        "is_demo": settings.PORTAL_DEMO,
    }
    return HttpResponse(render_to_string(f"leads/desk/{name}.html", context))
