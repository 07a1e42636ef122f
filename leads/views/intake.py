"""Logging a lead."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from departments.permissions import require
from leads import services
from leads.forms import LeadForm
from leads.permissions import can_register
from leads.views.steps import breadcrumbs, list_url
from pages.forms import add_errors


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
    context = {"form": form, "back_url": list_url(request)}
    context["breadcrumbs"] = breadcrumbs(request, "登记线索")
    return render(request, "leads/lead_form.html", context)
