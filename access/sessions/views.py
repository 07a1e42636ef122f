"""Signing out elsewhere."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from access.sessions import services


@require_POST
def end(request: HttpRequest) -> HttpResponse:
    """End the session that was chosen; one's own ends like a sign-out, at the next page."""
    if services.end(account=request.user, handle=request.POST.get("session", "")):
        messages.success(request, "已退出这处登录。")
    else:
        messages.info(request, "这处登录已经结束。")
    return redirect("access:account")


@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    ended = services.end_others(
        account=request.user, keep=request.session.session_key, reason="退出其他登录"
    )
    messages.success(request, f"已退出其他 {ended} 处登录。" if ended else "没有其他登录。")
    return redirect("access:account")
