"""The directory of units and their duties."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from audit.machine import Conflict
from audit.seen import mark_of
from departments import services
from departments.forms import ContactForm
from departments.models import Unit, UnitKind
from departments.permissions import can_edit_contact, require
from pages.forms import add_conflict


@require_safe
def unit_list(request: HttpRequest) -> HttpResponse:
    """Every unit of one's town, grouped by kind in the order of the work plan."""
    units = (
        Unit.objects.visible_to(request.user)
        .active()
        .exclude(kind__in=[UnitKind.TOWN, UnitKind.DISTRICT])
        .prefetch_related("domains")
        .order_by("path")
    )
    villages = [unit for unit in units if unit.kind == UnitKind.VILLAGE]
    others = [unit for unit in units if unit.kind != UnitKind.VILLAGE]
    context = {"groups": [("扫黑办与责任单位", others), ("村（居）", villages)]}
    return render(request, "departments/unit_list.html", context)


@require_safe
def unit_detail(request: HttpRequest, code: str) -> HttpResponse:
    units = Unit.objects.visible_to(request.user).prefetch_related("domains", "duties")
    unit = get_object_or_404(units, code=code)
    context = {
        "unit": unit,
        "breadcrumbs": _breadcrumbs((unit.name, "")),
        "can_edit_contact": can_edit_contact.test(request.user, unit),
    }
    return render(request, "departments/unit_detail.html", context)


def unit_contact(request: HttpRequest, code: str) -> HttpResponse:
    """What is published of a unit, to be changed by those who keep it."""
    unit = get_object_or_404(Unit.objects.visible_to(request.user), code=code)
    require(request.user, can_edit_contact, unit)
    initial = {"seen": mark_of(services.contact_words(unit))}
    form = ContactForm(request.POST or None, instance=unit, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.set_contact(unit=unit, actor=request.user, **form.cleaned_data)
            messages.success(request, f"{unit.name}的联系方式已保存。")
            return redirect("departments:detail", unit.code)
        except Conflict as conflict:
            now = services.contact_words(Unit.objects.get(pk=unit.pk))
            add_conflict(form, str(conflict), mark_of(now))
    crumbs = _breadcrumbs((unit.name, reverse("departments:detail", args=[code])), ("联系方式", ""))
    context = {"form": form, "unit": unit, "breadcrumbs": crumbs}
    return render(request, "departments/contact_form.html", context)


def _breadcrumbs(*below: tuple[str, str]) -> list[dict[str, str]]:
    crumbs = [("首页", reverse("home")), ("单位职责", reverse("departments:list")), *below]
    return [{"label": label, "url": url} for label, url in crumbs]
