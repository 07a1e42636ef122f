"""How an identity is sealed and looked up: AES-256-GCM or SM4-GCM under named keys, and HMACs.

The setting `PORTAL_REPORTER_KEYS` names the keys as `PORTAL_FILE_KEYS` does. No key is used as it
stands: each cipher and each index has one of its own, drawn from it by HKDF-SHA256. What is sealed
is bound to its place, so that the bytes of one row cannot be put into another.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from files.keys import KeyRing, key_ring

SETTING = "PORTAL_REPORTER_KEYS"
#: The ciphers by their names in rows and settings, with the length of their keys in bytes.
CIPHERS = {"aes-256-gcm": (algorithms.AES, 32), "sm4-gcm": (algorithms.SM4, 16)}
VERSION = b"\x01"
NONCE, TAG = 12, 16
#: Plain text is filled up to a multiple of this, so that its length tells little.
BLOCK = 256


class Unreadable(Exception):
    """The sealed words cannot be read; the message says why, for the person who asked."""


class Damaged(Unreadable):
    """Not what was written: changed, cut short, or the bytes of another row."""

    def __init__(self) -> None:
        super().__init__("举报人信息已损坏或被改动，未通过完整性校验。请联系系统管理员从备份恢复。")


class KeyMissing(Unreadable):
    """The key that sealed the words is not among the configured ones."""

    def __init__(self, key_id: str) -> None:
        super().__init__(
            f"举报人信息用密钥“{key_id}”加密，系统目前没有配置这个密钥。请联系系统管理员。"
        )
        self.key_id = key_id


@dataclass(frozen=True)
class Sealed:
    """Sealed words, and what opens them."""

    data: bytes
    key_id: str
    cipher: str

    def __repr__(self) -> str:
        return f"Sealed({self.cipher}, {self.key_id!r}, {len(self.data)} bytes)"


def ring() -> KeyRing:
    return key_ring(SETTING)


def is_current(sealed: Sealed) -> bool:
    """Sealed as it would be sealed now."""
    return (sealed.key_id, sealed.cipher) == (ring().current, settings.PORTAL_REPORTER_CIPHER)


def seal(plain: bytes, *, bound_to: str) -> Sealed:
    """Seal `plain` under the current key, for the place that `bound_to` names."""
    cipher, key_id = settings.PORTAL_REPORTER_CIPHER, ring().current
    require_cipher(cipher)
    nonce = secrets.token_bytes(NONCE)
    sealer = _cipher(cipher, ring().keys[key_id], modes.GCM(nonce)).encryptor()
    sealer.authenticate_additional_data(_bound(bound_to, cipher, key_id))
    filled = plain.ljust(-(-len(plain) // BLOCK) * BLOCK, b" ")
    words = sealer.update(filled) + sealer.finalize()
    return Sealed(VERSION + nonce + words + sealer.tag, key_id, cipher)


def unseal(sealed: Sealed, *, bound_to: str) -> bytes:
    """The plain text, with the blanks that it was filled up with. Raises Unreadable."""
    if sealed.key_id not in ring().keys:
        raise KeyMissing(sealed.key_id)
    data = sealed.data
    if sealed.cipher not in CIPHERS or data[:1] != VERSION or len(data) < 1 + NONCE + TAG:
        raise Damaged
    nonce, words, tag = data[1 : 1 + NONCE], data[1 + NONCE : -TAG], data[-TAG:]
    opener = _cipher(sealed.cipher, ring().keys[sealed.key_id], modes.GCM(nonce, tag)).decryptor()
    opener.authenticate_additional_data(_bound(bound_to, sealed.cipher, sealed.key_id))
    try:
        return opener.update(words) + opener.finalize()
    except InvalidTag:
        raise Damaged from None


def blind(kind: str, value: str, key_id: str) -> str:
    """By what a `value` of that kind is found again without being read; empty for no value."""
    if not value:
        return ""
    key = _draw(ring().keys[key_id], f"index {kind}", 32)
    return hmac.new(key, value.encode(), hashlib.sha256).hexdigest()


def require_cipher(name: str) -> None:
    """ImproperlyConfigured unless `name` is a cipher that this machine can use."""
    if name not in CIPHERS:
        known = "、".join(CIPHERS)
        raise ImproperlyConfigured(f"PORTAL_REPORTER_CIPHER 应为 {known} 之一，现在是“{name}”。")
    try:
        _cipher(name, bytes(32), modes.GCM(bytes(NONCE))).encryptor()
    except UnsupportedAlgorithm:
        raise ImproperlyConfigured(f"本机的加密库不支持 {name}，请改用 aes-256-gcm。") from None


def _bound(place: str, cipher: str, key_id: str) -> bytes:
    return f"{place}|{cipher}|{key_id}".encode()


def _cipher(name: str, key: bytes, mode: modes.GCM) -> Cipher:
    algorithm, length = CIPHERS[name]
    return Cipher(algorithm(_draw(key, f"identity {name}", length)), mode)


@lru_cache(maxsize=64)
def _draw(key: bytes, purpose: str, length: int) -> bytes:
    info = f"portal reporters {purpose}".encode()
    return HKDF(hashes.SHA256(), length=length, salt=None, info=info).derive(key)
