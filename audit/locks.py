"""Work that one worker at a time does, and the others leave to it."""

from __future__ import annotations

from django.db import connection


def is_alone(number: int) -> bool:
    """Take the lock of that number until the transaction ends; False where another holds it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        return cursor.fetchone()[0]
