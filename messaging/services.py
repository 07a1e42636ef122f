"""The only writers of messages."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from django.db import connection, transaction
from django.utils import timezone

from departments.models import Account
from messaging import channels, quiet
from messaging.models import Message
from messaging.states import Pace

logger = logging.getLogger(__name__)

INSERTED_AT_ONCE = 5000


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


def send_letters(
    *,
    kind: str,
    letters: Iterable[Letter],
    pace: Pace = Pace.PROMPT,
    now: dt.datetime | None = None,
) -> int:
    """Send letters that differ by recipient; the same promises as `send`, in bounded memory.

    What is calm leaves the house after the quiet hours of the recipient's town, if it is `now`
    within them; the message in the portal is there at once.
    """
    sent = 0
    waiting = iter(letters)
    with transaction.atomic():
        moment = now or timezone.now()
        held = quiet.held(moment) if pace == Pace.CALM else {}
        while batch := list(islice(waiting, INSERTED_AT_ONCE)):
            sent += _insert(kind, batch, pace, moment, held)
        if sent:
            transaction.on_commit(knock)
    return sent


def _insert(
    kind: str,
    letters: list[Letter],
    pace: Pace,
    now: dt.datetime,
    held: dict[int, dt.datetime],
) -> int:
    """One statement: messages where there is none yet, deliveries of just those; returns how many.

    The recipients are sorted so that two senders insert in one order and cannot deadlock.
    """
    ordered = sorted(
        letters, key=lambda letter: (letter.subject_key, letter.round, letter.recipient_id)
    )
    ways = ", ".join(f"('{way.channel}', {way.address}, {way.chosen})" for way in channels.ways())
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
            ), told AS (
                SELECT news.id, news.recipient_id, (
                    SELECT unit.jurisdiction_id FROM departments_membership held
                    JOIN departments_unit unit ON unit.id = held.unit_id
                    WHERE held.account_id = news.recipient_id ORDER BY held.id LIMIT 1
                ) AS town
                FROM news
            ), deliveries AS (
                INSERT INTO messaging_delivery
                    (message_id, jurisdiction_id, channel, address, state, may_wait, attempts,
                     last_error, next_attempt_at)
                SELECT told.id, told.town, way.channel, way.address, 'queued', %s, 0, '',
                       coalesce(held.until, %s)
                FROM told
                JOIN departments_account account ON account.id = told.recipient_id
                LEFT JOIN messaging_contact contact ON contact.account_id = account.id
                LEFT JOIN unnest(%s::bigint[], %s::timestamptz[]) AS held(town, until)
                  ON held.town = told.town
                CROSS JOIN LATERAL (VALUES {ways}) AS way(channel, address, chosen)
                WHERE way.address <> '' AND (way.chosen OR %s)
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
                pace == Pace.CALM,
                now,
                list(held.keys()),
                list(held.values()),
                pace == Pace.URGENT,
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


def mark_read(*, actor: Account, message: Message) -> None:
    """Note when the recipient first opened the message; a second time changes nothing."""
    Message.objects.visible_to(actor).unread().filter(pk=message.pk).update(read_at=timezone.now())


def mark_all_read(*, actor: Account, up_to: int) -> int:
    """Mark what the person has on the screen as read: later arrivals stay unread."""
    shown = Message.objects.visible_to(actor).unread().filter(pk__lte=up_to)
    return shown.update(read_at=timezone.now())
