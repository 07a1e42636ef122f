"""Identities as they are sealed: what was written comes back to its own place, and nothing else."""

from __future__ import annotations

import os
from base64 import b64encode
from dataclasses import replace

import pytest
from django.core.exceptions import ImproperlyConfigured

from leads.reporters import sealing
from leads.reporters.identity import (
    Identity,
    check_digit,
    doubt_of_id,
    doubt_of_phone,
    plain_id,
    plain_phone,
)
from leads.reporters.sealing import Damaged, KeyMissing, seal, unseal

PLACE = "reporter|7|a|1"
WORDS = "张某 13800001234".encode()


def key(name: str) -> str:
    return f"{name}:{b64encode(os.urandom(32)).decode()}"


@pytest.fixture(params=["aes-256-gcm", "sm4-gcm"])
def cipher(request, settings):
    settings.PORTAL_REPORTER_CIPHER = request.param
    return request.param


def test_what_was_sealed_comes_back(cipher):
    sealed = seal(WORDS, bound_to=PLACE)
    assert (sealed.cipher, sealed.key_id) == (cipher, "test")
    assert unseal(sealed, bound_to=PLACE).rstrip() == WORDS
    assert WORDS not in sealed.data
    assert sealed.data != seal(WORDS, bound_to=PLACE).data
    assert len(sealed.data) == len(seal(b"x" * 200, bound_to=PLACE).data)


def test_every_wrong_byte_is_noticed(cipher):
    sealed = seal(WORDS, bound_to=PLACE)
    for place in range(len(sealed.data)):
        wrong = bytearray(sealed.data)
        wrong[place] ^= 1
        with pytest.raises(Damaged):
            unseal(replace(sealed, data=bytes(wrong)), bound_to=PLACE)
    for cut in (0, 1, 28, len(sealed.data) - 1):
        with pytest.raises(Damaged):
            unseal(replace(sealed, data=sealed.data[:cut]), bound_to=PLACE)


def test_words_of_another_row_or_cipher_are_refused(cipher):
    sealed = seal(WORDS, bound_to=PLACE)
    other = {"aes-256-gcm": "sm4-gcm", "sm4-gcm": "aes-256-gcm"}[cipher]
    for wrong, place in (
        (sealed, "reporter|8|a|1"),
        (sealed, "reporter|7|a|2"),
        (replace(sealed, cipher=other), PLACE),
        (replace(sealed, cipher="none"), PLACE),
    ):
        with pytest.raises(Damaged):
            unseal(wrong, bound_to=place)


def test_a_lost_key_is_named_and_an_older_one_still_opens(settings):
    before = settings.PORTAL_REPORTER_KEYS
    sealed = seal(WORDS, bound_to=PLACE)
    settings.PORTAL_REPORTER_KEYS = key("next")
    with pytest.raises(KeyMissing, match="密钥“test”"):
        unseal(sealed, bound_to=PLACE)
    settings.PORTAL_REPORTER_KEYS = f"{settings.PORTAL_REPORTER_KEYS},{before}"
    assert unseal(sealed, bound_to=PLACE).rstrip() == WORDS
    assert seal(WORDS, bound_to=PLACE).key_id == "next"


def test_another_cipher_is_not_taken(settings):
    settings.PORTAL_REPORTER_CIPHER = "rot13"
    with pytest.raises(ImproperlyConfigured, match="rot13"):
        seal(WORDS, bound_to=PLACE)


def test_an_index_says_nothing_and_differs_by_kind_and_key(settings):
    settings.PORTAL_REPORTER_KEYS += f",{key('next')}"
    found = {
        sealing.blind(kind, "13800001234", name)
        for kind in ("phone", "id")
        for name in ("test", "next")
    }
    assert len(found) == 4
    assert {len(one) for one in found} == {64}
    assert sealing.blind("phone", "", "test") == ""


def test_nothing_prints_an_identity():
    identity = Identity(name="张某", phone="13800001234")
    assert "张" not in f"{identity} {identity!r} {[identity]}"
    assert Identity.load(identity.dump()) == identity


@pytest.mark.parametrize(
    "text",
    [
        "13800001234",
        "１３８００００１２３４",
        "+86 138-0000-1234",
        "0086 138 0000 1234",
        "86１３８ 00001234",
    ],
)
def test_a_phone_is_the_same_however_it_is_written(text):
    assert plain_phone(text) == "13800001234"


def test_an_id_number_is_the_same_however_it_is_written():
    body = "11010519491231002"
    assert check_digit(body) == "X"
    for text in (f"{body}x", f" {body[:6]} {body[6:]}X", "１１０１０５１９４９１２３１００２Ｘ"):
        assert plain_id(text) == f"{body}X"
    assert plain_id("110105491231002") == f"{body}X"  # the old number of the same person


@pytest.mark.parametrize(
    ("text", "is_doubted"),
    [
        ("", False),
        ("13800001234", False),
        ("+86 13800001234", False),
        ("0571-87654321", False),
        ("87654321", False),
        ("1380000123", True),
        ("23800001234", True),
        ("没有", True),
    ],
)
def test_what_looks_wrong_about_a_phone(text, is_doubted):
    assert bool(doubt_of_phone(text)) is is_doubted


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ""),
        ("11010519491231002x", ""),
        ("110105491231002", ""),
        ("110105194912310021", "校验位"),
        ("1101051949123100", "18 位"),
        ("不详", "18 位"),
    ],
)
def test_what_looks_wrong_about_an_id_number(text, words):
    assert (words in doubt_of_id(text)) is True
    assert bool(doubt_of_id(text)) is bool(words)
