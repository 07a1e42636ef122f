"""What the list of leads is compared with: Django's admin, and the barest view of the same rows."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from leads.models import Lead
from pages.keyset import PAGE_SIZE

site = admin.AdminSite("bench")


@admin.register(Lead, site=site)
class LeadAdmin(admin.ModelAdmin):
    """The columns of the portal's list, as one would write an admin for them."""

    list_display = (
        "number",
        "title",
        "place",
        "domain",
        "units",
        "state",
        "due_on",
        "registered_at",
    )
    list_per_page = PAGE_SIZE

    @admin.display(description="承办单位")
    def units(self, lead: Lead) -> str:
        return "、".join(assignment.unit.name for assignment in lead.assignments.all())


def bare_list(request: HttpRequest) -> HttpResponse:
    """The same rows and columns for whoever is signed in: one page by key, one plain template."""
    leads = Lead.objects.select_related("place", "domain").prefetch_related("assignments__unit")
    if before := request.GET.get("before"):
        leads = leads.filter(pk__lt=int(before))
    rows = list(leads.order_by("-pk")[:PAGE_SIZE])
    context = {"rows": rows, "user": request.user, "before": rows[-1].pk if rows else None}
    return render(request, "bench/bare.html", context)
