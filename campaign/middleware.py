"""What holds for every answer."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import get_resolver

from audit.models import Action
from audit.services import answering, record
from departments.acting import as_person
from leads.models import Lead
from pages.polling import is_asked_by_itself

#: How a refusal is recorded, by the status of the answer.
REFUSED = {403: Action.DENIED, 404: Action.HIDDEN}


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


def act_as_person(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable:
    """The database shows what the person who asks may need, whatever a view asks it for."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with as_person(request.user):
            return get_response(request)

    middleware.process_exception = _hidden_meanwhile
    return middleware


def _hidden_meanwhile(request: HttpRequest, error: Exception) -> HttpResponse | None:
    """A lead that became hidden from the person between two reads is missing, as it is from the
    next request on."""
    if not isinstance(error, Lead.DoesNotExist):
        return None
    return get_resolver().resolve_error_handler(404)(request, exception=error)


def keep_record(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable:
    """What is recorded while a request is answered comes from its address; refusals are recorded.

    Whoever signed in and was refused is on record with the address that they tried: also where
    the answer was that there is no such thing, which is what a hidden one looks like.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        with answering(request):
            response = get_response(request)
        action = REFUSED.get(response.status_code)
        if getattr(request, "is_form_expired", False):
            action = None  # refused before anybody's rights were asked: nothing was tried or told
        if action and request.resolver_match and request.user.is_authenticated:
            record(action=action, request=request, reason=request.path)
        return response

    return middleware
