"""Pages that belong to no app."""

import sys
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.shortcuts import render
from django.template import loader
from django.views.decorators.http import require_safe

from campaign.errors import is_of_the_service
from leads.views.intake import lead_resume

#: When a browser or a proxy may ask again while the database is away, in seconds.
RETRY_SECONDS = 5


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the web server answers and reaches the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")


def locked(request: HttpRequest, credentials: dict, *args: Any, **kwargs: Any) -> HttpResponse:
    """Too many wrong passwords for this account from this address."""
    minutes = round(settings.AXES_COOLOFF_TIME * 60)
    return render(request, "locked.html", {"minutes": minutes}, status=429)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page has expired, or was forged. The text of a lead is shown again, to be looked at."""
    request.is_form_expired = True
    match = request.resolver_match
    if match is not None and match.view_name == "leads:create":
        resumed = lead_resume(request)
        if resumed is not None:
            return resumed
    return render(request, "403_csrf.html", status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """What a crash looks like. A database that is away, or too busy, is no fault of the portal's.

    Called while the exception is being handled. The pages ask the database nothing.
    """
    if not is_of_the_service(sys.exc_info()[1]):
        return HttpResponseServerError(loader.render_to_string("500.html"))
    again = request.get_full_path() if request.method == "GET" else ""
    page = loader.render_to_string("503.html", {"again": again})
    return HttpResponse(page, status=503, headers={"Retry-After": str(RETRY_SECONDS)})
