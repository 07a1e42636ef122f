"""Short secrets as they are sealed: what was written comes back to its own place, nothing else."""

from __future__ import annotations

import importlib
import os
from base64 import b64encode
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured

from access.models import Authenticator
from files.keys import key_ring
from files.sealing import Damaged, KeyMissing
from files.values import Sealed
from leads.reporters.sealing import VAULT

PLACE = "reporter|7|a|1"
WORDS = "张某 13800001234".encode()
#: WORDS as they were sealed for PLACE when identities were first kept.
EARLIER = (
    "0131df7e636fb32a0d4989f567fa794e41fbc8684174de90afea4e7118de5748d86c221d00c18a8e77788aa9"
    "86e6b136da0b275f0673a752c0608c7bd428e0bea5ea618e8cb87c10b03790bcf6f6527aaefa1b38ec5da622"
    "fa1d05a1c174cc97a9d8df1ffbc58c2e36ea4d5aaee98fdada92d5f2370e25084b3ade7713c6d9246edbf65b"
    "131c7fd0a6c5ad8aa09d8eae033afdc346de03ac3a7e6aa1e78a2ddf0d77b9d7df46e7e001783b3f05953bdf"
    "bf7a25285384a71cb025de1ed1ce2d30413b00e880fe0bbf1a4ce2eb927570765f850dd33d0b8445623faad5"
    "2ba126af0c0cb77516843b387f79b000add90e2bea6a22744ad1f908a9235f5a4ecd2bdcf1b426ae91a146b5"
    "f52a2e7c42f0a4f278fac9bd0961de7d1a3be8f4d2"
)


def key(name: str) -> str:
    return f"{name}:{b64encode(os.urandom(32)).decode()}"


@pytest.fixture(params=["aes-256-gcm", "sm4-gcm"])
def cipher(request, settings):
    settings.PORTAL_REPORTER_CIPHER = request.param
    return request.param


def test_what_was_sealed_comes_back(cipher):
    sealed = VAULT.seal(WORDS, bound_to=PLACE)
    assert (sealed.cipher, sealed.key_id) == (cipher, "test")
    assert VAULT.unseal(sealed, bound_to=PLACE).rstrip() == WORDS
    assert WORDS not in sealed.data
    assert sealed.data != VAULT.seal(WORDS, bound_to=PLACE).data
    assert len(sealed.data) == len(VAULT.seal(b"x" * 200, bound_to=PLACE).data)


def test_every_wrong_byte_is_noticed(cipher):
    sealed = VAULT.seal(WORDS, bound_to=PLACE)
    for place in range(len(sealed.data)):
        wrong = bytearray(sealed.data)
        wrong[place] ^= 1
        with pytest.raises(Damaged):
            VAULT.unseal(replace(sealed, data=bytes(wrong)), bound_to=PLACE)
    for cut in (0, 1, 28, len(sealed.data) - 1):
        with pytest.raises(Damaged):
            VAULT.unseal(replace(sealed, data=sealed.data[:cut]), bound_to=PLACE)


def test_words_of_another_row_or_cipher_are_refused(cipher):
    sealed = VAULT.seal(WORDS, bound_to=PLACE)
    other = {"aes-256-gcm": "sm4-gcm", "sm4-gcm": "aes-256-gcm"}[cipher]
    for wrong, place in (
        (sealed, "reporter|8|a|1"),
        (sealed, "reporter|7|a|2"),
        (replace(sealed, cipher=other), PLACE),
        (replace(sealed, cipher="none"), PLACE),
    ):
        with pytest.raises(Damaged):
            VAULT.unseal(wrong, bound_to=place)


def test_a_lost_key_is_named_and_an_older_one_still_opens(settings):
    before = settings.PORTAL_REPORTER_KEYS
    sealed = VAULT.seal(WORDS, bound_to=PLACE)
    settings.PORTAL_REPORTER_KEYS = key("next")
    with pytest.raises(KeyMissing, match="密钥“test”"):
        VAULT.unseal(sealed, bound_to=PLACE)
    settings.PORTAL_REPORTER_KEYS = f"{settings.PORTAL_REPORTER_KEYS},{before}"
    assert VAULT.unseal(sealed, bound_to=PLACE).rstrip() == WORDS
    assert VAULT.seal(WORDS, bound_to=PLACE).key_id == "next"


def test_another_cipher_is_not_taken(settings):
    settings.PORTAL_REPORTER_CIPHER = "rot13"
    with pytest.raises(ImproperlyConfigured, match="rot13"):
        VAULT.seal(WORDS, bound_to=PLACE)


def test_what_another_vault_sealed_is_not_opened(settings):
    settings.PORTAL_FILE_KEYS = settings.PORTAL_REPORTER_KEYS
    other = replace(Authenticator.vault, block=256)
    with pytest.raises(Damaged):
        other.unseal(VAULT.seal(WORDS, bound_to=PLACE), bound_to=PLACE)


def test_what_was_sealed_in_an_earlier_year_still_opens():
    """The form on the disk: a change of it needs a migration, and would show here."""
    sealed = Sealed(bytes.fromhex(EARLIER), "test", "aes-256-gcm")
    assert VAULT.unseal(sealed, bound_to=PLACE).rstrip() == WORDS


def test_the_migration_brings_the_secrets_of_phones_along(people):
    """Sealed as they were before there was one way for all; without its key one stays unread."""
    secrets = {people.office: b"s" * 20, people.director: b" " * 20, people.auditor: b"x" * 20}
    for account, secret in secrets.items():
        name = b"gone" if account == people.auditor else b"test"
        sealed = _as_before(secret, name=name, user_id=account.pk)
        Authenticator.objects.create(user=account, confirmed=True, sealed=sealed)
    importlib.import_module("access.migrations.0004_one_way_to_seal").seal_anew(apps, None)
    for account in (people.office, people.director):
        assert Authenticator.objects.get(user=account).key == secrets[account]
    with pytest.raises(KeyMissing):
        _ = Authenticator.objects.get(user=people.auditor).key


def _as_before(secret: bytes, *, name: bytes, user_id: int) -> bytes:
    info = b"portal short secret\0" + f"authenticator of account {user_id}".encode()
    key = HKDF(hashes.SHA256(), length=32, salt=None, info=info).derive(key_ring().keys["test"])
    nonce = os.urandom(12)
    return bytes([len(name)]) + name + nonce + AESGCM(key).encrypt(nonce, secret, name)
