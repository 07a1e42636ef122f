"""The directory of units and their duties."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from departments.models import Unit, UnitKind


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
    crumbs = [("首页", reverse("home")), ("单位职责", reverse("departments:list")), (unit.name, "")]
    breadcrumbs = [{"label": label, "url": url} for label, url in crumbs]
    context = {"unit": unit, "breadcrumbs": breadcrumbs}
    return render(request, "departments/unit_detail.html", context)
