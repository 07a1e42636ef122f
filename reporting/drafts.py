"""The drafts of reports and corrections, as their form saves them by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from audit.machine import Conflict
from pages.drafts import other_account, who_is_here


def keep(
    request: HttpRequest, *, read: Callable[[], BaseForm], save: Callable[[Any], Any]
) -> JsonResponse:
    """Save what was sent, or say why not. By GET: who is signed in, and a fresh token.

    `read` makes the form of what was sent; `save` is given it when it is right, and returns the
    row with its `version` and `saved_at`.
    """
    if request.method != "POST":
        return who_is_here(request)
    if request.POST.get("owner") != str(request.user.pk):
        return other_account()
    form = read()
    if not form.is_valid():
        return JsonResponse({"error": f"还没有自动保存：{_first_error(form)}"}, status=422)
    try:
        row = save(form)
    except Conflict as conflict:
        return JsonResponse({"error": str(conflict)}, status=409)
    except ValidationError as error:
        return JsonResponse({"error": "".join(error.messages)}, status=422)
    saved_at = f"{timezone.localtime(row.saved_at):%H:%M}"
    return JsonResponse({"version": row.version, "saved_at": saved_at})


def _first_error(form: BaseForm) -> str:
    name, errors = next(iter(form.errors.items()))
    label = form.fields[name].label if name in form.fields else ""
    return f"“{label}”{errors[0]}" if label else errors[0]
