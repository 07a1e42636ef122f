"""Binding a phone, showing its code, and recovery codes."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from access.factors import codes, services, session
from access.factors.forms import CodeForm, ConfirmForm
from access.factors.models import Authenticator
from access.factors.states import FactorState
from access.gate import page_due
from access.permissions import needs_factor
from access.sessions.services import end_others
from audit.machine import Conflict
from files.sealing import Unreadable

PLAIN, WHOLE = "base_plain.html", "base.html"


@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """Show the second factor, once in every session."""
    if session.state_of(request) is not FactorState.DUE:
        return redirect("home")
    paper = "paper" in request.GET
    form = CodeForm(request.POST or None, paper=paper)
    if request.method == "POST" and form.is_valid() and _passes(request, form):
        session.note_given(request)
        return redirect(_wanted(request))
    context = {"form": form, "paper": paper, "next": request.GET.get("next", "")}
    return render(request, "access/check.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def factor(request: HttpRequest) -> HttpResponse:
    """Bind a phone: first what it is for, then the picture, then the code that shows it."""
    device = services.authenticator_of(request.user)
    if device is not None and device.confirmed:
        return redirect("access:account")
    if "begin" in request.POST:
        services.begin(account=request.user)
        return redirect("access:factor")
    form = ConfirmForm(request.POST or None)
    if device is not None and request.method == "POST" and form.is_valid():
        fresh = _confirmed(request, form)
        if fresh:
            return _show_codes(request, fresh)
    context = _picture(device) if device is not None else {}
    context |= {"form": form, "must": needs_factor.test(request.user), "layout": _layout(request)}
    return render(request, "access/factor.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def renew(request: HttpRequest) -> HttpResponse:
    """New recovery codes."""
    if not services.has_factor(request.user):
        return redirect("access:account")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        checked, fresh = services.renew_codes(account=request.user, typed=form.cleaned_data["code"])
        if fresh:
            return _show_codes(request, fresh)
        form.add_error("code", checked.words)
    return render(request, "access/renew.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest) -> HttpResponse:
    """Give the binding up, also to bind another phone."""
    if not services.has_factor(request.user):
        return redirect("access:account")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        checked = services.remove(account=request.user, typed=form.cleaned_data["code"])
        if checked.passed:
            session.note_removed(request)
            messages.success(request, "已解除手机验证。")
            return redirect("access:factor" if page_due(request) else "access:account")
        form.add_error("code", checked.words)
    context = {"form": form, "must": needs_factor.test(request.user)}
    return render(request, "access/remove.html", context)


def _passes(request: HttpRequest, form: CodeForm) -> bool:
    checked = services.check(account=request.user, typed=form.cleaned_data["code"])
    if not checked.passed:
        form.add_error("code", checked.words)
    return checked.passed


def _confirmed(request: HttpRequest, form: ConfirmForm) -> list[str]:
    """The recovery codes, once password and code are right; else why not stands on the form."""
    known = authenticate(
        request, username=request.user.username, password=form.cleaned_data["password"]
    )
    if known != request.user:
        form.add_error("password", "密码不正确。")
        return []
    try:
        checked, fresh = services.confirm(account=request.user, typed=form.cleaned_data["code"])
    except Conflict as conflict:
        form.add_error(None, str(conflict))
        return []
    if not checked.passed:
        form.add_error("code", checked.words)
    return fresh


def _show_codes(request: HttpRequest, fresh: list[str]) -> HttpResponse:
    """The only time that anybody sees them. Whoever can make them has shown the factor."""
    layout = _layout(request)
    session.note_given(request)
    end_others(account=request.user, keep=request.session.session_key, reason="变更二次验证")
    context = {"codes": fresh, "layout": layout}
    return render(request, "access/codes.html", context)


def _picture(device: Authenticator) -> dict[str, str]:
    try:
        secret, username = device.key, device.user.username
    except Unreadable:
        return {}  # a binding that was never finished begins anew
    address = codes.address_of(secret, issuer=settings.PORTAL_NAME, username=username)
    typed = codes.typed_key(secret)
    return {"picture": codes.picture_of(address), "key": codes.in_fours(typed).replace("-", " ")}


def _layout(request: HttpRequest) -> str:
    """Without a menu where none of it can be reached yet."""
    return PLAIN if page_due(request) else WHOLE


def _wanted(request: HttpRequest) -> str:
    """The page that was asked for before the code, if it is one of ours."""
    address = request.POST.get("next") or ""
    if url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return address
    return reverse("home")
