"""The only writers of daily notes."""

from __future__ import annotations

import datetime as dt
import uuid

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.machine import Conflict
from departments.models import Account
from reporting.notes.models import LONGEST, DailyNote
from reporting.notes.permissions import can_withdraw
from reporting.periods.models import ReportExpectation
from reporting.weekly.models import WeeklyReport
from reporting.weekly.permissions import reports_for

NOT_THIS_WEEK = "只能写本周内、今天或以前的日期。"


def days_of(owed: ReportExpectation) -> list[dt.date]:
    """The days of the week that can be written about, today first; none outside the week."""
    period, today = owed.period, timezone.localdate()
    if not period.starts_on <= today <= period.ends_on:
        return []
    return [today - dt.timedelta(days=back) for back in range((today - period.starts_on).days + 1)]


def write(
    *,
    actor: Account,
    owed: ReportExpectation,
    day: dt.date,
    words: str,
    block: str = "",
    submission: uuid.UUID,
) -> tuple[DailyNote, bool]:
    """Write one line on a day of the current week; returns it and whether this call made it.

    The same `submission` again gives the line of the first time. Line breaks become spaces.
    PermissionDenied for strangers, Conflict for a week that is closed, ValidationError for a
    wrong day or too many words.
    """
    if not reports_for.test(actor, owed):
        raise PermissionDenied
    words = " ".join(words.split())
    if day not in days_of(owed):
        raise ValidationError({"day": NOT_THIS_WEEK})
    if not 0 < len(words) <= LONGEST:
        raise ValidationError({"words": f"请写一句话，最多 {LONGEST} 字。"})
    if not ReportExpectation.objects.filter(pk=owed.pk).taking_reports().exists():
        raise Conflict("本周已经关闭，不能再写日动态。")
    try:
        with transaction.atomic():
            note = DailyNote.objects.create(
                period=owed.period,
                unit=owed.unit,
                day=day,
                block=block,
                words=words,
                submission=submission,
                written_by=actor,
            )
    except IntegrityError:
        note = DailyNote.objects.filter(submission=submission, written_by=actor).first()
        if note is None:
            raise PermissionDenied from None
        return note, False
    return note, True


@transaction.atomic
def withdraw(*, actor: Account, note: DailyNote) -> DailyNote:
    """Mark one's own line as withdrawn; it stays on record.

    PermissionDenied for others; Conflict when it was withdrawn before, or the week's report has
    been signed.
    """
    # The report's lock first: nobody signs what is gathered from a line that is just going.
    reports = WeeklyReport.objects.select_for_update(of=("self",))
    report = reports.filter(period=note.period_id, unit=note.unit_id).first()
    row = DailyNote.objects.select_for_update(of=("self",)).get(pk=note.pk)
    if not can_withdraw.test(actor, row):
        raise PermissionDenied
    if row.is_withdrawn:
        raise Conflict("这一条已经撤回。")
    if report is not None and report.is_filed:
        raise Conflict("本周周报已经签字，不能再撤回。")
    row.withdrawn_by, row.withdrawn_at = actor, timezone.now()
    row.save(update_fields=["withdrawn_by", "withdrawn_at"])
    return row
