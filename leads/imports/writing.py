"""The leads of a checked ledger, written in batches inside the caller's transaction."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from django.urls import reverse
from django.utils import timezone

from departments.models import Account
from departments.roles import OFFICE_ROLES
from jobs.workbook import Row
from leads.callbacks import services as callbacks
from leads.conflicts import services as conflicts
from leads.imports.examine import entries
from leads.imports.models import ImportBatch, ImportedRow
from leads.imports.rows import Entry
from leads.models import Lead, LeadEvent, Subject
from leads.services.intake import next_numbers
from leads.states import LeadState
from messaging import services as messaging

WRITTEN_AT_ONCE = 500


@dataclass(frozen=True)
class Written:
    """How many leads were made, and their first and last number."""

    count: int
    first: str
    last: str


class Changed(Exception):
    """A row can no longer be taken over: a list changed since the check. Nothing is written."""


def write_leads(batch: ImportBatch, *, actor: Account, count: int) -> Written:
    """Make the `count` leads of the ledger, in its order, with their timelines.

    Every lead's token follows from batch and row, so that a row can never become two leads.
    Memory holds one lot of rows at a time. Raises Changed.
    """
    if not count:
        return Written(0, "", "")
    numbers = next_numbers(batch.town, count)
    found = (entry for entry in entries(batch) if not isinstance(entry, Row))
    first = last = ""
    written = major = 0
    while lot := list(islice(found, WRITTEN_AT_ONCE)):
        if not all(entry.is_fit for entry in lot):
            raise Changed
        leads = _write_lot(batch, actor, lot, numbers)
        first, last = first or leads[0].number, leads[-1].number
        major += sum(lead.is_major and lead.state == LeadState.REGISTERED for lead in leads)
        written += len(leads)
    if written != count:
        raise Changed
    if major:
        _tell_of_major(batch, major)
    return Written(written, first, last)


def _write_lot(
    batch: ImportBatch, actor: Account, lot: list[Entry], numbers: Iterator[str]
) -> list[Lead]:
    unit = actor.main_unit
    leads = Lead.objects.bulk_create(
        _lead(batch, actor, entry, number) for entry, number in zip(lot, numbers, strict=False)
    )
    pairs = list(zip(leads, lot, strict=True))
    Subject.objects.bulk_create(
        Subject(lead=lead, name=name, is_official=entry.is_official)
        for lead, entry in pairs
        for name in entry.subjects
    )
    naming = Lead.named_units.through
    naming.objects.bulk_create(
        naming(lead=lead, unit=named) for lead, entry in pairs for named in entry.named_units
    )
    conflicts.derive_all(leads)
    # What a ledger says is over was called back before, or never will be.
    callbacks.expect_all([lead for lead in leads if lead.is_open])
    LeadEvent.objects.bulk_create(
        LeadEvent(
            lead=lead,
            actor=actor,
            actor_name=actor.full_name,
            unit_name=unit.name if unit else "",
            verb="import",
            to_state=lead.state,
            note=_note(batch, entry),
        )
        for lead, entry in pairs
    )
    ImportedRow.objects.bulk_create(
        ImportedRow(batch=batch, row=entry.row, lead=lead, old_number=entry.old_number)
        for lead, entry in pairs
    )
    return leads


def _lead(batch: ImportBatch, actor: Account, entry: Entry, number: str) -> Lead:
    fields = dict(entry.fields)
    closed_on = fields.pop("closed_on", None)
    if closed_on:
        fields["closed_at"] = _moment(closed_on)
        fields["closing_words"] = entry.note[:2000]
    return Lead(
        **fields,
        number=number,
        submission=uuid.uuid5(batch.public_id, str(entry.row)),
        jurisdiction_id=batch.town_id,
        registered_by=actor,
        registered_unit=actor.main_unit,
        # As in the ledger: an old lead is no work of this week.
        registered_at=_moment(fields["received_on"]),
    )


def _moment(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


def _note(batch: ImportBatch, entry: Entry) -> str:
    where = f"由台账“{batch.file_name}”第 {entry.row} 行导入。"
    return where + (f"台账记载：{entry.note}。" if entry.note else "")


def _tell_of_major(batch: ImportBatch, major: int) -> None:
    """The office is told at once; the message names the batch and nothing of its content."""
    people = Account.objects.filter(
        is_active=True,
        memberships__role__in=OFFICE_ROLES,
        memberships__unit__jurisdiction=batch.town_id,
    ).distinct()
    messaging.send(
        recipients=people,
        kind="leads_imported",
        subject_key=f"import:{batch.pk}",
        title=f"导入的台账中有 {major} 条在办的重大线索",
        body="请及时研判。请登录平台查看。",
        url=f"{reverse('leads:list')}?batch={batch.public_id}&major=true",
    )
