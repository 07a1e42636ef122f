"""What only the owner of the tables can do, to put rows where no step leads."""

from collections.abc import Iterator
from contextlib import contextmanager

import pgtrigger
from django.conf import settings
from django.db import connection

#: What keeps the writer of an audit entry from choosing its time.
ITS_TIME = "audit.AuditEntry:at_is_now"


@contextmanager
def ignoring(*triggers: str) -> Iterator[None]:
    """The owner's rights, and `triggers` look away; the runtime role again afterwards."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
    with pgtrigger.ignore(*triggers):
        yield
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {settings.RUNTIME_ROLE}")
