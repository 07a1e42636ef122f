"""Finding earlier leads that may be the same. Reads only, and only what the person may read.

Candidates come from indexes, at most `MOST` from each: leads of the same village around the same
day, leads with the same number elsewhere, and leads that share rare pairs of characters. Which
pairs are rare is known from the statistics that the planner keeps, so that the cost does not grow
with the table. Only the candidates are compared in full.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import F, Func, QuerySet, TextField

from departments.models import Account
from leads.models import Lead

MOST = 60
SHOWN = 5
#: Days around the day of receipt within which leads of one village are compared, and within
#: which two are said to be of close dates.
WINDOW, CLOSE = 60, 14
#: Signs of a text that are looked at: a hint needs no more.
READ = 2000
#: Pairs in more than this share of all leads say nothing.
COMMON = 0.05
#: A pair in at most so many leads is rare enough to look for; so many together at the utmost.
RARE, BEARABLE = 2_000, 20_000
ALTERNATIVES, TOGETHER, COLLECTED = 12, 6, 500
#: Texts with fewer telling pairs are too short to be compared.
FEWEST = 6


@dataclass(frozen=True, kw_only=True)
class Told:
    """What is known of the lead that may have been logged before."""

    title: str = ""
    allegation: str = ""
    place_id: int | None = None
    domain_id: int | None = None
    external_number: str = ""
    received_on: dt.date


@dataclass(frozen=True)
class Hint:
    """A lead that may be the same, and why it is shown, in words."""

    lead: Lead
    reasons: list[str]
    weight: float


class Pairs(Func):
    """The pairs of characters of a row, as the index has them."""

    function = "tsvector_to_array"
    output_field = ArrayField(TextField())


def similar_to(lead: Lead, *, user: Account) -> list[Hint]:
    """Earlier and later leads that may be the same as `lead`."""
    told = Told(
        title="" if lead.channel.number_only else lead.title,
        allegation="" if lead.channel.number_only else lead.allegation,
        place_id=lead.place_id,
        domain_id=lead.domain_id,
        external_number=lead.external_number,
        received_on=lead.received_on,
    )
    return find(told, user=user, but=lead)


def find(told: Told, *, user: Account, but: Lead | None = None) -> list[Hint]:
    """At most five leads that `user` may read and that may be the same, the likeliest first."""
    readable = Lead.objects.listing("allegation", user)
    if but is not None:
        readable = readable.exclude(pk=but.pk)
    words = _Words(told)
    found: dict[int, Lead] = {}
    for candidates in _candidates(readable, told, words):
        found |= {lead.pk: lead for lead in candidates if lead.pk not in found}
    hints = filter(None, (_judge(lead, told, words) for lead in found.values()))
    return sorted(hints, key=lambda hint: (-hint.weight, -hint.lead.pk))[:SHOWN]


class _Words:
    """The telling pairs of a text, and which of them are rare."""

    def __init__(self, told: Told) -> None:
        texts = [told.title[:READ].replace("\0", ""), told.allegation[:READ].replace("\0", "")]
        with connection.cursor() as cursor:
            cursor.execute("SELECT portal_plain(%s), portal_plain(%s)", texts)
            plain = cursor.fetchone()
            self._shares, self._rows = _statistics(cursor)
        self.in_order = [[a + b for a, b in pairwise(text)] for text in plain]
        self.telling = {pair for pairs in self.in_order for pair in pairs if self._tells(pair)}

    def _tells(self, pair: str) -> bool:
        return self._shares.get(pair, 0) <= COMMON

    def leads_with(self, pair: str) -> float:
        """About how many leads have `pair`; 0 where it is too rare for the statistics."""
        return self._shares.get(pair, 0) * self._rows

    def query(self) -> str:
        """A search for leads that share what is rare in this text; empty where nothing is."""
        if len(self.telling) < FEWEST:
            return ""
        triples = {
            (first, second)
            for pairs in self.in_order
            for first, second in pairwise(pairs)
            if min(self.leads_with(first), self.leads_with(second)) <= RARE
        }
        rarest = sorted(triples, key=lambda both: (sum(map(self.leads_with, both)), both))
        alternatives = [_all(both) for both in rarest[:ALTERNATIVES]]
        together = sorted(self.telling, key=lambda pair: (self.leads_with(pair), pair))[:TOGETHER]
        if self.leads_with(together[0]) <= BEARABLE:
            alternatives.append(_all(together))
        return " | ".join(alternatives)

    def closeness(self, pairs: Iterable[str]) -> float:
        """How much of the shorter text is in the longer one: 0 to 1."""
        other = {pair for pair in pairs if len(pair) == 2 and self._tells(pair)}
        shorter = min(len(self.telling), len(other))
        return len(self.telling & other) / shorter if shorter >= FEWEST else 0.0


def _candidates(
    readable: QuerySet[Lead], told: Told, words: _Words
) -> Iterator[QuerySet[Lead] | list[Lead]]:
    leads = readable.only(
        "number", "title", "state", "received_on", "place_id", "domain_id", "external_number"
    )
    leads = leads.annotate(pairs=Pairs(F("search")))
    if told.external_number:
        yield leads.filter(external_number=told.external_number).order_by("-pk")[:MOST]
    if not words.telling:
        return
    of_words = leads.filter(channel__number_only=False)
    if told.place_id:
        days = dt.timedelta(days=WINDOW)
        around = (told.received_on - days, told.received_on + days)
        there = of_words.filter(place=told.place_id, received_on__range=around)
        yield there.order_by("-received_on", "-pk")[:MOST]
    query = words.query()
    if query:
        yield of_words.filter(pk__in=_collect(query)).order_by("-pk")[:MOST]


def _judge(lead: Lead, told: Told, words: _Words) -> Hint | None:
    closeness = words.closeness(lead.pairs)
    same_number = bool(told.external_number) and lead.external_number == told.external_number
    same_place = told.place_id is not None and lead.place_id == told.place_id
    same_domain = told.domain_id is not None and lead.domain_id == told.domain_id
    is_close = abs((lead.received_on - told.received_on).days) <= CLOSE
    alike = closeness >= (0.25 if same_place else 0.5)
    if not (same_number or alike or (same_place and same_domain and is_close and closeness > 0.15)):
        return None
    said = {
        "来源编号相同": same_number,
        "同村": same_place,
        "同领域": same_domain,
        "日期相近": is_close,
        "内容相近": alike,
    }
    weight = 2 * same_number + closeness + 0.2 * same_place + 0.1 * same_domain + 0.05 * is_close
    return Hint(lead, [reason for reason, holds in said.items() if holds], weight)


def _collect(query: str) -> list[int]:
    """Keys of leads with `query`, by the index alone: the planner must not read the table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT portal_leads_alike(%s::tsquery, %s)", [query, COLLECTED])
        return [key for (key,) in cursor.fetchall()]


def _statistics(cursor: Any) -> tuple[dict[str, float], float]:
    """The share of leads that has each common pair, and about how many leads there are."""
    cursor.execute("SELECT pairs, shares, leads FROM portal_pair_shares()")
    row = cursor.fetchone()
    if row is None or row[0] is None:
        return {}, 0
    # The frequencies are followed by their minimum and maximum.
    pairs, shares, rows = row
    return dict(zip(pairs, shares, strict=False)), max(rows, 0)


def _all(pairs: Iterable[str]) -> str:
    return "(" + " & ".join("'" + pair.replace("'", "''") + "'" for pair in pairs) + ")"
