"""The inbox."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from messaging import services
from messaging.forms import ReadAllForm
from messaging.models import Message
from pages.keyset import page_of

SHOWN = 20


@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """One's messages, newest first; `unread=1` leaves out what was opened."""
    own = Message.objects.visible_to(request.user)
    only_unread = request.GET.get("unread") == "1"
    page = page_of(own.unread() if only_unread else own, request, size=SHOWN)
    context = {
        "page": page,
        "only_unread": only_unread,
        "unread_total": own.unread().count(),
        "newest": own.order_by("-pk").values_list("pk", flat=True).first(),
    }
    return render(request, "messaging/inbox.html", context)


@require_POST
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """Open one message: note that it was read, and go to what it is about."""
    message = get_object_or_404(Message.objects.visible_to(request.user), pk=pk)
    services.mark_read(actor=request.user, message=message)
    is_ours = url_has_allowed_host_and_scheme(message.url, allowed_hosts=None)
    return redirect(message.url if message.url and is_ours else "messaging:inbox")


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark as read what was on the screen; what has come in since stays unread."""
    form = ReadAllForm(request.POST)
    if form.is_valid():
        services.mark_all_read(actor=request.user, up_to=form.cleaned_data["up_to"])
    return redirect("messaging:inbox")
