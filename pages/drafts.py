"""What every address answers at which a page saves its draft by itself (`static/js/drafts.js`)."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.middleware.csrf import get_token

OTHER_ACCOUNT = "当前登录的是另一个账号，本页内容没有保存。请换回原账号登录后继续。"


def who_is_here(request: HttpRequest) -> JsonResponse:
    """For a page that was left open: who is signed in by now, and a token that holds."""
    return JsonResponse({"owner": request.user.pk, "token": get_token(request)})


def other_account() -> JsonResponse:
    """To a page of somebody else than who is signed in: nothing was saved."""
    return JsonResponse({"error": OTHER_ACCOUNT}, status=409)
