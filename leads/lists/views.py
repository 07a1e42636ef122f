"""Pages of the lists of leads: parse, ask who may, call one service, answer."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from audit.models import Action
from audit.services import record
from departments.models import Account
from departments.permissions import require
from jobs.asking import ask_for_export
from leads.alerts.banner import banner_for
from leads.lists import columns, services
from leads.lists.bulk.models import BulkAction, BulkRun
from leads.lists.bulk.permissions import ALLOWED
from leads.lists.forms import ColumnsForm, ExportForm, NameForm
from leads.lists.listing import Listing
from leads.lists.models import ListPreference, SavedFilter
from leads.lists.rows import rows_of
from leads.lists.tabs import TODO, tabs_for, waiting_label
from leads.permissions import can_register, can_search_leads, reads_leads
from leads.views.steps import breadcrumbs, list_url, remember_list
from pages.forms import add_errors
from pages.keyset import count_label, page_of


@require_safe
def lead_list(request: HttpRequest) -> HttpResponse:
    user = request.user
    require(user, can_search_leads)
    if not request.htmx:  # which asks for the rest of the filter bar
        remember_list(request)
    listing = Listing(user, request.GET)
    shown = columns.for_page(user, _chosen_columns(user))
    page = page_of(columns.prepare(listing.leads, shown, user=user), request, listing.order)
    if request.GET.get("q"):
        record(action=Action.SEARCHED, request=request)
    context = {
        "page": page,
        "banner": banner_for(user),
        "rows": rows_of(page.rows, shown, user),
        "headings": _headings(shown, listing),
        "order": listing.order,
        "filter": listing.filter,
        "query": listing.query,
        "tab": listing.tab.code,
        "tabs": _tabs(user),
        "reset_url": _tab_url(listing.tab.code),
        "is_filtered": listing.is_filtered,
        "saved_filters": SavedFilter.objects.visible_to(user),
        "columns_form": ColumnsForm(
            user=user, initial={"columns": [column.code for column in shown]}
        ),
        "actions": [action for action in BulkAction if ALLOWED[action].test(user)],
        "can_register": can_register.test(user),
        "reads": reads_leads.test(user),
    }
    return render(request, "leads/lists/lead_list.html", context)


@require_POST
def columns_choose(request: HttpRequest) -> HttpResponse:
    """Remember the columns; `reset` goes back to the usual ones."""
    require(request.user, can_search_leads)
    form = ColumnsForm(request.POST, user=request.user)
    if "reset" in request.POST:
        services.choose_columns(actor=request.user, chosen=None)
    elif form.is_valid():
        services.choose_columns(actor=request.user, chosen=form.cleaned_data["columns"])
    else:
        messages.error(request, "没有这一列，请刷新页面后重选。")
    return redirect(_list_url(Listing.of(request.user, request.POST.get("query", "")).query))


def export(request: HttpRequest) -> HttpResponse:
    """The ledger of the list as it is filtered and sorted."""
    require(request.user, can_search_leads)
    listing = Listing(request.user, request.GET)
    return ask_for_ledger(request, query=listing.query, count=count_label(listing.leads))


def ask_for_ledger(
    request: HttpRequest, *, query: str, count: str, run: BulkRun | None = None
) -> HttpResponse:
    """Ask for purpose and columns of a ledger: of the list, or of the leads of `run` alone."""

    def params(given: dict[str, Any]) -> dict[str, Any]:
        shown = columns.for_page(request.user, _chosen_columns(request.user))
        codes = [column.code for column in shown]
        return {
            "query": query,
            "run": str(run.public_id) if run else "",
            "columns": codes if given["layout"] == ExportForm.SHOWN else None,
        }

    return ask_for_export(
        request,
        "lead_ledger",
        params=params,
        about=f"按当前筛选和排序，{count}；只含您有权看的内容",
        back_url=list_url(request),
        form_class=ExportForm,
        breadcrumbs=breadcrumbs(request, "导出台账"),
    )


def filters(request: HttpRequest) -> HttpResponse:
    """One's saved filters; a POST saves the conditions that it brings under a name."""
    require(request.user, can_search_leads)
    given = request.POST if request.method == "POST" else request.GET
    listing = Listing.of(request.user, given.get("query", ""))
    form = NameForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            if not listing.is_valid:
                raise ValidationError("筛选条件有误，请改正后再保存。")
            name = form.cleaned_data["name"]
            saved = services.save_filter(actor=request.user, name=name, query=listing.query)
            messages.success(request, f"已保存为“{saved.name}”。")
            return redirect(_list_url(saved.query))
        except ValidationError as error:
            add_errors(form, error)
    context = {
        "form": form,
        "query": listing.query,
        "saved_filters": SavedFilter.objects.visible_to(request.user),
        "breadcrumbs": breadcrumbs(request, "常用筛选"),
    }
    return render(request, "leads/lists/filters.html", context)


def filter_rename(request: HttpRequest, pk: int) -> HttpResponse:
    saved = _saved(request, pk)
    form = NameForm(request.POST or None, initial={"name": saved.name})
    if request.method == "POST" and form.is_valid():
        try:
            services.rename_filter(actor=request.user, saved=saved, **form.cleaned_data)
            messages.success(request, f"已改名为“{saved.name}”。")
            return redirect("leads:filters")
        except ValidationError as error:
            add_errors(form, error)
    context = {"form": form, "saved": saved}
    context["breadcrumbs"] = breadcrumbs(request, "常用筛选", "改名")
    context["breadcrumbs"][-2]["url"] = reverse("leads:filters")
    return render(request, "leads/lists/filter_rename.html", context)


@require_POST
def filter_delete(request: HttpRequest, pk: int) -> HttpResponse:
    saved = _saved(request, pk)
    services.delete_filter(actor=request.user, saved=saved)
    messages.success(request, f"已删除“{saved.name}”。")
    return redirect("leads:filters")


def _saved(request: HttpRequest, pk: int) -> SavedFilter:
    saved = get_object_or_404(SavedFilter.objects.visible_to(request.user), pk=pk)
    require(request.user, can_search_leads)
    return saved


def _chosen_columns(user: Account) -> list[str] | None:
    own = ListPreference.objects.visible_to(user).filter(view=services.LEADS)
    return own.values_list("columns", flat=True).first()


def _tabs(user: Account) -> list[dict[str, str]]:
    """The tabs, with what waits; nothing to choose from for who has but one."""
    offered = tabs_for(user)
    if len(offered) < 2:
        return []
    return [
        {
            "code": tab.code,
            "label": tab.label,
            "url": _tab_url(tab.code),
            "count": waiting_label(user) if tab.code == TODO else "",
        }
        for tab in offered
    ]


def _headings(shown: list[columns.ListColumn], listing: Listing) -> list[dict[str, Any]]:
    """The heads of the columns: each that sorts, a link to its usual order, then to the other."""
    params = listing.params.copy()
    for name in ("before", "after", "sort"):
        params.pop(name, None)
    current = listing.order
    headings = []
    for column in shown:
        heading = {"label": column.heading, "url": "", "sorted": ""}
        if column.orders:
            usual, other = column.orders
            params["sort"] = other if current.code == usual else usual
            if not params["sort"]:
                del params["sort"]
            heading["url"] = f"?{params.urlencode()}"
            if current.code in column.orders:
                heading["sorted"] = "descending" if current.is_descending else "ascending"
        headings.append(heading)
    return headings


def _list_url(query: str) -> str:
    return reverse("leads:list") + (f"?{query}" if query else "")


def _tab_url(tab: str) -> str:
    return _list_url(f"tab={tab}" if tab else "")
