"""Codes as people read and type them."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import unicodedata
from urllib.parse import quote, urlencode

import segno

#: Letters and digits that nobody takes for one another.
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
RECOVERY_LENGTH = 16
RECOVERY_COUNT = 10
SECRET_BYTES = 20
_BETWEEN = re.compile(r"[\s\-—–]+")


def cleaned(typed: str) -> str:
    """What was meant: full-width or not, small or capital, with blanks and dashes or without."""
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", typed)).upper()


def is_of_the_app(code: str) -> bool:
    return re.fullmatch(r"[0-9]{6}", code) is not None


def new_recovery_codes() -> list[str]:
    return [
        "".join(secrets.choice(ALPHABET) for _ in range(RECOVERY_LENGTH))
        for _ in range(RECOVERY_COUNT)
    ]


def digest_of(code: str, *, account_id: int) -> str:
    return hashlib.sha256(f"recovery code {account_id} {code}".encode()).hexdigest()


def in_fours(code: str) -> str:
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def typed_key(secret: bytes) -> str:
    """The secret as one types it into an app that cannot see the picture."""
    return base64.b32encode(secret).decode().rstrip("=")


def address_of(secret: bytes, *, issuer: str, username: str) -> str:
    """What the picture says to the app."""
    label = quote(f"{issuer}:{username}", safe="")
    query = urlencode(
        {"secret": typed_key(secret), "issuer": issuer, "digits": 6, "period": 30}, quote_via=quote
    )
    return f"otpauth://totp/{label}?{query}"


def picture_of(address: str) -> str:
    """The address as a picture to be scanned, as the address of an image: it is drawn here."""
    return segno.make(address, error="m", micro=False).svg_data_uri(scale=4, light="#fff")
