"""Chat, by a webhook in the manner of 企业微信: a text to one person, never to a group.

What the office tells one unit is not for a group to read. The address of the webhook carries its
key; it is a secret, like a token.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from messaging.channels import Send, Way
from messaging.channels.http import poster
from messaging.channels.outside import words
from messaging.channels.sms import require_zero
from messaging.models import Delivery
from messaging.states import Channel


@contextmanager
def session() -> Iterator[Send]:
    with poster() as post:

        def send(delivery: Delivery) -> None:
            content = {
                "touser": delivery.address,
                "msgtype": "text",
                "agentid": settings.PORTAL_CHAT_AGENT,
                "text": {"content": words(delivery.message)},
                # Within this time the server itself folds repeated messages into one.
                "enable_duplicate_check": 1,
                "duplicate_check_interval": 4 * 60 * 60,
            }
            headers = {"Idempotency-Key": delivery.name}
            require_zero(post(settings.PORTAL_CHAT_URL, content, headers))

        yield send


WAY = Way(
    Channel.CHAT,
    "coalesce(contact.chat_name, '')",
    "coalesce(contact.by_chat, false)",
    lambda: bool(settings.PORTAL_CHAT_URL),
    session,
)
