"""The database that is measured: made once, or found as an earlier run has left it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from django.core.management import call_command
from django.db import connection

from bench.multiply import make_room, multiply
from leads.models import Lead

#: So many leads are thought up one by one, the rest copied from them.
THOUGHT_UP = 10_000


def prepare(*, leads: int, weeks: int, keep: bool, say: Callable[[str], object]) -> None:
    """Connect to a database of that many leads. `say` is told what takes long.

    A kept database of another size is made anew.
    """
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False, keepdb=keep)
    if keep and Lead.objects.exists():
        if Lead.objects.count() == leads:
            return
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    start = time.monotonic()
    os.environ["DEMO_PASSWORD"] = "bench bench bench"  # noqa: S105  of accounts that nobody uses
    call_command("load_township", verbosity=0)
    more = max(0, leads - THOUGHT_UP)
    make_room(more)
    call_command("seed_demo", leads=leads - more, weeks=weeks, seed=1, verbosity=0)
    say(f"demo of {leads - more} leads: {time.monotonic() - start:.0f} s")
    if more:
        multiply(more, say)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    say(f"{leads} leads ready after {time.monotonic() - start:.0f} s")


def leave(*, keep: bool) -> None:
    if keep:
        connection.close()
    else:
        connection.creation.destroy_test_db("portal", verbosity=0)
