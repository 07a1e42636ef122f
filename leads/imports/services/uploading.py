"""A ledger comes in: the workbook is read, and the rows of one sheet are kept."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from departments.models import Account
from jobs.workbook import LISTS, NOTES, LargestUpload
from leads.imports import layout as layouts
from leads.imports import store
from leads.imports.fields import NEEDED
from leads.imports.models import ColumnMapping, ImportBatch
from leads.imports.permissions import can_import
from leads.imports.services.steps import start_check
from leads.imports.uploaded import choose, copy_in, in_memory, kept_rows, read_sheets, refused
from pages.texts import one_line


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
    with in_memory() as copy, store.Passing(ImportBatch.folder()) as rows:
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
                    file_name=one_line(Path(name).name)[-120:],
                    sha256=digest,
                    sheet=chosen.name,
                    other_sheets=[
                        other.name
                        for other in sheets
                        if other is not chosen and other.name not in (LISTS, NOTES)
                    ],
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
        return start_check(batch, actor)
    heads = [head for head in batch.layout.heads if not (head.is_reporter or head.is_marked)]
    guesses = batch.layout.guesses
    if all(head.column in guesses for head in heads) and set(guesses.values()) >= NEEDED | {
        "channel"
    }:
        return start_check(batch, actor)
    return batch
