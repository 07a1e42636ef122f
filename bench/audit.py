"""What it costs to put a look at a lead on record, to seal the trail and to verify it."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib.auth import get_user_model
from django.db import connection
from django.test import RequestFactory

from audit.models import Action, AuditEntry
from audit.seals import services, verifying
from audit.services import record
from bench.figures import Figure, compare, milliseconds
from bench.ledger import as_owner
from leads.models import Lead

BARE = (
    "INSERT INTO audit_auditentry (action, actor_id, actor_name, address, object_type,"
    " object_label, reason) VALUES (%s, %s, %s, '127.0.0.1', %s, %s, '')"
)
#: So many entries are sealed and verified: some years of a town's office.
ENTRIES = 200_000
#: Entries as the portal writes them, of many leads and people.
FILL = """
INSERT INTO audit_auditentry
    (action, actor_id, actor_name, address, object_type, object_label, reason)
SELECT (ARRAY['lead_viewed', 'searched', 'signed_in', 'paper_downloaded'])[1 + n %% 4],
       account.id, account.username, '10.0.0.1', '线索', 'TOWN-2026-' || n, ''
FROM generate_series(1, %s) AS n
JOIN (SELECT id, username, row_number() OVER (ORDER BY id) AS place, count(*) OVER () AS total
      FROM departments_account) AS account ON account.place = 1 + n %% account.total
"""
#: Most times the floor, for sealing and for verifying.
SEAL, VERIFY = 40, 20
#: Every value of the same rows, read in order and looked at once.
READ = "SELECT sum(octet_length(entry::text)) FROM audit_auditentry entry"


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
    yield from chain()


def chain() -> Iterator[Figure]:
    """Rows per second are entries by the time; the floor reads the same rows in order."""
    services.seal_all(grace=0)
    before = AuditEntry.objects.count()
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(FILL, [max(0, ENTRIES - before)])
        cursor.execute("VACUUM ANALYZE audit_auditentry")
    fresh = AuditEntry.objects.count() - before
    read = min(milliseconds(_read) for _ in range(3))
    if fresh:
        took = milliseconds(lambda: services.seal_all(grace=0))
        yield _per_row("audit.seal", took / fresh, read / (before + fresh), target=SEAL)
    reports = []
    took = min(milliseconds(lambda: reports.append(verifying.verify())) for _ in range(3))
    assert all(report.holds for report in reports)  # noqa: S101  else it measures nothing
    yield _per_row("audit.verify", took / (before + fresh), read / (before + fresh), target=VERIFY)


def _read() -> None:
    with connection.cursor() as cursor:
        cursor.execute(READ)
        cursor.fetchone()


def _per_row(name: str, value: float, floor: float, *, target: float) -> Figure:
    """Of milliseconds per row: microseconds per row."""
    return Figure(name=name, value=value * 1000, floor=floor * 1000, unit="µs/row", target=target)
