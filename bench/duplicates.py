"""Hints at leads that are alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connection

from bench.figures import Figure, compare
from leads.duplicates.services import MOST, Told, find
from leads.models import Lead


def measure(rounds: int) -> Iterator[Figure]:
    """The hints for a lead against reading its candidates."""
    office = get_user_model().objects.get(username="office")
    yield compare("leads.duplicates", similar(office), around(), target=20, rounds=rounds)


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
    statement = (
        "SELECT id, title, state, received_on, tsvector_to_array(search) FROM leads_lead "
        f"WHERE place_id = %s AND received_on <= %s ORDER BY received_on DESC LIMIT {MOST}"
    )

    def run() -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, [lead.place_id, lead.received_on])
            cursor.fetchall()

    return run
