"""Who signs in whose place: the list, naming somebody, ending it."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.machine import Conflict
from departments.models import Unit
from departments.permissions import require
from departments.roles import Role
from pages.forms import add_errors
from reporting.delegations import services
from reporting.delegations.forms import DelegationForm
from reporting.delegations.models import SigningDelegation
from reporting.delegations.permissions import delegates_for
from reporting.duties.permissions import sees_weeks_of
from reporting.weekly.permissions import can_open_board

PAGE_SIZE = 30


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """The delegations of one's units, or of the town, the newest first."""
    require(request.user, can_open_board)
    rows = SigningDelegation.objects.visible_to(request.user).select_related(
        "unit", "leader", "delegate", "set_by", "ended_by"
    )
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "rows": [(row, delegates_for.test(request.user, row.unit)) for row in page],
        "led": Unit.objects.filter(pk__in=request.user.unit_ids(Role.LEADER)),
        "total_label": f"共 {page.paginator.count} 次",
        "next_url": f"?page={page.number + 1}" if page.has_next() else "",
        "previous_url": f"?page={page.number - 1}" if page.has_previous() else "",
        "breadcrumbs": _crumbs(("委托签发", "")),
    }
    return render(request, "reporting/delegations/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def delegate(request: HttpRequest, code: str) -> HttpResponse:
    """Name who signs for the unit's leader, from when to when."""
    unit = get_object_or_404(Unit.objects.visible_to(request.user), code=code)
    require(request.user, sees_weeks_of, unit)
    require(request.user, delegates_for, unit)
    form = DelegationForm(request.POST or None, unit=unit, actor=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            services.delegate(actor=request.user, unit=unit, **form.cleaned_data)
            messages.success(request, "已委托，并已通知受托人。")
            return redirect("reporting:delegations")
        except ValidationError as error:
            add_errors(form, error)
    back = reverse("reporting:delegations")
    context = {
        "form": form,
        "title": f"{unit.name}：委托签发",
        "about": "主要负责人外出期间，由本单位人员签发周报；签字处注明受谁委托。",
        "submit": "委托",
        "back_url": back,
        "breadcrumbs": _crumbs(("委托签发", back), (unit.name, "")),
    }
    return render(request, "step_form.html", context)


@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    rows = SigningDelegation.objects.visible_to(request.user).select_related("unit")
    row = get_object_or_404(rows, pk=pk)
    require(request.user, delegates_for, row.unit)
    try:
        services.end(actor=request.user, delegation=row)
        messages.success(request, "委托已结束，并已通知受托人。")
    except Conflict as conflict:
        messages.error(request, str(conflict))
    return redirect("reporting:delegations")


def _crumbs(*below: tuple[str, str]) -> list[dict[str, str]]:
    crumbs = [("首页", reverse("home")), ("周报", reverse("reporting:board")), *below]
    return [{"label": label, "url": url} for label, url in crumbs]
