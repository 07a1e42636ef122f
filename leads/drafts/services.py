"""The only writers of drafts. What a draft says is in no message and in no log."""

from __future__ import annotations

import datetime as dt
import uuid

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.utils import timezone

from audit.machine import Conflict
from departments.models import Account
from files.sealed import COLUMNS
from leads.drafts.content import Content
from leads.models import Lead, LeadDraft
from leads.permissions import can_register
from leads.reporters import typed as typed_rows
from leads.reporters.typed import Rows

#: As many as a person can oversee.
MOST = 20
#: The first half of the key under which a person's drafts are locked; the account is the other.
LOCK = 7301


def hold(owner: Account) -> None:
    """Let nobody else save or end drafts of `owner` until the transaction is over.

    A draft that is saved while its lead is registered would otherwise outlive it unseen.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, owner.pk % 2**31])


@transaction.atomic
def save(
    *,
    actor: Account,
    submission: uuid.UUID,
    content: Content,
    reporters: Rows = (),
    expected_version: int,
) -> LeadDraft:
    """Keep what was typed; of `reporters` sealed. `expected_version` is the draft's as this page
    knows it, 0 for none.

    Conflict when another window has changed, ended or registered it since; ValidationError when
    there are too many; PermissionDenied for those who log no leads, and for another's token.
    """
    if not can_register.test(actor):
        raise PermissionDenied
    hold(actor)
    draft = LeadDraft.objects.select_for_update().filter(submission=submission).first()
    if draft is None:
        return _begin(actor, submission, content, reporters, expected_version)
    if draft.owner_id != actor.pk:
        raise PermissionDenied
    if draft.version != expected_version:
        raise Conflict(_changed(draft))
    draft.content = content
    typed_rows.keep(draft, reporters)
    draft.version += 1
    draft.saved_at = timezone.now()
    draft.save(update_fields=["content", *COLUMNS, "version", "saved_at"])
    return draft


def _begin(
    actor: Account,
    submission: uuid.UUID,
    content: Content,
    reporters: Rows,
    expected_version: int,
) -> LeadDraft:
    lead = Lead.objects.filter(submission=submission).first()
    if lead is not None and lead.registered_by_id != actor.pk:
        raise PermissionDenied
    if lead is not None:
        raise Conflict(f"这份登记已经提交为线索 {lead.number}，草稿不再保存。")
    if expected_version:
        raise Conflict("这份草稿已在另一个窗口删除或已过保存期，本窗口的内容没有保存。")
    if LeadDraft.objects.filter(owner=actor).count() >= MOST:
        raise ValidationError(f"未登记的草稿已有 {MOST} 份，请先登记或删除一些。")
    draft = LeadDraft(owner=actor, submission=submission, content=content)
    typed_rows.keep(draft, reporters)
    draft.save(force_insert=True)
    return draft


def _changed(draft: LeadDraft) -> str:
    at = timezone.localtime(draft.saved_at)
    return f"这份草稿已在另一个窗口改动（{at:%H:%M}），本窗口的内容没有保存。"


@transaction.atomic
def discard(*, actor: Account, draft: LeadDraft) -> None:
    """Delete one's own draft; a second time does nothing."""
    if draft.owner_id != actor.pk:
        raise PermissionDenied
    end(owner=actor, submission=draft.submission)


def end(*, owner: Account, submission: uuid.UUID, expected_version: int | None = None) -> None:
    """Delete the draft of a form, where there is one; the caller holds the transaction.

    Conflict when it is not of `expected_version`: another window has typed more into it.
    """
    hold(owner)
    draft = LeadDraft.objects.filter(owner=owner, submission=submission).first()
    if draft is None:
        return
    if expected_version is not None and draft.version != expected_version:
        raise Conflict(_changed(draft))
    draft.delete()


def delete_expired(now: dt.datetime | None = None) -> int:
    """Delete the drafts whose time is over; returns how many."""
    return LeadDraft.objects.expired(now or timezone.now()).delete()[0]
