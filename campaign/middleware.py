"""What holds for every answer."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from audit.models import Action
from audit.services import record
from pages.polling import is_asked_by_itself


def no_store(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable:
    """No browser and no proxy keeps a page: shared computers are common in offices."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return middleware


def limit_session(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable:
    """Whoever opens a page is not idle; a page that asks by itself opens nothing.

    However busy, a session ends a set time after the sign-in.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        request.session.end_if_old()
        response = get_response(request)
        match = request.resolver_match
        if match is None or not is_asked_by_itself(request, match.func):
            request.session.prolong()
        return response

    return middleware


def record_denials(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable:
    """Whoever signed in and was refused is on record with the address that they tried."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code == 403 and request.user.is_authenticated:
            record(action=Action.DENIED, request=request, reason=request.path)
        return response

    return middleware
