"""E-mail, through whatever backend Django is set to: SMTP at work, files in the try-out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from smtplib import SMTPResponseException
from typing import Any

from django.core.mail import EmailMessage, get_connection

from messaging.channels import Failed, Send, Way
from messaging.models import Delivery
from messaging.states import Channel


@contextmanager
def session() -> Iterator[Send]:
    """One connection for a batch; after a failure it is opened anew."""
    mailer = get_connection()
    try:
        mailer.open()
    except Exception as error:  # noqa: BLE001  every backend has errors of its own
        raise Failed(_reason(error), is_away=True) from None

    def send(delivery: Delivery) -> None:
        try:
            letter(delivery, mailer).send()
        except Exception as error:  # noqa: BLE001  one bad address must not hold up the others
            mailer.close()
            raise Failed(_reason(error)) from None

    try:
        yield send
    finally:
        mailer.close()


def letter(delivery: Delivery, mailer: Any) -> EmailMessage:
    message = delivery.message
    return EmailMessage(
        subject=" ".join(message.title.split()),
        body=f"{message.body}\n\n请登录平台办理。本邮件由系统自动发出，请勿回复。\n",
        to=[delivery.address],
        headers={"Message-ID": delivery.letter_id, "Auto-Submitted": "auto-generated"},
        connection=mailer,
    )


def _reason(error: Exception) -> str:
    """Of the error only its kind: its text may carry addresses."""
    name = type(error).__name__
    return f"{name} {error.smtp_code}" if isinstance(error, SMTPResponseException) else name


WAY = Way(Channel.EMAIL, "account.email", "coalesce(contact.by_email, true)", lambda: True, session)
