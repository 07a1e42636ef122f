"""Verifying by itself, and keeping the head of the chain outside of the database."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from audit.models import Seal, Verification
from audit.seals.kept import kept_heads
from audit.seals.services import note_verification
from audit.seals.verifying import verify
from messaging.services import send
from oversight.people import auditors

#: So long after the last one the trail is verified again by itself.
PERIOD = dt.timedelta(hours=24)
#: From this hour on the day's head is sent.
HEAD_HOUR = 8


def verify_if_due(now: dt.datetime | None = None) -> Verification | None:
    """Verify once a day without being asked; two at once verify twice, which does no harm."""
    since = (now or timezone.now()) - PERIOD
    if Verification.objects.filter(actor=None, at__gt=since).exists():
        return None
    report = verify(kept=kept_heads())
    with transaction.atomic():
        verification = note_verification(report=report)
        tell_of_faults(verification)
    return verification


def tell_of_faults(verification: Verification) -> int:
    """Tell every auditor when a verification found something; returns to how many it was news."""
    if not verification.faults:
        return 0
    return send(
        recipients=auditors(),
        kind="audit_fault",
        subject_key=f"verification:{verification.pk}",
        title="审计记录未通过核验",
        body=f"核验审计记录发现 {verification.faults} 处问题。{verification.first_fault}",
        url=reverse("oversight:verify"),
    )


def send_head(now: dt.datetime | None = None) -> int:
    """Send the end of the chain to every auditor, once a day or a week; returns to how many.

    It leaves by e-mail too: what lies in a mailbox is out of reach of who could rewrite the
    database.
    """
    now = timezone.localtime(now)
    last = Seal.objects.newest()
    is_off = settings.PORTAL_AUDIT_HEAD_MAIL == "off"
    if is_off or last is None or now.hour < HEAD_HOUR:
        return 0
    is_weekly = settings.PORTAL_AUDIT_HEAD_MAIL == "weekly"
    return send(
        recipients=auditors(),
        kind="audit_head",
        subject_key="audit:head",
        round=f"{now:%G-W%V}" if is_weekly else f"{now:%Y-%m-%d}",
        title=f"审计记录的链头（封存 {last.number}）",
        body=(
            f"截至 {timezone.localtime(last.sealed_at):%Y-%m-%d %H:%M}，审计记录的链头是：\n"
            f"{last.head}\n请留存本消息；核验时填写它，可以发现尾部被截去或整体改写。"
        ),
        url=reverse("oversight:verify"),
    )
