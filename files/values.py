"""Short secrets in columns of their own, sealed with named keys: AES-256-GCM or SM4-GCM.

    version (1) | nonce (12) | what was encrypted | its tag (16)

A `Vault` says by which keys, and what for. No key is used as it stands: every vault has one of its
own for each cipher, drawn by HKDF-SHA256. What is sealed is bound to its place, so that the bytes
of one row cannot be put into another.
"""

from __future__ import annotations

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
from files.sealing import Damaged, KeyMissing

#: The ciphers by their names in rows and settings, with the length of their keys in bytes.
CIPHERS = {"aes-256-gcm": (algorithms.AES, 32), "sm4-gcm": (algorithms.SM4, 16)}
VERSION = b"\x01"
NONCE, TAG = 12, 16


@dataclass(frozen=True)
class Sealed:
    """Sealed bytes, and what opens them."""

    data: bytes = b""
    key_id: str = ""
    cipher: str = ""

    def __repr__(self) -> str:
        return f"Sealed({self.cipher}, {self.key_id!r}, {len(self.data)} bytes)"


@dataclass(frozen=True, kw_only=True)
class Vault:
    """What seals one kind of secret; no other vault opens it, not even one of the same keys.

    `name` and `use` go into its keys. `keys` is the setting that names them, `cipher_setting` the
    one that chooses the cipher, where there is a choice. What is sealed is filled up with blanks
    to a multiple of `block` bytes, so that its length tells little. `what` is what a person calls
    it who cannot read it.
    """

    name: str
    use: str
    keys: str
    what: str
    cipher_setting: str = ""
    block: int = 1

    @property
    def ring(self) -> KeyRing:
        return key_ring(self.keys)

    @property
    def cipher(self) -> str:
        """The cipher for what is new."""
        return getattr(settings, self.cipher_setting) if self.cipher_setting else "aes-256-gcm"

    def is_current(self, sealed: Sealed) -> bool:
        """Sealed as it would be sealed now."""
        return (sealed.key_id, sealed.cipher) == (self.ring.current, self.cipher)

    def seal(self, plain: bytes, *, bound_to: str) -> Sealed:
        """Seal `plain` under the current key, for the place that `bound_to` names."""
        cipher, key_id = self.cipher, self.ring.current
        require_cipher(cipher, self.cipher_setting)
        nonce = secrets.token_bytes(NONCE)
        sealer = self._cipher(cipher, key_id, modes.GCM(nonce)).encryptor()
        sealer.authenticate_additional_data(_bound(bound_to, cipher, key_id))
        filled = plain.ljust(-(-len(plain) // self.block) * self.block, b" ")
        words = sealer.update(filled) + sealer.finalize()
        return Sealed(VERSION + nonce + words + sealer.tag, key_id, cipher)

    def unseal(self, sealed: Sealed, *, bound_to: str) -> bytes:
        """The plain bytes, with the blanks that they were filled up with.

        KeyMissing without the key; Damaged when it is not what was sealed for that place.
        """
        if sealed.key_id not in self.ring.keys:
            raise KeyMissing(sealed.key_id, self.what)
        data = sealed.data
        if sealed.cipher not in CIPHERS or data[:1] != VERSION or len(data) < 1 + NONCE + TAG:
            raise Damaged(self.what)
        nonce, words, tag = data[1 : 1 + NONCE], data[1 + NONCE : -TAG], data[-TAG:]
        opener = self._cipher(sealed.cipher, sealed.key_id, modes.GCM(nonce, tag)).decryptor()
        opener.authenticate_additional_data(_bound(bound_to, sealed.cipher, sealed.key_id))
        try:
            return opener.update(words) + opener.finalize()
        except InvalidTag:
            raise Damaged(self.what) from None

    def key(self, key_id: str, use: str, length: int = 32) -> bytes:
        """A key for another use of the same secrets, such as finding them again."""
        return _draw(self.ring.keys[key_id], f"{self.name} {use}", length)

    def _cipher(self, name: str, key_id: str, mode: modes.GCM) -> Cipher:
        algorithm, length = CIPHERS[name]
        return Cipher(algorithm(self.key(key_id, f"{self.use} {name}", length)), mode)


def require_cipher(name: str, setting: str) -> None:
    """ImproperlyConfigured unless `name`, as `setting` says, is a cipher that this machine has."""
    if name not in CIPHERS:
        known = "、".join(CIPHERS)
        raise ImproperlyConfigured(f"{setting} 应为 {known} 之一，现在是“{name}”。")
    algorithm, length = CIPHERS[name]
    try:
        Cipher(algorithm(bytes(length)), modes.GCM(bytes(NONCE))).encryptor()
    except UnsupportedAlgorithm:
        raise ImproperlyConfigured(f"本机的加密库不支持 {name}，请改用 aes-256-gcm。") from None


def _bound(place: str, cipher: str, key_id: str) -> bytes:
    return f"{place}|{cipher}|{key_id}".encode()


@lru_cache(maxsize=64)
def _draw(key: bytes, purpose: str, length: int) -> bytes:
    info = f"portal {purpose}".encode()
    return HKDF(hashes.SHA256(), length=length, salt=None, info=info).derive(key)
