"""An identity as it is found again without being read, and as nothing prints it."""

from __future__ import annotations

import pytest

from leads.reporters.identity import (
    Identity,
    check_digit,
    doubt_of_id,
    doubt_of_phone,
    plain_id,
    plain_phone,
)
from leads.reporters.sealing import blind
from tests.files.test_values import key


def test_an_index_says_nothing_and_differs_by_kind_and_key(settings):
    settings.PORTAL_REPORTER_KEYS += f",{key('next')}"
    found = {
        blind(kind, "13800001234", name) for kind in ("phone", "id") for name in ("test", "next")
    }
    assert len(found) == 4
    assert {len(one) for one in found} == {64}
    assert blind("phone", "", "test") == ""


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
