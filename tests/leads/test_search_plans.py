"""Every way of looking finds the same leads: those that a plain reading of the texts finds."""

from __future__ import annotations

import re
import unicodedata
from random import Random
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from leads import search
from leads.models import Lead
from pages.keyset import page_of

SIGNS = "收取费用强买卖市场河道砂" + "ＡＢａ１２，。 、"
COUNT, WORDS = 40, 60
MARKS = re.compile(r"[\W_]+")


def plain(text: str) -> str:
    return MARKS.sub("", unicodedata.normalize("NFKC", text).lower())


@pytest.fixture
def ledger(make_lead):
    """Leads of random texts over few signs, so that pairs recur and words are broken by marks."""
    rng = Random(20260105)

    def text(most: int) -> str:
        return "名" + "".join(rng.choice(SIGNS) for _ in range(rng.randint(2, most)))

    return [
        make_lead(title=text(12), allegation=text(60), place_detail=text(6)) for _ in range(COUNT)
    ]


def words_of(ledger: list[Lead]) -> list[str]:
    """Words that occur, and words that might: of one to five signs, some of them two at once."""
    rng = Random(7)
    words = []
    for place in range(WORDS):
        text = rng.choice(ledger).allegation
        start, size = rng.randrange(len(text)), rng.randint(1, 5)
        word = text[start : start + size] if place % 2 else "".join(rng.choices(SIGNS, k=size))
        words.append(word if place % 5 else f"{word} {rng.choice(SIGNS)}")
    return words


def expected(ledger: list[Lead], query: str) -> set[int]:
    words = [word for word in map(plain, query.split()) if word]
    return {
        lead.pk
        for lead in ledger
        if all(
            any(
                word in plain(field)
                for field in (lead.number, lead.title, lead.allegation, lead.place_detail)
            )
            for word in words
        )
    }


PLANS = {
    "collected": {"COLLECTED": 20_000},
    "too many to collect": {"COLLECTED": 0, "OFTEN": 10**9},
    "common": {"OFTEN": 0},
    "as it comes": {"COLLECTED": 10, "NEWEST": 20, "OFTEN": 3},
}


@pytest.mark.parametrize("plan", PLANS)
def test_every_plan_finds_what_a_reader_finds(ledger, monkeypatch, plan):
    for name, value in PLANS[plan].items():
        monkeypatch.setattr(search, name, value)
    for query in words_of(ledger):
        found = {lead.pk for lead in Lead.objects.containing(query)}
        assert found == expected(ledger, query), query


def test_a_common_word_is_met_on_the_way_and_not_counted(ledger, monkeypatch):
    for name, value in PLANS["common"].items():
        monkeypatch.setattr(search, name, value)
    found = Lead.objects.containing("名").filter(is_major=False)
    request = RequestFactory().get("/leads/")
    with CaptureQueriesContext(connection) as asked:
        page = page_of(found, request, size=10)
    assert (page.total_label, len(asked)) == ("超过 10 条", 1)
    assert page_of(found, request, size=COUNT).total_label == f"共 {COUNT} 条"
    with CaptureQueriesContext(connection) as asked:
        list(found.order_by("-pk")[:10])
    assert "CASE WHEN" in asked[0]["sql"]


def test_the_index_cannot_serve_a_walk(ledger, monkeypatch):
    for name, value in PLANS["common"].items():
        monkeypatch.setattr(search, name, value)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    walk = Lead.objects.containing("收取").order_by("-pk")[:10].explain()
    assert "lead_search" not in walk
    assert "leads_lead_pkey" in walk


def test_no_page_tells_in_which_way_a_word_was_looked_for(
    people, client_for, make_lead, monkeypatch
):
    """Hidden leads change it: beside a hidden third, two of one's own are met on the way."""
    told = {"欧阳铁柱": [], "司马青山": []}
    for name in told:
        for _ in range(2):
            make_lead(actor=people.west, allegation=f"反映{name}强占摊位。")
    collect = search._collect

    def as_if_common(words: list[str], *, whole: str) -> list[int] | None:
        return None if words == ["欧阳铁柱"] else collect(words, whole=whole)

    monkeypatch.setattr(search, "_collect", as_if_common)
    client = client_for(people.west)
    for place in ({}, {"before": 999999999}, {"after": 0}, {"sort": "due"}):
        for name, labels in told.items():
            page = client.get("/leads/", {"tab": "mine", "q": name} | place).context["page"]
            labels.append((len(page.rows), page.total_label, bool(page.older_url)))
    assert told["欧阳铁柱"] == told["司马青山"]
    assert told["欧阳铁柱"][0] == (2, "共 2 条", False)


def test_a_hidden_lead_tells_nothing_by_its_words(ledger, people, client_for, town, monkeypatch):
    """Whatever plan: who may not see a lead learns nothing from a word that only it has."""
    secret = ledger[0]
    Lead.objects.filter(pk=secret.pk).update(allegation="独一无二的话")
    for plan in PLANS.values():
        with monkeypatch.context() as patch:
            for name, value in plan.items():
                patch.setattr(search, name, value)
            for person in (people.police, people.town_leader, people.west):
                client = client_for(person)
                pages = [
                    re.sub(
                        f"{word}|{quote(word)}",
                        "",
                        client.get("/leads/", {"q": word}).content.decode(),
                    )
                    for word in ("独一无二", "并不存在")
                ]
                texts = [re.sub(r'name="csrf.*?>|"X-CSRFToken.*?}', "", page) for page in pages]
                assert secret.number not in texts[0]
                assert texts[0] == texts[1]


def test_a_common_word_can_be_exported_and_leads_to_the_next_page(
    ledger, people, client_for, monkeypatch
):
    monkeypatch.setattr(search, "OFTEN", 0)
    office = client_for(people.office)
    assert "40 条" in office.get("/leads/export/", {"q": "名"}).content.decode()
    monkeypatch.setattr("pages.keyset.page_of.__kwdefaults__", {"size": 10})
    page = office.get("/leads/", {"q": "名"}).context["page"]
    older = office.get(f"/leads/{page.older_url}").context["page"]
    assert [row.pk for row in (*page.rows, *older.rows)] == [
        lead.pk for lead in reversed(ledger[-20:])
    ]
    assert older.total_label == "超过 10 条"
