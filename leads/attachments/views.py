"""Attachments: adding, looking, saving, removing."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from audit.machine import Conflict
from audit.models import Action
from audit.services import record
from departments.permissions import require
from files.forms import UploadsForm
from files.responses import serve
from leads.attachments import services
from leads.attachments.forms import RemovalForm
from leads.attachments.models import Attachment
from leads.attachments.permissions import can_attach, can_remove
from leads.models import Lead
from leads.views.steps import breadcrumbs
from pages.forms import add_errors


def attachment_add(request: HttpRequest, number: str) -> HttpResponse:
    lead = get_object_or_404(Lead.objects.visible_to(request.user), number=number)
    require(request.user, can_attach, lead)
    uploads = UploadsForm(request, required=True)
    if request.method == "POST" and uploads.is_valid():
        try:
            added = services.add(lead=lead, actor=request.user, uploads=uploads.stored)
        except ValidationError as error:
            add_errors(uploads, error)
        else:
            messages.success(request, f"已添加 {len(added)} 个附件。")
            return redirect("leads:detail", number)
    context = {"lead": lead, "uploads": uploads, **_way(request, lead, "添加附件")}
    return render(request, "leads/attachment_add.html", context)


@require_safe
def attachment_detail(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """What is known of one file, and the file itself where a browser can show it."""
    attachment = _attachment(request, public_id)
    context = {
        "attachment": attachment,
        "removable": not attachment.is_removed and can_remove.test(request.user, attachment),
        **_way(request, attachment.lead, "附件"),
    }
    return render(request, "leads/attachment_detail.html", context)


@require_safe
def attachment_content(request: HttpRequest, public_id: uuid.UUID) -> HttpResponseBase:
    """The bytes, shown in the page; on record as a look."""
    return _bytes(request, public_id, action=Action.ATTACHMENT_VIEWED, inline=True)


@require_safe
def attachment_download(request: HttpRequest, public_id: uuid.UUID) -> HttpResponseBase:
    """The bytes, to be saved; on record as a download."""
    return _bytes(request, public_id, action=Action.ATTACHMENT_DOWNLOADED, inline=False)


def attachment_remove(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    attachment = _attachment(request, public_id)
    require(request.user, can_remove, attachment)
    form = RemovalForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.remove(
                attachment=attachment, actor=request.user, reason=form.cleaned_data["note"]
            )
            messages.success(request, f"“{attachment.file.name}”已撤下。")
        except Conflict as conflict:
            messages.error(request, str(conflict))
        return redirect("leads:detail", attachment.lead.number)
    context = {"form": form, "lead": attachment.lead, "title": "撤下附件", "submit": "撤下"}
    context["about"] = attachment.file.name
    return render(
        request, "leads/step_form.html", context | _way(request, attachment.lead, "撤下附件")
    )


def _attachment(request: HttpRequest, public_id: uuid.UUID) -> Attachment:
    attachments = Attachment.objects.visible_to(request.user).select_related(
        "file", "lead", "assignment__unit", "feedback__signature", "added_by", "removed_by"
    )
    return get_object_or_404(attachments, file__public_id=public_id)


def _bytes(
    request: HttpRequest, public_id: uuid.UUID, *, action: Action, inline: bool
) -> HttpResponseBase:
    attachment = _attachment(request, public_id)
    if not attachment.file.is_served or (inline and not attachment.file.preview):
        return redirect("leads:attachment", public_id)
    record(action=action, request=request, obj=attachment)
    return serve(request, attachment.file, inline=inline)


def _way(request: HttpRequest, lead: Lead, title: str) -> dict[str, object]:
    """The way back to the lead's page, as a link and in the breadcrumbs."""
    back_url = reverse("leads:detail", args=[lead.number])
    crumbs = breadcrumbs(request, lead.number, title)
    crumbs[-2]["url"] = back_url
    return {"back_url": back_url, "breadcrumbs": crumbs}
