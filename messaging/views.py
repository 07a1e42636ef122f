"""The inbox."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from messaging import services
from messaging.forms import PageForm
from messaging.models import Message

SHOWN = 20


@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """One's messages, newest first; pages go on below the last one that was shown."""
    form = PageForm(request.GET)
    page = form.cleaned_data if form.is_valid() else {}
    own = Message.objects.visible_to(request.user)
    shown = own.unread() if page.get("unread") else own
    rows = list(shown.before(page.get("before"))[: SHOWN + 1])
    context = {
        "items": rows[:SHOWN],
        "older": rows[SHOWN - 1].pk if len(rows) > SHOWN else None,
        "only_unread": page.get("unread", False),
        "is_first_page": not page.get("before"),
        "unread_count": own.unread().count(),
        "newest": own.order_by("-pk").values_list("pk", flat=True).first() or 0,
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
    form = PageForm(request.POST)
    if form.is_valid() and form.cleaned_data["up_to"]:
        services.mark_all_read(actor=request.user, up_to=form.cleaned_data["up_to"])
    return redirect("messaging:inbox")
