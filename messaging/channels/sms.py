"""SMS, through a gateway that takes JSON: {"id", "phone", "text"}, with a bearer token.

It answers 2xx, and where it answers with JSON that has a `code` or `errcode`, that is 0. `id` is
the same at every attempt: a gateway that keeps it sends a repeated message once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings

from messaging.channels import Failed, Send, Way
from messaging.channels.http import poster
from messaging.channels.outside import words
from messaging.models import Delivery
from messaging.states import Channel


@contextmanager
def session() -> Iterator[Send]:
    with poster() as post:

        def send(delivery: Delivery) -> None:
            content = {
                "id": delivery.name,
                "phone": delivery.address,
                "text": words(delivery.message),
            }
            headers = {"Idempotency-Key": delivery.name}
            if settings.PORTAL_SMS_TOKEN:
                headers["Authorization"] = f"Bearer {settings.PORTAL_SMS_TOKEN}"
            require_zero(post(settings.PORTAL_SMS_URL, content, headers))

        yield send


def require_zero(answer: Any) -> None:
    """Failed where the answer carries an error code; only its number is kept."""
    code = answer.get("errcode", answer.get("code", 0)) if isinstance(answer, dict) else 0
    if code not in (0, "0"):
        number = code if isinstance(code, int) else ""
        raise Failed(f"Refused {number}".strip())


WAY = Way(
    Channel.SMS,
    "coalesce(contact.phone, '')",
    "coalesce(contact.by_sms, false)",
    lambda: bool(settings.PORTAL_SMS_URL),
    session,
)
