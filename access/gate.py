"""Between the sign-in and the portal: what a person must do first, and may do meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from access.factors.session import state_of
from access.factors.states import FactorState
from access.passwords.services import is_due
from access.permissions import needs_factor

#: The one page that is open at each step; signing out always is.
CHECK, PASSWORD, ENROL = "access:check", "password_change", "access:factor"


def page_due(request: HttpRequest) -> str | None:
    """The name of the page that stands before everything else for this session, if any."""
    state = state_of(request)
    if state is FactorState.DUE:
        return CHECK
    if is_due(request.user):
        return PASSWORD
    if state is FactorState.NONE and needs_factor.test(request.user):
        return ENROL
    return None


class Gate:
    """Sends whoever has not finished signing in to the page where they do.

    A view that is open to everybody is not held up: one that looks at who is signed in asks
    `page_due` itself, and takes who has not finished for nobody.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable, args: tuple, kwargs: dict
    ) -> HttpResponse | None:
        is_open = not getattr(view, "login_required", True)
        if is_open or not request.user.is_authenticated:
            return None
        here = request.resolver_match.view_name
        page = None if here == "logout" else page_due(request)
        if page is None or page == here:
            return None
        address = reverse(page)
        if page == CHECK and request.method == "GET" and request.path != "/":
            address += "?" + urlencode({"next": request.get_full_path()})
        return HttpResponseRedirect(address)
