"""What a page carries from one step to the next: signed, for a while, for one person."""

from __future__ import annotations

import secrets
from typing import Any

from django.core import signing

from departments.models import Account

#: How long a page may show the code that it was opened for, in seconds.
SHOWING = 15 * 60
#: How long a code that was typed need not be typed again to add something.
ADDING = 30 * 60


def fresh(purpose: str, *, actor: Account | None, about: int | str) -> str:
    """A new token; what it was given out for is in it, besides 128 random bits."""
    value = [actor.pk if actor else 0, about, secrets.token_urlsafe(16)]
    return signing.dumps(value, salt=f"leads.codes.{purpose}")


def opened(
    purpose: str, token: str, *, actor: Account | None, max_age: int
) -> tuple[Any, str] | None:
    """What `token` is about and its random part; None when it is forged, old or another's."""
    try:
        who, about, secret = signing.loads(token, salt=f"leads.codes.{purpose}", max_age=max_age)
    except (signing.BadSignature, ValueError):
        return None
    return (about, secret) if who == (actor.pk if actor else 0) else None
