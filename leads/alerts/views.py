"""The button by which somebody says that they know of a major lead."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from audit.machine import Conflict
from departments.permissions import require
from leads.alerts import services
from leads.alerts.models import Alert
from leads.alerts.permissions import can_acknowledge


@require_POST
def alert_acknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    alerts = Alert.objects.visible_to(request.user).with_director().select_related("lead")
    alert = get_object_or_404(alerts, pk=pk)
    require(request.user, can_acknowledge, alert)
    try:
        services.acknowledge(alert=alert, actor=request.user)
        messages.success(request, f"已确认知悉重大线索 {alert.lead.number}。")
    except Conflict as conflict:
        messages.info(request, str(conflict))
    return redirect("leads:detail", alert.lead.number)
