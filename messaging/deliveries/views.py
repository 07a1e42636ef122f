"""What was sent, what failed and why; sending it once more; by which ways oneself is reached."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.machine import Conflict
from departments.permissions import require
from messaging import channels
from messaging.deliveries import services
from messaging.deliveries.filters import DeliveryFilter
from messaging.deliveries.permissions import sees_deliveries
from messaging.forms import ContactForm
from messaging.models import Contact, Delivery
from pages.keyset import page_of


@require_safe
def delivery_list(request: HttpRequest) -> HttpResponse:
    require(request.user, sees_deliveries)
    rows = Delivery.objects.visible_to(request.user).select_related(
        "message__recipient", "resent_by"
    )
    found = DeliveryFilter(request.GET, queryset=rows)
    listed = found.qs if found.form.is_valid() else rows.none()
    context = {
        "filter": found,
        "page": page_of(listed.defer("message__title", "message__body", "address"), request),
        "ways": [way.channel.label for way in channels.ways()],
    }
    return render(request, "messaging/deliveries.html", context)


@require_POST
def resend(request: HttpRequest, pk: int) -> HttpResponse:
    require(request.user, sees_deliveries)
    delivery = get_object_or_404(Delivery.objects.visible_to(request.user), pk=pk)
    try:
        services.resend(delivery=delivery, actor=request.user)
        messages.success(request, "已重新发送，结果见状态。")
    except Conflict as conflict:
        messages.error(request, str(conflict))
    return redirect("messaging:deliveries")


@require_http_methods(["GET", "HEAD", "POST"])
def contact(request: HttpRequest) -> HttpResponse:
    """One's own phone and chat name, and the ways that one chooses."""
    row = Contact.objects.filter(account=request.user).first() or Contact(account=request.user)
    form = ContactForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        services.save_contact(actor=request.user, values=form.cleaned_data)
        messages.success(request, "已保存。")
        return redirect("messaging:contact")
    return render(request, "messaging/contact.html", {"form": form})
