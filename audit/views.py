"""The auditor's page."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from audit.filters import AuditFilter
from audit.models import AuditEntry
from audit.permissions import is_auditor
from pages.keyset import page_of


@require_safe
def entry_list(request: HttpRequest) -> HttpResponse:
    """The trail, newest first: who, when, what kind, on which number. Never content."""
    if not is_auditor.test(request.user):
        raise PermissionDenied
    entries = AuditEntry.objects.visible_to(request.user)
    found = AuditFilter(request.GET, queryset=entries)
    page = page_of(found.qs if found.form.is_valid() else entries.none(), request)
    return render(request, "audit/entry_list.html", {"page": page, "filter": found})
