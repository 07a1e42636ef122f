"""A reminder to very many people: its time beside the bare rows, and its memory."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from unittest.mock import patch

from django.db import connection, transaction
from django.db.models import CharField, QuerySet, Value
from django.db.models.functions import Cast, Concat

from bench.figures import Figure, grown, milliseconds
from bench.fresh import in_fresh_process
from departments.models import Account
from messaging import services
from messaging.models import Message
from messaging.reminders import Reminder, fire
from messaging.services import Letter

RECIPIENTS = 100_000
#: Most times the floor, and by how much the process may grow meanwhile, in MiB.
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


def few(now: datetime) -> QuerySet[Account]:
    return owed(now).filter(username__in=[f"fanout.{number}" for number in range(1, 11)])


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
    """Once, whatever `rounds` says."""
    took, floor, peak = in_fresh_process(_remind, recipients)
    yield Figure(name="fanout.remind", value=took, floor=floor, unit="ms", target=TIMES)
    yield Figure(name="fanout.memory", value=peak, floor=MEMORY, unit="MiB", limit=MEMORY)


def _remind(recipients: int) -> tuple[float, float, float]:
    """The milliseconds of the reminder and of the bare rows, and by how many MiB the process grew.

    All of it is undone after. RuntimeError where not everybody was told.
    """
    with transaction.atomic(), patch.object(services, "knock"):
        _run(CROWD, [recipients])
        floor = milliseconds(lambda: _run(BARE, []))
        # What a worker has loaded and sent before has been loaded.
        fire(Reminder("fanout_few", few, letters))
        took: list[float] = []
        peak = grown(lambda: took.append(milliseconds(lambda: fire(FANOUT))))
        told = Message.objects.filter(kind=FANOUT.kind).count()
        transaction.set_rollback(True)
    if told != recipients:
        raise RuntimeError(f"{told} of {recipients} were told")
    return took[0], floor, peak


def _run(statement: str, values: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
