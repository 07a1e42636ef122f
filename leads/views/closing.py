"""Steps that end a lead."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from leads import services
from leads.forms import CloseForm
from leads.views.steps import act, lead_for


def lead_close(request: HttpRequest, number: str) -> HttpResponse:
    lead = lead_for(request, number, "close")
    form = CloseForm(request.POST or None, initial={"version": lead.version})
    return act(
        request,
        form=form,
        lead=lead,
        title="办结",
        submit="办结",
        done="已办结。",
        run=lambda values: services.close(lead=lead, actor=request.user, **values),
    )
