"""What holds for every answer."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from audit.models import Action
from audit.services import record


def no_store(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable:
    """No browser and no proxy keeps a page: shared computers are common in offices."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return middleware


def prolong_session(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable:
    """Whoever opens a page is not idle."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
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
