"""What a person does with a ledger that came in: its columns, its words, check, confirm, cancel."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from audit.machine import Conflict
from departments.models import Account
from jobs import services as jobs
from leads.imports.examine import converter_of
from leads.imports.fields import TARGETS
from leads.imports.machine import BATCH
from leads.imports.models import ColumnMapping, ImportBatch, WordMapping
from leads.imports.permissions import can_confirm, can_work_batch
from leads.imports.services.clearing import forget
from leads.imports.states import BatchState
from leads.imports.words import ASKED, choices_for, key_of

CHECK, IMPORT = "lead_import_check", "lead_import"


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
        row = start_check(
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
        row = start_check(batch, actor, expected_version=expected_version)
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
        return start_check(row, actor, expected_version=expected_version)


def start_check(
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
        forget(row)
        return row
