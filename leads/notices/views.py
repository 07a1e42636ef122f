"""Public notices, made from the published contacts and the dictionary of conduct."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from departments.models import Unit, UnitKind
from departments.permissions import can_edit_contact
from leads import due
from leads.models import Conduct


@require_safe
def of_town(request: HttpRequest) -> HttpResponse:
    """The notice of one's town, with the contacts of its office."""
    units = Unit.objects.visible_to(request.user).select_related("jurisdiction")
    return _notice(request, get_object_or_404(units, kind=UnitKind.OFFICE, is_active=True))


@require_safe
def of_unit(request: HttpRequest, code: str) -> HttpResponse:
    """The notice of one unit; the town's office stands on it too."""
    units = Unit.objects.visible_to(request.user).select_related("jurisdiction")
    return _notice(request, get_object_or_404(units, code=code))


def _notice(request: HttpRequest, unit: Unit) -> HttpResponse:
    office = Unit.objects.active().filter(jurisdiction=unit.jurisdiction_id, kind=UnitKind.OFFICE)
    contacts = [unit, *office.exclude(pk=unit.pk)]
    context = {
        "unit": unit,
        "contacts": [one for one in contacts if one.has_contact],
        "conducts": Conduct.objects.filter(is_active=True),
        "today": due.today(),
        "can_edit": can_edit_contact.test(request.user, unit),
    }
    return render(request, "leads/notice.html", context)
