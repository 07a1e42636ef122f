"""The page on which every export is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from jobs import exports
from jobs.forms import PurposeForm
from jobs.services import request_export
from pages.forms import add_errors


def ask_for_export(
    request: HttpRequest,
    export_id: str,
    *,
    params: Callable[[dict[str, Any]], dict[str, Any]],
    about: str,
    back_url: str,
    form_class: type[PurposeForm] = PurposeForm,
    breadcrumbs: list[dict[str, str]] | None = None,
) -> HttpResponse:
    """Ask what the file is for, then for the job; the same submission again is the same job.

    `params` makes the export's parameters from what the form was told. The caller has checked
    that the person may see this page; whether they may have the file is asked once more.
    """
    form = form_class(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            job = request_export(
                actor=request.user,
                export_id=export_id,
                params=params(given),
                purpose=given["purpose"],
                submission=given["submission"],
                request=request,
            )
            return redirect("jobs:detail", job.public_id)
        except ValidationError as error:
            add_errors(form, error)
    context = {
        "form": form,
        "title": exports.find(export_id).title,
        "about": about,
        "back_url": back_url,
        "days": settings.PORTAL_EXPORT_DAYS,
        "breadcrumbs": breadcrumbs,
    }
    return render(request, "jobs/export_form.html", context)
