"""Pages of the leads: parse, ask who may, call one service, answer."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from audit.machine import Conflict
from audit.models import Action
from audit.services import record
from departments.permissions import require
from leads import services
from leads.filters import LeadFilter
from leads.forms import AssignForm, CloseForm, FeedbackForm, LeadForm, ReasonForm
from leads.machine import ASSIGNMENT, LEAD
from leads.models import Assignment, Lead
from leads.permissions import can_read_content, can_register, can_search_leads
from leads.timeline import awaited_step
from pages.forms import add_errors
from pages.keyset import COUNT_LIMIT, page_of

#: The lists of a person's work, by the name in the address: label, and how each is read.
TABS = {
    "": ("全部", "visible_to"),
    "todo": ("待办", "waiting_for"),
    "handled": ("已办", "handled_by"),
    "mine": ("我登记的", "registered_by"),
}
#: The session's key for the address of the list as it was last seen: 返回 leads there.
LIST_QUERY = "leads_list_query"


@require_safe
def lead_list(request: HttpRequest) -> HttpResponse:
    require(request.user, can_search_leads)
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else ""
    request.session[LIST_QUERY] = request.GET.urlencode()
    leads = getattr(Lead.objects, TABS[tab][1])(request.user)
    shown = Assignment.objects.visible_to(request.user).select_related("unit")
    leads = leads.select_related("place", "domain").prefetch_related(
        Prefetch("assignments", queryset=shown)
    )
    found = LeadFilter(request.GET, queryset=leads, request=request)
    page = page_of(found.qs if found.form.is_valid() else leads.none(), request)
    readable = set(
        Lead.objects.readable_by(request.user)
        .filter(pk__in=[lead.pk for lead in page.rows])
        .values_list("pk", flat=True)
    )
    if request.GET.get("q"):
        record(action=Action.SEARCHED, request=request)
    context = {
        "page": page,
        "filter": found,
        "readable": readable,
        "tab": tab,
        "tabs": _tabs(request),
        "reset_url": _tab_url(tab),
        "is_filtered": bool(set(found.form.changed_data) - {"tab"}),
        "can_register": can_register.test(request.user),
    }
    return render(request, "leads/lead_list.html", context)


def lead_create(request: HttpRequest) -> HttpResponse:
    require(request.user, can_register)
    town = request.user.main_unit.jurisdiction
    form = LeadForm(request.POST or None, town=town)
    if request.method == "POST" and form.is_valid():
        try:
            lead, made = services.register(actor=request.user, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            words = "已登记" if made else "已在此前登记过，没有重复登记"
            messages.success(request, f"线索 {lead.number} {words}。")
            if "another" in request.POST:
                return redirect("leads:create")
            return redirect("leads:detail", lead.number)
    context = {"form": form, "back_url": _list_url(request)}
    context["breadcrumbs"] = _breadcrumbs(request, "登记线索")
    return render(request, "leads/lead_form.html", context)


@require_safe
def lead_detail(request: HttpRequest, number: str) -> HttpResponse:
    leads = Lead.objects.visible_to(request.user).select_related(
        "channel", "place", "domain", "conduct", "registered_by", "registered_unit"
    )
    lead = get_object_or_404(leads, number=number)
    readable = can_read_content.test(request.user, lead)
    if readable:
        record(action=Action.LEAD_VIEWED, request=request, obj=lead)
    assignments = (
        # Through the lead, so that each row shares it and what it has read.
        lead.assignments.visible_to(request.user)
        .select_related("unit", "assigned_by", "signed_by")
        .prefetch_related("feedback__by")
    )
    verbs = _verbs(LEAD, request, lead)
    steps = [(item, _verbs(ASSIGNMENT, request, item)) for item in assignments]
    context = {
        "lead": lead,
        "readable": readable,
        "named_units": lead.named_units.order_by("path") if readable else [],
        "assignments": steps,
        "next_up": next((item for item, open_to in steps if open_to & {"sign", "report"}), None),
        "verbs": verbs,
        "events": [*lead.events_for(request.user), *awaited_step(lead, request.user)],
        "back_url": _list_url(request),
        "breadcrumbs": _breadcrumbs(request, lead.number),
    }
    return render(request, "leads/lead_detail.html", context)


def lead_assign(request: HttpRequest, number: str) -> HttpResponse:
    lead = _lead_for(request, number, "accept", "assess", "assign")
    form = AssignForm(request.POST or None, lead=lead)
    return _act(
        request,
        form=form,
        lead=lead,
        title="研判转办",
        submit="转办",
        done="已转办。",
        run=lambda values: services.assign(lead=lead, actor=request.user, **values),
    )


def lead_decline(request: HttpRequest, number: str) -> HttpResponse:
    lead = _lead_for(request, number, "decline")
    form = ReasonForm(
        request.POST or None, initial={"version": lead.version}, label="不予受理的理由"
    )
    return _act(
        request,
        form=form,
        lead=lead,
        title="不予受理",
        submit="确认不予受理",
        done="已记为不予受理。",
        run=lambda values: services.decline(lead=lead, actor=request.user, **values),
    )


def lead_close(request: HttpRequest, number: str) -> HttpResponse:
    lead = _lead_for(request, number, "close")
    form = CloseForm(request.POST or None, initial={"version": lead.version})
    return _act(
        request,
        form=form,
        lead=lead,
        title="办结",
        submit="办结",
        done="已办结。",
        run=lambda values: services.close(lead=lead, actor=request.user, **values),
    )


@require_POST
def assignment_sign(request: HttpRequest, pk: int) -> HttpResponse:
    assignment = _assignment_for(request, pk, "sign")
    try:
        services.sign(assignment=assignment, actor=request.user)
        messages.success(request, "已签收，请在期限内核查并反馈。")
    except Conflict as conflict:
        messages.error(request, str(conflict))
    return redirect("leads:detail", assignment.lead.number)


def assignment_report(request: HttpRequest, pk: int) -> HttpResponse:
    assignment = _assignment_for(request, pk, "report")
    form = FeedbackForm(request.POST or None, initial={"version": assignment.version})
    return _act(
        request,
        form=form,
        lead=assignment.lead,
        title="核查反馈",
        submit="提交反馈",
        done="反馈已提交，等待扫黑办审核。",
        run=lambda values: services.report_back(
            assignment=assignment, actor=request.user, **values
        ),
    )


def assignment_return(request: HttpRequest, pk: int) -> HttpResponse:
    assignment = _assignment_for(request, pk, "return")
    form = ReasonForm(
        request.POST or None, initial={"version": assignment.version}, label="退回的理由"
    )
    return _act(
        request,
        form=form,
        lead=assignment.lead,
        title=f"退回{assignment.unit.name}",
        submit="退回",
        done="已退回承办单位。",
        run=lambda values: services.return_feedback(
            assignment=assignment, actor=request.user, **values
        ),
    )


def _tabs(request: HttpRequest) -> list[dict[str, Any]]:
    """The tabs of those who work on leads; what waits is counted, as in the menu."""
    if not can_register.test(request.user):
        return []
    waiting = Lead.objects.waiting_for(request.user).order_by().values("pk")[:COUNT_LIMIT].count()
    return [
        {
            "code": code,
            "label": label,
            "url": _tab_url(code),
            "count": waiting if code == "todo" else None,
        }
        for code, (label, _) in TABS.items()
    ]


def _tab_url(tab: str) -> str:
    return reverse("leads:list") + (f"?tab={tab}" if tab else "")


def _list_url(request: HttpRequest) -> str:
    """The list as the person left it, with tab, filter and page."""
    query = request.session.get(LIST_QUERY, "")
    return reverse("leads:list") + (f"?{query}" if query else "")


def _breadcrumbs(request: HttpRequest, *labels: str) -> list[dict[str, str]]:
    """As on every page, but the step up leads to the list as it was left."""
    above = [("首页", reverse("home")), ("线索", _list_url(request))]
    return [{"label": label, "url": url} for label, url in [*above, *((one, "") for one in labels)]]


def _verbs(machine: Any, request: HttpRequest, obj: Any) -> set[str]:
    return {transition.verb for transition in machine.open_to(request.user, obj)}


def _lead_for(request: HttpRequest, number: str, *verbs: str) -> Lead:
    """The lead, for a person who may ever take one of the verbs on it: else 404 or 403."""
    lead = get_object_or_404(Lead.objects.visible_to(request.user), number=number)
    require(request.user, LEAD.who(*verbs), lead)
    return lead


def _assignment_for(request: HttpRequest, pk: int, verb: str) -> Assignment:
    assignments = Assignment.objects.visible_to(request.user).select_related("lead", "unit")
    assignment = get_object_or_404(assignments, pk=pk)
    require(request.user, ASSIGNMENT.who(verb), assignment)
    return assignment


def _act(
    request: HttpRequest,
    *,
    form: BaseForm,
    lead: Lead,
    title: str,
    submit: str,
    done: str,
    run: Any,
) -> HttpResponse:
    """Show the form of one step, or take the step. Who was slower is told, and sees why."""
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        values["expected_version"] = values.pop("version")
        try:
            run(values)
            messages.success(request, f"线索 {lead.number} {done}")
            return redirect("leads:detail", lead.number)
        except Conflict as conflict:
            messages.error(request, str(conflict))
            return redirect("leads:detail", lead.number)
        except ValidationError as error:
            add_errors(form, error)
    context = {"form": form, "lead": lead, "title": title, "submit": submit}
    context["back_url"] = reverse("leads:detail", args=[lead.number])
    context["breadcrumbs"] = _breadcrumbs(request, lead.number, title)
    context["breadcrumbs"][-2]["url"] = context["back_url"]
    return render(request, "leads/step_form.html", context)
