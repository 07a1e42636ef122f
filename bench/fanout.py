"""A reminder to very many people: its time beside the bare rows, and its memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from unittest.mock import patch

from django.db import connection, transaction
from django.db.models import CharField, QuerySet, Value
from django.db.models.functions import Cast, Concat

from bench.figures import Figure, milliseconds
from departments.models import Account
from messaging import services
from messaging.reminders import Reminder, fire
from messaging.services import Letter

RECIPIENTS = 100_000
#: Most times the floor, and the most that Python may hold at once, in MiB.
TIMES, MEMORY = 20, 16
CROWD = """
INSERT INTO departments_account
    (username, full_name, email, password, is_active, is_staff, is_superuser, date_joined,
     must_change_password)
SELECT 'fanout.' || n, '联络员', 'fanout.' || n || '@example.invalid', '!', true, false, false,
       now(), false
FROM generate_series(1, %s) AS n
"""
BARE = """
WITH said AS (
    INSERT INTO messaging_message (recipient_id, kind, subject_key, round, title, body, url)
    SELECT id, 'bare', 'fanout:' || id, 'once', '请按时报送周报', '请按时报送周报。', '/reports/'
    FROM departments_account WHERE username LIKE 'fanout.%%'
    RETURNING id
)
INSERT INTO messaging_delivery (message_id, channel, address, state, may_wait, attempts, last_error)
SELECT id, 'email', 'fanout@example.invalid', 'queued', true, 0, '' FROM said
"""


def owed(now: datetime) -> QuerySet[Account]:
    return Account.objects.filter(username__startswith="fanout.").annotate(
        subject_key=Concat(Value("fanout:"), Cast("pk", CharField())), turn=Value("once")
    )


def letters(rows: list[Any], now: datetime) -> Iterator[Letter]:
    for row in rows:
        yield Letter(
            recipient_id=row.pk,
            subject_key=row.subject_key,
            round=row.turn,
            title="请按时报送周报",
            body="请按时报送周报。",
            url="/reports/",
        )


FANOUT = Reminder("fanout", owed, letters)


def measure(rounds: int, recipients: int = RECIPIENTS) -> Iterator[Figure]:
    """Once, whatever `rounds` says: all of it is undone after."""
    with transaction.atomic(), patch.object(services, "knock"):
        _run(CROWD, [recipients])
        floor = milliseconds(lambda: _run(BARE, []))
        took = milliseconds(lambda: fire(FANOUT))
        _run(
            "DELETE FROM messaging_delivery USING messaging_message m WHERE m.id = message_id"
            " AND m.kind = 'fanout'",
            [],
        )
        _run("DELETE FROM messaging_message WHERE kind = 'fanout'", [])
        tracemalloc.start()
        fire(FANOUT)
        peak = tracemalloc.get_traced_memory()[1] / 2**20
        tracemalloc.stop()
        transaction.set_rollback(True)
    yield Figure(name="fanout.remind", value=took, floor=floor, unit="ms", target=TIMES)
    yield Figure(name="fanout.memory", value=peak, floor=MEMORY, unit="MiB", limit=MEMORY)


def _run(statement: str, values: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
