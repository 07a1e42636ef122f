"""Saving drafts as a page asks for it by itself, and throwing them away."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from audit.machine import Conflict
from departments.permissions import require
from leads.drafts import content, services
from leads.drafts.forms import DraftToken
from leads.models import LeadDraft
from leads.permissions import can_register
from leads.reporters import typed as typed_rows
from pages.drafts import other_account, who_is_here


@require_http_methods(["GET", "HEAD", "POST"])
def keep(request: HttpRequest) -> HttpResponse:
    """Save the draft. By GET: who is signed in, and a fresh token for a page that was left open."""
    require(request.user, can_register)
    if request.method != "POST":
        return who_is_here(request)
    token = DraftToken(request.POST)
    if not token.is_valid():
        return JsonResponse({"error": "草稿没有保存，请刷新页面后再试。"}, status=422)
    if token.cleaned_data["owner"] != request.user.pk:
        return other_account()
    return _save(request, token.cleaned_data)


def _save(request: HttpRequest, values: dict[str, Any]) -> HttpResponse:
    try:
        typed = content.of_post(request.POST)
        reporters = typed_rows.of_post(request.POST)
        if content.is_blank(typed) and not reporters and not values["draft_version"]:
            return JsonResponse({"version": 0})
        draft = services.save(
            actor=request.user,
            submission=values["submission"],
            content=typed,
            reporters=reporters,
            expected_version=values["draft_version"],
        )
    except Conflict as conflict:
        return JsonResponse({"error": str(conflict), "can_fork": True}, status=409)
    except ValidationError as error:
        return JsonResponse({"error": "".join(error.messages)}, status=422)
    return JsonResponse(
        {
            "version": draft.version,
            "saved_at": f"{timezone.localtime(draft.saved_at):%H:%M}",
            "url": f"{reverse('leads:create')}?draft={draft.submission}",
        }
    )


@require_POST
def discard(request: HttpRequest, submission: uuid.UUID) -> HttpResponse:
    draft = get_object_or_404(LeadDraft.objects.visible_to(request.user), submission=submission)
    services.discard(actor=request.user, draft=draft)
    messages.success(request, "草稿已删除。")
    return redirect("leads:create" if can_register.test(request.user) else "home")
