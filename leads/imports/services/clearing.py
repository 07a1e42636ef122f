"""What was kept of a ledger goes when its leads are made, or nobody wants it any more."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone

from jobs import services as jobs
from leads.imports.machine import BATCH
from leads.imports.models import ImportBatch
from leads.imports.states import ENDED, BatchState


def forget(batch: ImportBatch) -> None:
    """Delete what was kept of the ledger: rows, marked copy, problems."""
    paths = [batch.folder() / name for name in (batch.stored_as, batch.marked_as) if name]
    batch.problems.all().delete()
    batch.stored_as = batch.marked_as = ""
    batch.unknown_kept, batch.has_more_unknown = [], False
    batch.save(update_fields=["stored_as", "marked_as", "unknown_kept", "has_more_unknown"])

    def unlink() -> None:
        for path in paths:
            path.unlink(missing_ok=True)

    transaction.on_commit(unlink)


def delete_expired(now: dt.datetime | None = None) -> int:
    """Cancel imports that nobody finished in time, and delete files of no import."""
    now = now or timezone.now()
    expired = 0
    for batch in ImportBatch.objects.expired(now).select_related("uploaded_by", "job"):
        with transaction.atomic():
            if batch.job is not None:
                jobs.cancel(job=batch.job)
            row = BATCH.lock(batch)
            if row.state in ENDED:
                continue
            row.state, row.finished_at = BatchState.CANCELLED, now
            row.save(update_fields=["state", "finished_at"])
            forget(row)
            expired += 1
    _delete_strays(now)
    return expired


def _delete_strays(now: dt.datetime) -> None:
    folder = ImportBatch.folder()
    if not folder.exists():
        return
    kept = {
        name
        for pair in ImportBatch.objects.exclude(stored_as="").values_list("stored_as", "marked_as")
        for name in pair
    }
    for file in folder.iterdir():
        if file.name not in kept and now.timestamp() - file.stat().st_mtime > 3600:
            file.unlink(missing_ok=True)
