"""What it costs to put one look at a lead on record."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib.auth import get_user_model
from django.db import connection
from django.test import RequestFactory

from audit.models import Action
from audit.services import record
from bench.figures import Figure, compare
from leads.models import Lead

BARE = (
    "INSERT INTO audit_auditentry (action, actor_id, actor_name, address, object_type,"
    " object_label, reason) VALUES (%s, %s, %s, '127.0.0.1', %s, %s, '')"
)


def measure(rounds: int) -> Iterator[Figure]:
    """One entry, committed, against a bare INSERT of the same row."""
    request = RequestFactory().get("/")
    request.user = get_user_model().objects.get(username="office")
    lead = Lead.objects.order_by("pk").last()

    def bare() -> None:
        user = request.user
        values = [Action.LEAD_VIEWED, user.pk, user.username, "线索", lead.number]
        with connection.cursor() as cursor:
            cursor.execute(BARE, values)

    yield compare(
        "audit.record",
        lambda: record(action=Action.LEAD_VIEWED, request=request, obj=lead),
        bare,
        target=4,
        rounds=rounds * 4,
    )
