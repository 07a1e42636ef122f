"""A short secret in a column, sealed with the named keys: AES-256-GCM under a key of its own use.

    length of key id (1) | key id | nonce (12) | what was encrypted, with its tag

`purpose` says whose secret it is and for what ("authenticator of account 7"). It goes into the key
and is authenticated, so that a sealed value that is copied to another row cannot be opened there.
"""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from files.keys import KEY_BYTES, KeyRing
from files.sealing import Damaged, KeyMissing

NONCE = 12
_USE = b"portal short secret\0"


def seal(plain: bytes, *, ring: KeyRing, purpose: str) -> bytes:
    """`plain` under the current key."""
    name = ring.current.encode()
    nonce = secrets.token_bytes(NONCE)
    sealed = _cipher(ring.keys[ring.current], purpose).encrypt(nonce, plain, name)
    return bytes([len(name)]) + name + nonce + sealed


def unseal(sealed: bytes, *, ring: KeyRing, purpose: str) -> bytes:
    """The plain bytes. KeyMissing without the key; Damaged when it is not what was sealed."""
    key_id = key_of(sealed)
    if key_id not in ring.keys:
        raise KeyMissing(key_id)
    name, rest = key_id.encode(), sealed[1 + sealed[0] :]
    try:
        return _cipher(ring.keys[key_id], purpose).decrypt(rest[:NONCE], rest[NONCE:], name)
    except (InvalidTag, ValueError):
        raise Damaged from None


def key_of(sealed: bytes) -> str:
    """The id of the key that sealed it."""
    if not sealed:
        raise Damaged
    return sealed[1 : 1 + sealed[0]].decode("ascii", "replace")


def _cipher(key: bytes, purpose: str) -> AESGCM:
    info = _USE + purpose.encode()
    return AESGCM(HKDF(hashes.SHA256(), length=KEY_BYTES, salt=None, info=info).derive(key))
