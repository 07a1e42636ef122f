"""The lead list, and finding leads by words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connection

from bench.figures import Figure, compare
from bench.imports import import_5000
from bench.pages import FRAME, page
from leads.duplicates.services import MOST, Told, find
from leads.models import Lead
from pages.keyset import PAGE_SIZE

COMMON, RARE, LONG = "收取", "河道", "非法采砂"


def measure(rounds: int) -> Iterator[Figure]:
    """The list against the frame; reads and searches against the barest SQL for the same rows."""
    frame = page("office", FRAME)
    yield compare("leads.list_page", page("office", "/leads/"), frame, target=8, rounds=rounds)
    deep = Lead.objects.order_by("pk").values_list("pk", flat=True)[PAGE_SIZE]
    deep_page = page("office", f"/leads/?before={deep}")
    first_page = page("office", "/leads/")
    yield compare("leads.last_page", deep_page, first_page, target=1.5, rounds=rounds)
    office = get_user_model().objects.get(username="office")

    def visible() -> None:
        list(Lead.objects.visible_to(office).order_by("-pk")[:PAGE_SIZE])

    yield compare("leads.visible", visible, newest(), target=3, rounds=rounds)
    for name, words in [("common", COMMON), ("rare", RARE), ("long", LONG)]:
        yield compare(
            f"leads.search_{name}",
            search(words),
            like(words),
            target=1,
            rounds=rounds,
        )
    yield compare("leads.duplicates", similar(office), around(), target=25, rounds=rounds)
    yield import_5000(rounds)


def similar(user: Any) -> Callable[[], None]:
    """Hints for a lead told anew in other words, in its own village."""
    lead = Lead.objects.exclude(place=None).order_by("-pk").first()
    told = Told(
        title=lead.title,
        allegation=lead.allegation[::-1] + lead.allegation,
        place_id=lead.place_id,
        domain_id=lead.domain_id,
        received_on=lead.received_on,
    )
    return lambda: find(told, user=user)


def around() -> Callable[[], None]:
    """The candidates of one village alone, read through the index and not compared."""
    lead = Lead.objects.exclude(place=None).order_by("-pk").first()
    return _sql(
        "SELECT id, title, state, received_on, tsvector_to_array(search) FROM leads_lead "
        f"WHERE place_id = %s AND received_on <= %s ORDER BY received_on DESC LIMIT {MOST}",
        [lead.place_id, lead.received_on],
    )


def newest() -> Callable[[], None]:
    """The newest rows of the table, without asking who may see them."""
    return _sql(f"SELECT * FROM leads_lead ORDER BY id DESC LIMIT {PAGE_SIZE}")


def search(words: str) -> Callable[[], None]:
    def find() -> None:
        list(Lead.objects.containing(words).order_by("-pk").values("pk")[:PAGE_SIZE])

    return find


def like(words: str) -> Callable[[], None]:
    """Reading through all texts, newest first: what a search without an index costs."""
    return _sql(
        "SELECT id FROM leads_lead WHERE title LIKE %s OR allegation LIKE %s "
        f"ORDER BY id DESC OFFSET 0 LIMIT {PAGE_SIZE}",
        [f"%{words}%", f"%{words}%"],
    )


def _sql(statement: str, values: list[Any] | None = None) -> Callable[[], None]:
    def run() -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            cursor.fetchall()

    return run
