"""The database that is measured: made once, or found as an earlier run has left it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection
from environ import Env

from bench.multiply import make_room, multiply
from leads.models import Lead

#: So many leads are thought up one by one, the rest copied from them.
THOUGHT_UP = 10_000


def _take_role(name: str) -> None:
    """Connect from now on as the role of the address that `name` holds in the environment."""
    given = Env.db_url_config(os.environ[name])
    connection.close()
    connection.settings_dict.update(USER=given["USER"], PASSWORD=given["PASSWORD"])


@contextmanager
def as_owner() -> Iterator[None]:
    """For what the portal itself never does to its tables."""
    _take_role("DATABASE_OWNER_URL")
    try:
        yield
    finally:
        _take_role("DATABASE_URL")


def prepare(*, leads: int, weeks: int, keep: bool, say: Callable[[str], object]) -> None:
    """Connect to a database of that many leads, in the role that serves the portal: its policies
    and rights hold for what is measured. `say` is told what takes long.

    A kept database of another size is made anew.
    """
    _make(leads=leads, weeks=weeks, keep=keep, say=say)
    _take_role("DATABASE_URL")


def _make(*, leads: int, weeks: int, keep: bool, say: Callable[[str], object]) -> None:
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False, keepdb=keep)
    if keep and Lead.objects.exists():
        if Lead.objects.count() == leads:
            # Accounts that an earlier schema made are asked for a new password first.
            get_user_model().objects.filter(must_change_password=True).update(
                must_change_password=False
            )
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
    _take_role("DATABASE_OWNER_URL")
    if keep:
        connection.close()
    else:
        connection.creation.destroy_test_db("portal", verbosity=0)
