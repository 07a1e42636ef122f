"""Long lists: paging by key at any depth, bounded counts, a bounded number of queries."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib.auth import get_user_model

from bench.figures import Figure, compare, in_database
from bench.pages import page, queries_of
from departments.models import UnitKind
from leads.models import Lead
from pages import keyset

DEPTHS = (0.25, 0.5, 0.75, 0.999)
LISTS = ("", "?tab=todo", "?tab=handled", "?tab=mine", "?state=closed", "?due=overdue", "?sort=due")
MOST_QUERIES = 25


def measure(rounds: int) -> Iterator[Figure]:
    """The database's share of deep pages against first pages, and of counts against full ones."""
    for who, username in _readers().items():
        yield deepest(f"lists.depth_{who}", username, rounds)
    office = get_user_model().objects.get(username="office")
    yield compare(
        "lists.count",
        lambda: keyset.bounded_count(Lead.objects.visible_to(office)),
        lambda: Lead.objects.visible_to(office).count(),
        target=1,
        rounds=rounds,
        clock=in_database,
    )
    yield queries("lists.queries", "office")


def deepest(name: str, username: str, rounds: int) -> Figure:
    """The slowest of the pages at some depths, in the database, against the first page."""
    first = page(username, "/leads/")
    figures = [
        compare(name, page(username, path), first, target=2, rounds=rounds, clock=in_database)
        for path in _deep_paths(username)
    ]
    return max(figures, key=lambda figure: figure.ratio)


def queries(name: str, username: str) -> Figure:
    """The most queries of a list of 1,000 rows, against as many of 10."""
    asked = {}
    defaults = keyset.page_of.__kwdefaults__
    for size in (10, 1000):
        keyset.page_of.__kwdefaults__ = defaults | {"size": size}
        asked[size] = max(queries_of(page(username, f"/leads/{query}")) for query in LISTS)
    keyset.page_of.__kwdefaults__ = defaults
    return Figure(
        name=name,
        value=asked[1000],
        unit="queries",
        floor=asked[10],
        target=1,
        limit=MOST_QUERIES,
    )


def _readers() -> dict[str, str]:
    """An account for each way of seeing leads: the town's, a large unit's, a village's, figures."""
    village = (
        Lead.objects.filter(registered_unit__kind=UnitKind.VILLAGE)
        .values_list("registered_unit__code", flat=True)
        .order_by("-pk")
        .first()
    )
    return {
        "office": "office",
        "police": "liaison.pcs",
        "village": f"liaison.{village}",
        "town": "town",
    }


def _deep_paths(username: str) -> list[str]:
    visible = Lead.objects.visible_to(get_user_model().objects.get(username=username))
    keys = list(visible.order_by("-pk").values_list("pk", flat=True))
    places = {int(share * (len(keys) - 1)) for share in DEPTHS}
    return [f"/leads/?before={keys[place]}" for place in sorted(places)]
