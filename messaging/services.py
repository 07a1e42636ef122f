"""The only writers of messages and deliveries."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from smtplib import SMTPResponseException
from typing import Any

from django.core.mail import EmailMessage, get_connection
from django.db import connection, transaction
from django.utils import timezone

from departments.models import Account
from messaging.models import Delivery, Message
from messaging.states import ADDRESSES, DeliveryState

logger = logging.getLogger(__name__)

LEASE = dt.timedelta(seconds=60)
FIRST_PAUSE = dt.timedelta(seconds=30)
LONGEST_PAUSE = dt.timedelta(hours=1)
MAX_ATTEMPTS = 8
BATCH = 50
INSERTED_AT_ONCE = 5000
WAYS = ", ".join(f"('{channel}', account.{field})" for channel, field in ADDRESSES.items())


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What one person is told about one subject."""

    recipient_id: int
    subject_key: str
    title: str
    body: str
    url: str
    round: str = ""


def send(
    *,
    recipients: Iterable[Account | int],
    kind: str,
    subject_key: str,
    round: str = "",  # noqa: A002  the model's word
    title: str,
    body: str = "",
    url: str = "",
) -> int:
    """Tell every one of `recipients` the same; returns to how many it was news.

    Who has had (kind, subject_key, round) before is left alone. Joins the caller's transaction:
    if that fails, nothing was said.
    """
    letters = (
        Letter(
            recipient_id=getattr(person, "pk", person),
            subject_key=subject_key,
            title=title,
            body=body,
            url=url,
            round=round,
        )
        for person in recipients
    )
    return send_letters(kind=kind, letters=letters)


def send_letters(*, kind: str, letters: Iterable[Letter]) -> int:
    """Send letters that differ by recipient; the same promises as `send`, in bounded memory."""
    sent = 0
    waiting = iter(letters)
    with transaction.atomic():
        while batch := list(islice(waiting, INSERTED_AT_ONCE)):
            sent += _insert(kind, batch)
        if sent:
            transaction.on_commit(knock)
    return sent


def _insert(kind: str, letters: list[Letter]) -> int:
    """One statement: messages where there is none yet, deliveries of just those; returns how many.

    The recipients are sorted so that two senders insert in one order and cannot deadlock.
    """
    ordered = sorted(
        letters, key=lambda letter: (letter.subject_key, letter.round, letter.recipient_id)
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH news AS (
                INSERT INTO messaging_message
                    (recipient_id, kind, subject_key, round, title, body, url)
                SELECT account.id, %s, letter.subject_key, letter.round, letter.title, letter.body,
                       letter.url
                FROM unnest(
                        %s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[]
                     ) WITH ORDINALITY
                     AS letter(recipient_id, subject_key, round, title, body, url, position)
                JOIN departments_account account
                  ON account.id = letter.recipient_id AND account.is_active
                ORDER BY letter.position
                ON CONFLICT DO NOTHING
                RETURNING id, recipient_id
            ), deliveries AS (
                INSERT INTO messaging_delivery
                    (message_id, channel, address, state, attempts, last_error)
                SELECT news.id, way.channel, way.address, 'queued', 0, ''
                FROM news
                JOIN departments_account account ON account.id = news.recipient_id
                CROSS JOIN LATERAL (VALUES {WAYS}) AS way(channel, address)
                WHERE way.address <> ''
            )
            SELECT count(*) FROM news
            """,
            [
                kind,
                [letter.recipient_id for letter in ordered],
                [letter.subject_key for letter in ordered],
                [letter.round for letter in ordered],
                [letter.title for letter in ordered],
                [letter.body for letter in ordered],
                [letter.url for letter in ordered],
            ],
        )
        return cursor.fetchone()[0]


def knock() -> None:
    """Tell a worker that letters wait. With the broker away, beat's next tick does it later."""
    from messaging.tasks import deliver_due as task

    try:
        task.delay()
    except Exception as error:  # noqa: BLE001  whatever the broker's client raises, the rows stand
        logger.warning("letters wait for the next tick: %s", type(error).__name__)


def deliver_due(now: dt.datetime | None = None) -> int:
    """Send what is due, batch by batch, until nothing is; returns how many letters left.

    Any number may run at once. A letter can leave twice only if a worker dies between handing
    it over and saying so; both then carry the same Message-ID.
    """
    sent = 0
    while batch := _claim(now or timezone.now()):
        mailer = _open_mailer(batch)
        if mailer is None:
            break
        try:
            sent += sum(_send_one(delivery, mailer) for delivery in batch)
        finally:
            mailer.close()
    return sent


def _claim(now: dt.datetime) -> list[Delivery]:
    """Take a batch for one lease; committed before anything is sent."""
    with transaction.atomic():
        rows = list(Delivery.objects.due(now).select_for_update(skip_locked=True)[:BATCH])
        for row in rows:
            row.attempts += 1
            row.lease_until = timezone.now() + LEASE
            row.state = DeliveryState.SENDING
            if row.attempts > MAX_ATTEMPTS:
                row.state, row.lease_until = DeliveryState.FAILED, None
                row.last_error = row.last_error or "LeaseLost"
        Delivery.objects.bulk_update(rows, ["attempts", "lease_until", "state", "last_error"])
    taken = [row.pk for row in rows if row.state == DeliveryState.SENDING]
    return list(Delivery.objects.filter(pk__in=taken).select_related("message").order_by("pk"))


def _open_mailer(batch: list[Delivery]) -> Any | None:
    """A connection for the batch; None, and the batch put off, when the mail server is away."""
    mailer = get_connection()
    try:
        mailer.open()
    except Exception as error:  # noqa: BLE001  every backend has errors of its own
        for delivery in batch:
            _postpone(delivery, error)
        return None
    return mailer


def _send_one(delivery: Delivery, mailer: Any) -> int:
    held = Delivery.objects.held(delivery.pk, delivery.attempts)
    # A slow server must not cost the later letters of a batch their lease.
    if not held.update(lease_until=timezone.now() + LEASE):
        return 0
    try:
        _letter(delivery, mailer).send()
    except Exception as error:  # noqa: BLE001  one bad address must not hold up the others
        _postpone(delivery, error)
        mailer.close()
        return 0
    return held.update(
        state=DeliveryState.SENT, sent_at=timezone.now(), lease_until=None, last_error=""
    )


def _letter(delivery: Delivery, mailer: Any) -> EmailMessage:
    message = delivery.message
    return EmailMessage(
        subject=" ".join(message.title.split()),
        body=f"{message.body}\n\n请登录平台办理。本邮件由系统自动发出，请勿回复。\n",
        to=[delivery.address],
        headers={"Message-ID": delivery.letter_id, "Auto-Submitted": "auto-generated"},
        connection=mailer,
    )


def _postpone(delivery: Delivery, error: Exception) -> None:
    """Try later, each time after twice the pause; after the last attempt it has failed.

    Of the error only its kind is kept: its text may carry addresses.
    """
    reason = type(error).__name__
    if isinstance(error, SMTPResponseException):
        reason = f"{reason} {error.smtp_code}"
    logger.warning("delivery %s, attempt %s: %s", delivery.pk, delivery.attempts, reason)
    given_up = delivery.attempts >= MAX_ATTEMPTS
    pause = min(FIRST_PAUSE * 2 ** (delivery.attempts - 1), LONGEST_PAUSE)
    Delivery.objects.held(delivery.pk, delivery.attempts).update(
        state=DeliveryState.FAILED if given_up else DeliveryState.QUEUED,
        next_attempt_at=timezone.now() + pause,
        lease_until=None,
        last_error=reason,
    )


def mark_read(*, actor: Account, message: Message) -> None:
    """Note when the recipient first opened the message; a second time changes nothing."""
    Message.objects.visible_to(actor).unread().filter(pk=message.pk).update(read_at=timezone.now())


def mark_all_read(*, actor: Account, up_to: int) -> int:
    """Mark what the person has on the screen as read: later arrivals stay unread."""
    shown = Message.objects.visible_to(actor).unread().filter(pk__lte=up_to)
    return shown.update(read_at=timezone.now())
