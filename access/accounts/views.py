"""账号与权限, for the three administrators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe
from rules import Predicate

from access.accounts import services
from access.accounts.forms import (
    AccountFilter,
    AccountForm,
    DecisionForm,
    ProposalForm,
    ReasonForm,
    SeenForm,
)
from access.accounts.permissions import (
    grants_roles,
    makes_accounts,
    resets_password_of,
    sees_accounts,
)
from access.accounts.querysets import accounts_for, memberships_for, proposals_for
from access.factors.services import has_factor
from audit.machine import Conflict
from departments.models import Account
from departments.permissions import require
from departments.roles import ADMIN_ROLES
from pages.forms import add_errors
from pages.keyset import page_of

both = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """Who holds which role, what waits for a decision, and the three administrators apart."""
    require(request.user, sees_accounts)
    accounts = accounts_for(request.user).prefetch_related("memberships__unit")
    found = AccountFilter(request.GET, queryset=accounts)
    page = page_of(found.qs if found.form.is_valid() else accounts.none(), request)
    waiting = proposals_for(request.user).filter(is_granted=None).order_by("pk")
    held = memberships_for(request.user).select_related("account")
    context = {
        "page": page,
        "filter": found,
        "waiting": waiting.select_related("account", "unit", "proposed_by"),
        "administrators": held.filter(role__in=ADMIN_ROLES).order_by("role", "account_id"),
        **_rights(request),
    }
    return render(request, "access/people.html", context | _crumbs())


@require_safe
def person(request: HttpRequest, pk: int) -> HttpResponse:
    account = _account(request, pk)
    context = {
        "account": account,
        "memberships": memberships_for(request.user).filter(account=account).select_related("unit"),
        "proposals": proposals_for(request.user)
        .filter(account=account)
        .select_related("unit", "proposed_by", "decided_by")
        .order_by("-pk"),
        "has_factor": has_factor(account),
        "is_self": account == request.user,
        "can_reset_password": resets_password_of.test(request.user, account),
        **_rights(request),
    }
    return render(request, "access/person.html", context | _crumbs((account.full_name, "")))


@both
def person_new(request: HttpRequest) -> HttpResponse:
    """A new account; its initial password is shown once."""
    require(request.user, makes_accounts)
    form = AccountForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            account, password = services.create(actor=request.user, **form.cleaned_data)
            return _show_password(request, account, password)
        except ValidationError as error:
            add_errors(form, error)
    return _form_page(request, form, "建立账号", "建立", reverse("access:people"))


@both
def propose(request: HttpRequest, pk: int) -> HttpResponse:
    account = _account(request, pk, makes_accounts)
    form = ProposalForm(request.POST or None, user=request.user)
    return _act(
        request, account, form, "申请授予角色", "提交申请",
        lambda values: services.propose(actor=request.user, account=account, **values),
    )  # fmt: skip


@both
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    account = _account(request, pk, makes_accounts)
    title = "停用账号" if account.is_active else "启用账号"
    return _act(
        request, account, ReasonForm(request.POST or None), title, title[:2],
        lambda values: services.switch(
            actor=request.user, account=account, is_active=not account.is_active, **values
        ),
    )  # fmt: skip


@both
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    rows = proposals_for(request.user).select_related("account", "unit")
    proposal = get_object_or_404(rows, pk=pk)
    require(request.user, grants_roles)
    title = f"{proposal.unit.name}　{proposal.get_role_display()}"
    return _act(
        request, proposal.account, DecisionForm(request.POST or None), title, "保存决定",
        lambda values: services.decide(actor=request.user, proposal=proposal, **values),
    )  # fmt: skip


@both
def take(request: HttpRequest, pk: int) -> HttpResponse:
    rows = memberships_for(request.user).select_related("account", "unit")
    membership = get_object_or_404(rows, pk=pk)
    require(request.user, grants_roles)
    title = f"撤销角色：{membership.unit.name}　{membership.get_role_display()}"
    return _act(
        request, membership.account, ReasonForm(request.POST or None), title, "撤销",
        lambda values: services.take(actor=request.user, membership=membership, **values),
    )  # fmt: skip


@both
def reset_factor(request: HttpRequest, pk: int) -> HttpResponse:
    account = _account(request, pk, grants_roles)
    return _act(
        request, account, ReasonForm(request.POST or None), "重置手机验证", "重置",
        lambda values: services.reset_factor(actor=request.user, account=account, **values),
    )  # fmt: skip


@both
def reset_password(request: HttpRequest, pk: int) -> HttpResponse:
    """A new initial password, shown once."""
    account = _account(request, pk)
    require(request.user, resets_password_of, account)
    initial = {"seen": services.mark_of_password(account)}
    form = SeenForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            password = services.reset_password(
                actor=request.user, account=account, **form.cleaned_data
            )
            return _show_password(request, account, password)
        except ValidationError as error:
            add_errors(form, error)
        except Conflict as conflict:
            form.add_error(None, str(conflict))
    return _form_page(request, form, "重置密码", "重置", _address(account), account)


def _act(
    request: HttpRequest,
    account: Account,
    form: Form,
    title: str,
    verb: str,
    act: Callable[[dict[str, Any]], Any],
) -> HttpResponse:
    """One form, one service; then back to the account."""
    if request.method == "POST" and form.is_valid():
        try:
            act(form.cleaned_data)
            messages.success(request, f"{title}：已办理。")
            return redirect(_address(account))
        except ValidationError as error:
            add_errors(form, error)
        except Conflict as conflict:
            form.add_error(None, str(conflict))
    return _form_page(request, form, title, verb, _address(account), account)


def _account(request: HttpRequest, pk: int, allowed: Predicate = sees_accounts) -> Account:
    rows: QuerySet[Account] = accounts_for(request.user)
    account = get_object_or_404(rows, pk=pk)
    require(request.user, allowed)
    return account


def _rights(request: HttpRequest) -> dict[str, bool]:
    return {
        "can_make": makes_accounts.test(request.user),
        "can_grant": grants_roles.test(request.user),
    }


def _address(account: Account) -> str:
    return reverse("access:person", args=[account.pk])


def _show_password(request: HttpRequest, account: Account, password: str) -> HttpResponse:
    context = {"account": account, "password": password, "back_url": _address(account)}
    crumbs = _crumbs((account.full_name, _address(account)), ("初始密码", ""))
    return render(request, "access/initial_password.html", context | crumbs)


def _form_page(
    request: HttpRequest,
    form: Form,
    title: str,
    verb: str,
    back_url: str,
    account: Account | None = None,
) -> HttpResponse:
    context = {"form": form, "title": title, "verb": verb, "back_url": back_url, "account": account}
    above = ((account.full_name, _address(account)),) if account else ()
    return render(request, "access/person_form.html", context | _crumbs(*above, (title, "")))


def _crumbs(*below: tuple[str, str]) -> dict[str, Any]:
    crumbs = [("首页", reverse("home")), ("账号与权限", reverse("access:people")), *below]
    return {"breadcrumbs": [{"label": label, "url": url} for label, url in crumbs]}
