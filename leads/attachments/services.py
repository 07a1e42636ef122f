"""The only writers of attachments."""

from __future__ import annotations

from collections.abc import Collection

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from audit.machine import Conflict
from departments.models import Account
from files import services as files
from files.models import StoredFile
from files.uploads import megabytes
from leads.attachments.models import Attachment
from leads.attachments.permissions import can_attach, can_remove, open_part
from leads.machine import LEAD
from leads.models import Assignment, Feedback, Lead
from leads.permissions import can_handle


def add(*, lead: Lead, actor: Account, uploads: Collection[StoredFile]) -> list[Attachment]:
    """Add files on the page of a lead: to the lead itself, or by a unit to its own part.

    The same files a second time give the attachments of the first. PermissionDenied for those
    who may not or no longer; ValidationError when it gets too much.
    """
    with transaction.atomic():
        row = LEAD.lock(lead)
        if not can_attach.test(actor, row):
            raise PermissionDenied
        done = list(row.attachments.filter(file__in=uploads, added_by=actor))
        if done:
            return done
        part = None if can_handle.test(actor, row) else open_part(actor, row)
        return attach(lead=row, actor=actor, uploads=uploads, assignment=part)


def attach(
    *,
    lead: Lead,
    actor: Account,
    uploads: Collection[StoredFile],
    assignment: Assignment | None = None,
    feedback: Feedback | None = None,
) -> list[Attachment]:
    """Hang `uploads` on `lead` as part of a step whose caller has asked who may take it.

    The caller holds the transaction and the lead's lock. ValidationError when the lead would
    hold more than its limit, or is one of which only a number is kept.
    """
    if not uploads:
        return []
    if assignment is None and lead.channel.number_only:
        raise ValidationError("该渠道的线索只登记编号，材料请在原平台查看，不能附文件。")
    kept = files.keep(files=uploads, owner=actor)
    limit = settings.PORTAL_LEAD_FILE_BYTES
    if lead.attachments.standing().total_bytes() + sum(file.size for file in kept) > limit:
        raise ValidationError(f"一条线索的附件合计不能超过 {megabytes(limit)}。")
    added = Attachment.objects.bulk_create(
        Attachment(lead=lead, assignment=assignment, feedback=feedback, file=file, added_by=actor)
        for file in kept
    )
    # No names: the timeline is read by more people than each file, and for longer.
    note = f"随核查反馈 {len(kept)} 个" if feedback else f"{len(kept)} 个"
    _record(lead, assignment, actor=actor, verb="attach", note=note)
    return added


def remove(*, attachment: Attachment, actor: Account, reason: str) -> Attachment:
    """Mark an attachment as removed. The file stays, and the office still sees it.

    PermissionDenied for those who may not; ValidationError without a reason; Conflict for one
    that was removed already.
    """
    with transaction.atomic():
        LEAD.lock(attachment.lead)
        row = Attachment.objects.select_for_update(of=("self",)).get(pk=attachment.pk)
        if not can_remove.test(actor, row):
            raise PermissionDenied
        if row.is_removed:
            raise Conflict("这个附件已经被撤下。")
        row.removal_reason = reason.strip()
        if not row.removal_reason:
            raise ValidationError({"note": "撤下附件必须填写理由。"})
        row.removed_by, row.removed_at = actor, timezone.now()
        row.clean_fields(exclude={"assignment", "feedback"})
        row.save(update_fields=["removed_by", "removed_at", "removal_reason"])
        # Which one and why stands with the file, for those who see what was removed.
        _record(row.lead, row.assignment, actor=actor, verb="detach", note="1 个")
        return row


def _record(
    lead: Lead, assignment: Assignment | None, *, actor: Account, verb: str, note: str
) -> None:
    subject = assignment or lead
    subject.record(actor=actor, verb=verb, source=subject.state, target=subject.state, note=note)
