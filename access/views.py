"""One's own account."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from access.factors import services as factors
from access.permissions import needs_factor
from access.sessions.services import sessions_of


@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """How one signs in, and from where one is signed in."""
    has_factor = factors.has_factor(request.user)
    context = {
        "has_factor": has_factor,
        "codes_left": factors.codes_left(request.user) if has_factor else 0,
        "sessions": sessions_of(request.user, this_one=request.session.session_key),
        "must": needs_factor.test(request.user),
    }
    return render(request, "access/account.html", context)
