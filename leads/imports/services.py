"""The only writers of imports: upload, columns, check, confirm, cancel; and the leads they make.

A ledger becomes leads in one transaction or not at all. The long part, checking, changes nothing.
"""

from __future__ import annotations

import datetime as dt
import tempfile
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from audit.machine import Conflict
from departments.models import Account
from jobs import services as jobs
from jobs import workbook
from jobs.models import Job
from jobs.work import Progress
from jobs.workbook import LargestUpload, Remark, Row
from leads.conflicts.services import people_named
from leads.imports import layout as layouts
from leads.imports import store
from leads.imports.examine import Examination, converter_of, examine
from leads.imports.fields import TARGETS
from leads.imports.machine import BATCH
from leads.imports.models import ColumnMapping, ImportBatch, ImportProblem, WordMapping
from leads.imports.permissions import can_confirm, can_import, can_work_batch
from leads.imports.states import ENDED, BatchState
from leads.imports.uploaded import choose, copy_in, kept_rows, read_sheets, refused
from leads.imports.words import ASKED, choices_for, key_of
from leads.imports.writing import write_leads

NEEDED = frozenset(target.code for target in TARGETS if target.needed)
CHECK, IMPORT = "lead_import_check", "lead_import"


# Upload


def upload(*, actor: Account, file: BinaryIO, size: int, name: str, sheet: str = "") -> ImportBatch:
    """Read an uploaded workbook and keep the rows of one sheet. The file itself is not kept.

    Of several sheets it is the one called `sheet`, where given, else the one that looks most like
    a ledger.

    Goes on to the check by itself where the town knows the layout, or the portal does.
    ValidationError with words for the person when it cannot be read, has no headings that the
    portal knows, or says that it is classified. Takes seconds at most, whatever is uploaded.
    """
    unit = actor.main_unit
    if unit is None or not can_import.test(actor):
        raise PermissionDenied
    if size > LargestUpload.BYTES:
        raise refused(f"文件超过 {LargestUpload.WORDS}，请拆成几个文件再导入。")
    ImportBatch.folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    with (
        tempfile.TemporaryFile(dir=ImportBatch.folder()) as copy,
        tempfile.TemporaryFile("w+", dir=ImportBatch.folder(), encoding="utf-8") as rows,
    ):
        digest = copy_in(file, copy)
        sheets = read_sheets(copy, rows)
        chosen, layout = choose(sheets, sheet.strip())
        year = layouts.year_of(
            [row for row in chosen.top if row.number < layout.first_row], chosen.name, name
        )
        stored_as = store.new_name()
        path = ImportBatch.folder() / stored_as
        try:
            kept = store.write(path, kept_rows(chosen, layout, rows), chosen.used_merges(layout))
            with transaction.atomic():
                batch = ImportBatch.objects.create(
                    town_id=unit.jurisdiction_id,
                    uploaded_by=actor,
                    file_name=Path(name).name[-120:],
                    sha256=digest,
                    sheet=chosen.name,
                    other_sheets=[other.name for other in sheets if other is not chosen],
                    layout_key=layout.key,
                    layout_kept=layout.as_json(),
                    mapping_kept={str(column): code for column, code in layout.guesses.items()},
                    defaults={"year": year or timezone.localdate().year},
                    stored_as=stored_as,
                    kept_rows=kept,
                )
                return _go_on(batch, actor)
        except BaseException:
            path.unlink(missing_ok=True)
            raise


def _go_on(batch: ImportBatch, actor: Account) -> ImportBatch:
    """Straight to the check where nothing has to be asked."""
    known = ColumnMapping.objects.filter(town=batch.town_id, layout_key=batch.layout_key).first()
    if known:
        batch.mapping_kept = known.mapping_kept
        batch.defaults = known.defaults | {"year": batch.defaults["year"]}
        batch.save(update_fields=["mapping_kept", "defaults"])
        return _check(batch, actor)
    heads = [head for head in batch.layout.heads if not (head.is_reporter or head.is_marked)]
    guesses = batch.layout.guesses
    if all(head.column in guesses for head in heads) and set(guesses.values()) >= NEEDED | {
        "channel"
    }:
        return _check(batch, actor)
    return batch


# Columns and check


def map_columns(
    *,
    batch: ImportBatch,
    actor: Account,
    mapping: dict[int, str],
    defaults: dict[str, Any],
    expected_version: int,
) -> ImportBatch:
    """Settle what each column is, remember it for the town, and check the ledger.

    ValidationError when a needed column is missing or two columns are the same; Conflict when
    somebody else was faster.
    """
    kept = {str(column): code for column, code in mapping.items() if code}
    columns = {head.column for head in batch.layout.heads} - batch.layout.reporter_columns
    if not {int(column) for column in kept} <= columns:
        raise ValidationError("有的列不能导入。")
    used = list(kept.values())
    for target in TARGETS:
        if target.needed and target.code not in used:
            raise ValidationError(f"请指定哪一列是“{target.label}”。")
        if not target.repeats and used.count(target.code) > 1:
            raise ValidationError(f"有两列都对应“{target.label}”，只能保留一列。")
    with transaction.atomic():
        row = _check(
            batch, actor, expected_version=expected_version, mapping_kept=kept, defaults=defaults
        )
        ColumnMapping.objects.update_or_create(
            town_id=batch.town_id,
            layout_key=batch.layout_key,
            defaults={"mapping_kept": kept, "defaults": defaults, "saved_by": actor},
        )
        return row


def map_words(
    *,
    batch: ImportBatch,
    actor: Account,
    meanings: dict[tuple[str, str], str],
    expected_version: int,
) -> ImportBatch:
    """Settle what words mean, by column and word, remember it for the town, and check again.

    A word without a meaning is forgotten, and stays an error where the ledger has it.
    ValidationError for a word that nobody asked about, or a meaning that its list does not have;
    Conflict when somebody else was faster.
    """
    converter = converter_of(batch)
    known = WordMapping.objects.filter(town=batch.town_id)
    asked = {(one.code, one.word) for one in batch.unknown} | set(
        known.values_list("column", "word")
    )
    for (code, word), meaning in meanings.items():
        offered = {value for value, _ in choices_for(code, converter)} if code in ASKED else set()
        if (code, word) not in asked or (meaning and meaning not in offered):
            raise ValidationError(f"“{word}”不能这样对应，请刷新页面后重选。")
    with transaction.atomic():
        row = _check(batch, actor, expected_version=expected_version)
        for (code, word), meaning in meanings.items():
            key = key_of(code, word)[1]
            if meaning:
                known.update_or_create(
                    town_id=batch.town_id,
                    column=code,
                    key=key,
                    defaults={"word": word, "meaning": meaning, "saved_by": actor},
                )
            else:
                known.filter(column=code, key=key).delete()
        return row


def check_again(*, batch: ImportBatch, actor: Account, expected_version: int) -> ImportBatch:
    """Check once more, as after a job that failed. Conflict while one is at work."""
    with transaction.atomic():
        row = BATCH.lock(batch)
        if row.is_busy:
            raise Conflict("检查或导入正在进行，请稍候。")
        return _check(row, actor, expected_version=expected_version)


def _check(
    batch: ImportBatch, actor: Account, *, expected_version: int | None = None, **changes: Any
) -> ImportBatch:
    row = BATCH.step(batch, "check", actor=actor, expected_version=expected_version, **changes)
    return _start(row, actor, CHECK)


def confirm(*, batch: ImportBatch, actor: Account, expected_version: int) -> ImportBatch:
    """确认导入: start the job that makes the leads.

    ValidationError while the ledger has errors, or leads that arrive closed and the actor is not
    the director, who alone approves closings; Conflict when somebody else was faster.
    """
    with transaction.atomic():
        row = BATCH.lock(batch)
        if row.state == BatchState.CHECKED and (row.error_count or not row.row_count):
            raise ValidationError("台账还有错误，改正后才能导入。")
        if (
            row.state == BatchState.CHECKED
            and can_work_batch.test(actor, row)
            and not can_confirm.test(actor, row)
        ):
            raise ValidationError("台账含有已办结的线索，须由扫黑办主任确认导入。")
        row = BATCH.step(row, "confirm", actor=actor, expected_version=expected_version)
        return _start(row, actor, IMPORT)


def _start(row: ImportBatch, actor: Account, kind: str) -> ImportBatch:
    """One job for each version of the batch."""
    row.job = jobs.request_work(
        actor=actor,
        work_id=kind,
        params={"batch": row.pk, "version": row.version},
        total=row.kept_rows,
        submission=uuid.uuid5(row.public_id, f"{kind}:{row.version}"),
    )
    row.save(update_fields=["job"])
    return row


def cancel(*, batch: ImportBatch, actor: Account) -> ImportBatch:
    """取消: give the ledger up and delete what was kept of it. Conflict when it has come in."""
    with transaction.atomic():
        # The job's row before the batch's, in the order in which the worker locks them.
        if batch.job is not None:
            jobs.cancel(job=batch.job)
        row = BATCH.step(batch, "cancel", actor=actor, finished_at=timezone.now())
        _forget(row)
        return row


# What the worker does


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
    _forget(batch)
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
    workbook.write_marked(
        batch.folder() / name,
        title=batch.sheet,
        rows=rows,
        width=width,
        header=range(layout.first_row, layout.last_row + 1),
        merges=store.merges(batch.path),
        remarks=remarks,
        mark=jobs.mark_of(batch.uploaded_by, purpose="核对导入的台账"),
    )
    (batch.folder() / name).chmod(0o600)
    return name


# Clearing away


def _forget(batch: ImportBatch) -> None:
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
            _forget(row)
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
