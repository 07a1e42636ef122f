"""What the worker does with a ledger: check it, and make its leads, all of them or none."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.utils import timezone

from jobs import services as jobs
from jobs import workbook
from jobs.models import Job
from jobs.work import Progress
from jobs.workbook import Remark, Row
from leads.conflicts.services import people_named
from leads.imports import store
from leads.imports.examine import Examination, examine
from leads.imports.machine import BATCH
from leads.imports.models import ImportBatch, ImportProblem
from leads.imports.permissions import can_confirm
from leads.imports.services.clearing import forget
from leads.imports.states import BatchState
from leads.imports.writing import write_leads


def batch_of(job: Job) -> ImportBatch | None:
    return ImportBatch.objects.filter(pk=job.params["batch"]).first()


def prepare_check(job: Job, progress: Progress) -> Callable[[], int]:
    """Check the ledger; what is found counts with the call of what this returns."""
    batch = _current(job)
    if batch is None:
        return lambda: 0
    found = examine(batch, actor=job.requested_by, progress=progress)
    marked_as = _mark(batch, found)
    return lambda: _tell(job, found, marked_as)


def prepare_import(job: Job, progress: Progress) -> Callable[[], int]:
    """Check once more, for lists may have changed, then make the leads, or tell the new errors."""
    batch = _current(job)
    if batch is None:
        return lambda: 0
    found = examine(batch, actor=job.requested_by, progress=progress)
    batch.closed_count = found.closed
    if found.errors or not can_confirm.test(job.requested_by, batch):
        marked_as = _mark(batch, found)
        return lambda: _tell(job, found, marked_as)
    return lambda: _finish(job, found)


def _current(job: Job) -> ImportBatch | None:
    """The batch, if it still waits for this very job."""
    batch = batch_of(job)
    current = batch is not None and batch.version == job.params["version"] and not batch.is_ended
    return batch if current else None


def _tell(job: Job, found: Examination, marked_as: str) -> int:
    batch = _current(job)
    if batch is None:
        return 0
    old = batch.marked_as
    batch = BATCH.follow(batch, BatchState.CHECKED)
    heads = {head.column: head.label for head in batch.layout.heads}
    batch.problems.all().delete()
    ImportProblem.objects.bulk_create(
        ImportProblem(
            batch=batch,
            row=problem.row,
            column=problem.column,
            heading=heads.get(problem.column, "")[:200],
            found=problem.found,
            words=problem.words[:200],
            advice=problem.advice[:200],
            is_error=problem.is_error,
        )
        for problem in found.problems
    )
    batch.marked_as = marked_as
    batch.kept_from = sorted(people_named(batch.town_id, names=found.names, units=found.units))
    batch.row_count, batch.closed_count = found.rows, found.closed
    batch.skipped_count = found.skipped
    batch.unknown_kept, batch.has_more_unknown = found.words.as_json(), found.words.has_more
    batch.error_count, batch.warning_count = found.errors, found.warnings
    batch.save()
    if old:
        transaction.on_commit(lambda: (batch.folder() / old).unlink(missing_ok=True))
    return found.rows


def _finish(job: Job, found: Examination) -> int:
    batch = _current(job)
    if batch is None:
        return 0
    batch = BATCH.step(batch, "finish", actor=job.requested_by, finished_at=timezone.now())
    written = write_leads(batch, actor=job.requested_by, count=found.rows)
    batch.imported_count = written.count
    batch.first_number, batch.last_number = written.first, written.last
    batch.row_count, batch.closed_count = found.rows, found.closed
    batch.save()
    forget(batch)
    return written.count


def _mark(batch: ImportBatch, found: Examination) -> str:
    """The marked copy, and the name under which it lies; nothing where all is well."""
    if not found.problems:
        return ""
    heads = {head.column: head.label for head in batch.layout.heads}
    remarks: dict[int, list[Remark]] = {}
    for problem in found.problems:
        where = f"{heads[problem.column]}：" if problem.column in heads else ""
        words = "。".join(filter(None, [where + problem.words, problem.advice]))
        remarks.setdefault(problem.row, []).append(Remark(problem.column, words, problem.is_error))
    layout = batch.layout
    marked = [head.column for head in layout.heads if head.is_marked]
    width = max((head.column for head in layout.heads if not head.is_marked), default=1)
    name = store.new_name("marked-")
    rows = (
        Row(row.number, {c: value for c, value in row.cells.items() if c not in marked})
        for row in store.as_written(batch.path)
    )
    with store.sealing(batch.folder() / name) as file:
        workbook.write_marked(
            file,
            title=batch.sheet,
            rows=rows,
            width=width,
            header=range(layout.first_row, layout.last_row + 1),
            merges=store.merges(batch.path),
            remarks=remarks,
            mark=jobs.mark_of(batch.uploaded_by, purpose="核对导入的台账"),
        )
    return name
