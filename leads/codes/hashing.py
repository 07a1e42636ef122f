"""How codes are made and kept: derived from a secret that nobody keeps, stored as a keyed hash.

A plain hash of 63 bits gives way to whoever has the table: one try counts against every code in it,
and so does a slow hash, which without a salt of its own per code only makes each try dearer. So the
hash has a key, which is not in the database: a copy of the database alone tells no code. The keys
are derived from those of the stored files (`files.keys`), so that there is nothing more to keep.
"""

from __future__ import annotations

import hmac

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from files.keys import KEY_BYTES, key_ring
from leads.codes import digits

KEPT, MADE = b"query code, kept", b"query code, made"


def made_from(secret: str) -> str:
    """The code that belongs to `secret`, always the same: a second click shows no other code.

    `secret` is random, signed, in the hands of one page, and never stored.
    """
    mac = _mac(key_ring().current, MADE, secret)
    return digits.whole(int(mac, 16) % 10**digits.RANDOM)


def kept_as(code: str) -> tuple[str, str]:
    """The id of the key, and the digest under which a new `code` is stored."""
    current = key_ring().current
    return current, _mac(current, KEPT, code)


def may_be_kept_as(code: str) -> list[str]:
    """The digests under which `code` may be stored, one for each key."""
    return [_mac(key_id, KEPT, code) for key_id in key_ring().keys]


def _mac(key_id: str, purpose: bytes, text: str) -> str:
    derived = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose)
    key = derived.derive(key_ring().keys[key_id])
    return hmac.new(key, text.encode(), "sha256").hexdigest()
