"""字典与规则: dictionaries, the routing table and the words of papers, for the director."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from audit.machine import Conflict
from audit.seen import mark_of
from departments import services as departments
from departments.models import DictionaryEntry, Unit
from departments.permissions import directs_every_town, is_director, require
from leads.deadlines.kinds import DeadlineKind
from leads.deadlines.rules import Rules
from leads.documents import services as documents
from leads.documents.states import PaperKind
from leads.models import RoutingRule
from leads.routing import services as routing
from leads.routing.suggestions import Table
from leads.setup.dictionaries import DICTIONARIES, label
from leads.setup.forms import EntryForm, NewEntryForm, PaperForm, RuleForm, TryForm
from pages.forms import add_conflict, add_errors


@require_safe
def setup(request: HttpRequest) -> HttpResponse:
    town = Unit.objects.directed_by(request.user)
    rules = RoutingRule.objects.of(town)
    context = {
        "dictionaries": [
            (name, label(model), list(model.objects.active()))
            for name, model in DICTIONARIES.items()
        ],
        "rules": rules.active(),
        "papers": PaperKind.choices,
        "deadlines": [
            (DeadlineKind(kind).label, rule) for kind, rule in Rules.of(town.pk).by_kind.items()
        ],
        "breadcrumbs": _crumbs(),
    }
    return render(request, "leads/setup.html", context)


def dictionary(request: HttpRequest, kind: str) -> HttpResponse:
    """The rows of one dictionary, and a new one. Who directs some of the towns only reads."""
    model = _dictionary(request, kind)
    if request.method == "POST":
        require(request.user, directs_every_town)
    form = NewEntryForm(request.POST or None, model=model)

    def add(values: dict[str, Any]) -> None:
        departments.add_entry(model=model, actor=request.user, **values)

    if _done(request, form, add, "已新增。"):
        return redirect("leads:dictionary", kind)
    context = {"kind": kind, "title": label(model), "rows": model.objects.all(), "form": form}
    context["may_edit"] = directs_every_town.test(request.user)
    context["breadcrumbs"] = _crumbs((label(model), ""))
    return render(request, "leads/setup_dictionary.html", context)


def entry(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    model = _dictionary(request, kind)
    require(request.user, directs_every_town)
    row = get_object_or_404(model, pk=pk)
    initial = {name: getattr(row, name) for name in ("name", "is_active", *model.flags())}
    initial["seen"] = mark_of(departments.entry_words(row))
    form = EntryForm(request.POST or None, model=model, initial=initial)

    def edit(values: dict[str, Any]) -> None:
        departments.edit_entry(entry=row, actor=request.user, **values)

    back = reverse("leads:dictionary", args=[kind])

    def now() -> dict[str, str]:
        return departments.entry_words(model.objects.get(pk=pk))

    if _done(request, form, edit, "已保存。", now):
        return redirect(back)
    return _form_page(request, form, title=row.name, crumb=(label(model), back))


@require_POST
def entry_move(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    model = _dictionary(request, kind)
    require(request.user, directs_every_town)
    row = get_object_or_404(model, pk=pk)
    departments.move_entry(entry=row, actor=request.user, up="up" in request.POST)
    return redirect("leads:dictionary", kind)


@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """The routing table, and a box to try it."""
    town = Unit.objects.directed_by(request.user)
    tried = TryForm(request.GET if "try" in request.GET else None, town=town)
    found = Table.read(town).suggest(tried.facts) if tried.is_valid() else None
    context = {"rules": RoutingRule.objects.of(town), "form": tried, "found": found}
    context["breadcrumbs"] = _crumbs(("转办规则", ""))
    return render(request, "leads/setup_rules.html", context)


def rule_create(request: HttpRequest) -> HttpResponse:
    return _edit_rule(request, None)


def rule_edit(request: HttpRequest, pk: int) -> HttpResponse:
    town = Unit.objects.directed_by(request.user)
    return _edit_rule(request, get_object_or_404(RoutingRule, pk=pk, jurisdiction=town))


@require_POST
def rule_move(request: HttpRequest, pk: int) -> HttpResponse:
    rule = get_object_or_404(
        RoutingRule, pk=pk, jurisdiction=Unit.objects.directed_by(request.user)
    )
    routing.move_rule(rule=rule, actor=request.user, up="up" in request.POST)
    return redirect("leads:rules")


def paper_template(request: HttpRequest, kind: str) -> HttpResponse:
    town = Unit.objects.directed_by(request.user)
    if kind not in PaperKind.values:
        raise Http404
    template = documents.template_for(town, kind)
    initial = {"seen": mark_of(documents.template_words(template))}
    form = PaperForm(request.POST or None, instance=template, initial=initial)

    def edit(values: dict[str, Any]) -> None:
        documents.edit_template(template=template, actor=request.user, **values)

    def now() -> dict[str, str]:
        return documents.template_words(documents.template_for(town, kind))

    if _done(request, form, edit, "已保存，今后的文书按新模板生成。", now):
        return redirect("leads:setup")
    title = f"{template.get_kind_display()}模板"
    return _form_page(request, form, title=title, template="leads/setup_paper.html")


def _edit_rule(request: HttpRequest, rule: RoutingRule | None) -> HttpResponse:
    town = Unit.objects.directed_by(request.user)
    initial = {"seen": mark_of(routing.in_words(rule))} if rule else {}
    form = RuleForm(request.POST or None, instance=rule, initial=initial, town=town)

    def save(values: dict[str, Any]) -> None:
        routing.save_rule(rule=rule, town=town, actor=request.user, **values)

    def now() -> dict[str, str]:
        return routing.in_words(rule) if rule else {}

    if _done(request, form, save, "已保存。", now):
        return redirect("leads:rules")
    title = "修改转办规则" if rule else "新增转办规则"
    return _form_page(request, form, title=title, crumb=("转办规则", reverse("leads:rules")))


def _dictionary(request: HttpRequest, kind: str) -> type[DictionaryEntry]:
    require(request.user, is_director)
    if kind not in DICTIONARIES:
        raise Http404
    return DICTIONARIES[kind]


def _done(
    request: HttpRequest,
    form: BaseForm,
    run: Callable[[dict[str, Any]], object],
    words: str,
    now: Callable[[], dict[str, str]] = dict,
) -> bool:
    """Whether the form was sent, was right and is done; what was wrong stands on the form.

    Who was slower than another finds what stands there `now` beside what they typed; the next
    click decides.
    """
    if request.method != "POST" or not form.is_valid():
        return False
    try:
        run(form.cleaned_data)
    except Conflict as conflict:
        add_conflict(form, str(conflict), mark_of(now()))
        return False
    except ValidationError as error:
        add_errors(form, error)
        return False
    messages.success(request, words)
    return True


def _form_page(
    request: HttpRequest,
    form: BaseForm,
    *,
    title: str,
    crumb: tuple[str, str] | None = None,
    template: str = "leads/setup_form.html",
) -> HttpResponse:
    above = [crumb] if crumb else []
    context = {"form": form, "title": title, "breadcrumbs": _crumbs(*above, (title, ""))}
    context["back_url"] = context["breadcrumbs"][-2]["url"]
    return render(request, template, context)


def _crumbs(*below: tuple[str, str]) -> list[dict[str, str]]:
    top = ("字典与规则", reverse("leads:setup") if below else "")
    steps = [("首页", reverse("home")), top, *below]
    return [{"label": name, "url": url} for name, url in steps]
