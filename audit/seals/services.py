"""The only writers of seals and verifications."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from audit.locks import is_alone
from audit.seals import canonical, waiting
from audit.seals.models import Seal, Verification
from audit.seals.verifying import Report
from audit.seals.waiting import Span

logger = logging.getLogger(__name__)

BATCH = 1000
#: Seconds that an id waits at least. Between drawing its id and getting a transaction id of its
#: own an insert passes a moment in which no snapshot shows it.
GRACE = 60
#: The number of the lock that one sealer holds at a time.
LOCK = 4_202_611

#: The entries to be sealed next and, as of the same snapshot, which transactions are under way.
TAKE = f"""
WITH found AS (
    (SELECT late.* FROM unnest(%s::bigint[], %s::bigint[]) AS span(low, high)
     CROSS JOIN LATERAL (SELECT entry.* FROM audit_auditentry entry
                         WHERE entry.id BETWEEN span.low AND span.high
                         ORDER BY entry.id LIMIT {BATCH}) AS late
     ORDER BY late.id LIMIT {BATCH})
    UNION ALL
    (SELECT entry.* FROM audit_auditentry entry WHERE entry.id > %s ORDER BY entry.id LIMIT {BATCH})
)
SELECT array_agg(taken.id ORDER BY taken.id), array_agg(taken.digest ORDER BY taken.id),
       pg_snapshot_xmin(pg_current_snapshot())::text, pg_snapshot_xmax(pg_current_snapshot())::text
FROM (SELECT entry.id, {canonical.ENTRY_DIGEST.format(entry="entry")} AS digest
      FROM found entry) AS taken
"""


@dataclass(frozen=True)
class _Taken:
    """A batch as one snapshot showed it."""

    ids: list[int]
    digests: list[bytes]
    oldest: int
    next: int

    def has_passed(self, span: Span, now: int, grace: int) -> bool:
        """Whether nothing under way when this was read can still bring an id of `span`.

        In a database that was restored elsewhere transaction ids begin anew: whatever was under
        way in the old one never arrives.
        """
        is_over = self.oldest >= span.until or self.next < span.until
        return is_over and now - span.since >= grace


def seal_all(*, grace: int = GRACE) -> int:
    """Seal what is not sealed yet, batch by batch; returns how many entries were.

    Any number may run at once: one works, the others return. A killed one leaves whole seals.
    """
    sealed = 0
    while (seal := seal_batch(grace=grace)) is not None:
        sealed += seal.count
    keep_head()
    return sealed


def seal_batch(*, grace: int = GRACE) -> Seal | None:
    """The next seal; None when there is nothing to seal or another is at it."""
    with transaction.atomic():
        if not is_alone(LOCK):
            return None
        last = Seal.objects.newest()
        spans = waiting.read(last.waiting) if last else []
        top = last.top if last else 0
        taken = _take(spans, top)
        now = timezone.now()
        open_spans = _open_spans(spans, top, taken, int(now.timestamp()), grace)
        if not taken.ids and open_spans == spans:
            return None
        return _add(last, taken, max([top, *taken.ids]), waiting.write(open_spans), now)


def _take(spans: list[Span], top: int) -> _Taken:
    lows, highs = [span.low for span in spans], [span.high for span in spans]
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [lows, highs, top])
        ids, digests, oldest, following = cursor.fetchone()
    return _Taken(ids or [], [bytes(one) for one in digests or []], int(oldest), int(following))


def _open_spans(spans: list[Span], top: int, taken: _Taken, now: int, grace: int) -> list[Span]:
    """The ids that wait after this batch: those of before that still may come, and new gaps."""
    late = [key for key in taken.ids if key <= top]
    if len(late) < BATCH:  # else some that have come are still to be read
        spans = [span for span in spans if not taken.has_passed(span, now, grace)]
    left = [rest for span in spans for rest in span.without(late)]
    fresh = [key for key in taken.ids if key > top]
    if fresh:
        left += Span(top + 1, fresh[-1], taken.next, now).without(fresh)
    return left


def _add(last: Seal | None, taken: _Taken, top: int, open_ids: str, now: Any) -> Seal:
    values = {
        "version": canonical.VERSION,
        "number": last.number + 1 if last else 1,
        "previous": last.hash if last else canonical.NOTHING,
        "sealed_at": now,
        "count": len(taken.ids),
        "first_id": taken.ids[0] if taken.ids else None,
        "last_id": taken.ids[-1] if taken.ids else None,
        "top": top,
        "waiting": open_ids,
        "content": canonical.content_hash(taken.ids, taken.digests),
    }
    return Seal.objects.create(
        hash=canonical.seal_hash(**values), entry_ids=taken.ids, digests=taken.digests, **values
    )


def keep_head() -> None:
    """Add the end of the chain to the file named by the settings, unless it is its last line.

    A file that cannot be written is said in the log and holds up nothing: the next seal covers
    this one.
    """
    last = Seal.objects.newest()
    if not settings.PORTAL_AUDIT_HEAD_FILE or last is None:
        return
    path = Path(settings.PORTAL_AUDIT_HEAD_FILE)
    line = f"{timezone.localtime(last.sealed_at):%Y-%m-%dT%H:%M:%S%z} {last.head}\n"
    try:
        with path.open("ab+") as file:
            file.seek(max(0, file.tell() - len(line)))
            if not file.read().endswith(f" {last.head}\n".encode()):
                file.write(line.encode())
                file.flush()
                os.fsync(file.fileno())
    except OSError as error:
        logger.warning("the head of the audit chain was not kept: %s", type(error).__name__)


def count_unsealed() -> int:
    """How many entries no seal has reached yet."""
    from audit.models import AuditEntry

    last = Seal.objects.newest()
    return AuditEntry.objects.filter(pk__gt=last.top if last else 0).count()


def note_verification(*, report: Report, actor: Any = None) -> Verification:
    """Put on record what a verification found."""
    return Verification.objects.create(
        actor=actor,
        entries=report.entries,
        unsealed=report.unsealed,
        head=report.head,
        faults=len(report.faults),
        first_fault=report.faults[0][:300] if report.faults else "",
    )
