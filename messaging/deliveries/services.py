"""The only writers of deliveries, once they are there."""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from audit.machine import Conflict
from audit.models import Action
from audit.services import record
from departments.models import Account
from messaging import channels, quiet
from messaging.channels import Failed, Send, Way
from messaging.models import Contact, Delivery
from messaging.reminders import moot
from messaging.services import knock
from messaging.states import DeliveryState

logger = logging.getLogger(__name__)

FIRST_PAUSE = dt.timedelta(seconds=30)
LONGEST_PAUSE = dt.timedelta(hours=1)
MAX_ATTEMPTS = 8
BATCH = 50
#: After so many seconds a run leaves the rest to the next, and the worker to other work.
LONGEST_RUN = 60.0
#: What a reminder is about may have been done since it was last looked at, so many seconds ago.
LOOK_AGAIN = 1.0

Clock = Callable[[], dt.datetime]


def deliver_due(now: dt.datetime | None = None) -> int:
    """Send what is due, batch by batch; returns how many messages left.

    Any number may run at once. A message can leave twice only if a worker dies, or a server falls
    silent, between the handing over and the mark; both then carry the same name.
    """

    def clock() -> dt.datetime:
        return now or timezone.now()

    return sum(_deliver(way, clock) for way in channels.ways())


def _deliver(way: Way, clock: Clock) -> int:
    """One channel's; a channel that is away is left alone until the next run."""
    sent, over = 0, time.monotonic() + LONGEST_RUN
    while batch := _claim(way, clock()):
        left, is_away = _send_batch(way, batch, clock)
        sent += left
        if is_away:
            break
        if time.monotonic() > over:
            knock()
            break
    return sent


def _claim(way: Way, now: dt.datetime) -> list[Delivery]:
    """Take a batch for one lease; committed before anything is sent."""
    with transaction.atomic():
        due = Delivery.objects.due(now).filter(channel=way.channel)
        rows = list(due.select_for_update(skip_locked=True)[:BATCH])
        for row in rows:
            row.takings += 1
            row.lease_until = timezone.now() + lease()
            row.state = DeliveryState.SENDING
            if row.attempts >= MAX_ATTEMPTS:
                row.state, row.lease_until = DeliveryState.FAILED, None
                row.last_error = row.last_error or "LeaseLost"
        Delivery.objects.bulk_update(rows, ["takings", "lease_until", "state", "last_error"])
    taken = [row.pk for row in rows if row.state == DeliveryState.SENDING]
    return list(Delivery.objects.filter(pk__in=taken).select_related("message").order_by("pk"))


def lease() -> dt.timedelta:
    return dt.timedelta(seconds=settings.PORTAL_DELIVERY_LEASE_SECONDS)


def _send_batch(way: Way, batch: list[Delivery], clock: Clock) -> tuple[int, bool]:
    """How many of the batch left, and whether the channel turned out to be away."""
    waiting = batch[::-1]
    sent, looked, over = 0, 0.0, set()
    try:
        with way.session() as send:
            while waiting:
                if time.monotonic() - looked > LOOK_AGAIN:
                    over = moot([one.message for one in waiting], clock())
                    looked = time.monotonic()
                if waiting[-1].message_id in over:
                    _cancel(waiting.pop())
                    continue
                sent += _send_one(waiting[-1], send)
                waiting.pop()
    except Failed as failed:
        for delivery in waiting:
            _postpone(delivery, failed)
        return sent, True
    return sent, False


def _send_one(delivery: Delivery, send: Send) -> int:
    """1 when it left. Raises Failed only when no other would leave either."""
    held = Delivery.objects.held(delivery)
    delivery.attempts += 1
    # A slow server must not cost the later messages of a batch their lease.
    if not held.update(lease_until=timezone.now() + lease(), attempts=delivery.attempts):
        return 0
    try:
        send(delivery)
    except Failed as failed:
        if failed.is_away:
            delivery.attempts -= 1
            raise
        _postpone(delivery, failed)
        return 0
    return held.update(
        state=DeliveryState.SENT, sent_at=timezone.now(), lease_until=None, last_error=""
    )


def _cancel(delivery: Delivery) -> None:
    """It reminds of what has been done meanwhile."""
    Delivery.objects.held(delivery).update(
        state=DeliveryState.CANCELLED, lease_until=None, last_error="NotOwed"
    )


def _postpone(delivery: Delivery, failed: Failed) -> None:
    """Try later, each time after twice the pause; after the last attempt it has failed.

    While a channel is away nothing counts as an attempt: what waits leaves when it is back.
    """
    logger.warning(
        "delivery %s by %s, attempt %s: %s",
        *(delivery.pk, delivery.channel, delivery.attempts, failed.reason),
    )
    given_up = failed.is_final or delivery.attempts >= MAX_ATTEMPTS
    before = delivery.takings if failed.is_away else delivery.attempts
    pause = min(FIRST_PAUSE * 2 ** min(before - 1, 10), LONGEST_PAUSE)
    Delivery.objects.held(delivery).update(
        attempts=delivery.attempts,
        state=DeliveryState.FAILED if given_up else DeliveryState.QUEUED,
        next_attempt_at=_leaves_at(delivery, timezone.now() + pause),
        lease_until=None,
        last_error=failed.reason,
    )


def _leaves_at(delivery: Delivery, moment: dt.datetime) -> dt.datetime:
    if not delivery.may_wait or delivery.jurisdiction_id is None:
        return moment
    return quiet.leaves_at(moment, *quiet.hours_of(delivery.jurisdiction_id))


@transaction.atomic
def resend(*, delivery: Delivery, actor: Account) -> None:
    """Try a failed delivery anew, once. Conflict when it has not failed, or was sent again before.

    What a reminder was about may have been done meanwhile: then nothing leaves.
    """
    row = Delivery.objects.select_for_update(of=("self",)).get(pk=delivery.pk)
    if not row.may_be_resent:
        raise Conflict("只有发送失败、还没有重发过的，可以重发一次。")
    row.state, row.attempts, row.next_attempt_at = DeliveryState.QUEUED, 0, timezone.now()
    row.resent_by, row.resent_at = actor, timezone.now()
    row.save(update_fields=["state", "attempts", "next_attempt_at", "resent_by", "resent_at"])
    record(action=Action.MESSAGE_RESENT, actor=actor, obj=row)
    transaction.on_commit(knock)


def save_contact(*, actor: Account, values: Mapping[str, Any]) -> None:
    """How `actor` is reached from now on; what is under way goes where it was sent to."""
    Contact.objects.update_or_create(account=actor, defaults=dict(values))
