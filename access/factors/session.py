"""What a session still owes of the second factor, kept in the session itself.

It is settled at the sign-in, so that no page asks the database for it.
"""

from __future__ import annotations

from django.http import HttpRequest

from access.factors import services
from access.factors.states import FactorState
from departments.models import Account

_KEY = "second_factor"


def settle(request: HttpRequest, account: Account) -> FactorState:
    """At the sign-in: a factor that there is has to be shown."""
    state = FactorState.DUE if services.has_factor(account) else FactorState.NONE
    request.session[_KEY] = state.value
    return state


def state_of(request: HttpRequest) -> FactorState:
    kept = request.session.get(_KEY)
    return FactorState(kept) if kept else settle(request, request.user)


def note_given(request: HttpRequest) -> None:
    """The person has shown it. The session goes on under another key."""
    request.session[_KEY] = FactorState.GIVEN.value
    request.session.cycle_key()


def note_removed(request: HttpRequest) -> None:
    request.session[_KEY] = FactorState.NONE.value
