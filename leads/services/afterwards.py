"""What follows when a lead has ended: the file, the reporter called back, a new round."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction

from departments.models import Account
from leads import due
from leads.callbacks import services as callbacks
from leads.machine import LEAD
from leads.models import FollowUp, Lead, Round
from leads.permissions import can_handle
from leads.states import ContactWay, LeadState, ReporterKind

#: A reporter can be told how things stand from the moment that the lead is taken on.
CONTACTABLE = tuple(
    state for state in LeadState if state not in (LeadState.REGISTERED, LeadState.MERGED)
)


@transaction.atomic
def archive(*, lead: Lead, actor: Account, archive_ref: str = "", expected_version: int) -> Lead:
    """归档: the papers are filed, under `archive_ref` where the office numbers its files."""
    return LEAD.step(
        lead,
        "archive",
        actor=actor,
        note=f"档案号：{archive_ref}" if archive_ref else "",
        expected_version=expected_version,
        archive_ref=archive_ref,
    )


@transaction.atomic
def restart(*, lead: Lead, actor: Account, note: str, expected_version: int) -> Lead:
    """重启: a new round, from the assessment on. What the round before came to stays as it was."""
    row = LEAD.lock(lead)
    LEAD.check(row, "restart", actor=actor, note=note)
    Round.objects.create(
        lead=row,
        number=row.round,
        state=row.state,
        due_on=row.due_on,
        finding=row.finding,
        disposition=row.disposition,
        closing_words=row.closing_words,
        closed_at=row.closed_at,
    )
    return LEAD.step(
        row,
        "restart",
        actor=actor,
        note=note,
        expected_version=expected_version,
        round=row.round + 1,
        due_on=None,
        finding="",
        disposition="",
        closing_words="",
        closed_at=None,
        restricted_at=None,
        kept_open_until=None,
    )


@transaction.atomic
def follow_up(
    *,
    lead: Lead,
    actor: Account,
    contacted_on: dt.date,
    way: str,
    attitude: str,
    words: str = "",
    expected_version: int,
) -> FollowUp:
    """回访: a reporter who gave a name was called back. Who it was is not written here.

    Ticks the callback off, unless nobody was reached.

    ValidationError for a lead whose reporter gave none, and for a date to come.
    """
    row = LEAD.remark(
        lead,
        "follow_up",
        actor=actor,
        who=can_handle,
        during=CONTACTABLE,
        label="记录回访",
        note=words,
        expected_version=expected_version,
    )
    if row.reporter_kind != ReporterKind.NAMED:
        raise ValidationError("只有实名举报的线索可以回访。")
    if contacted_on > due.today():
        raise ValidationError({"contacted_on": "回访日期不能晚于今天。"})
    made = FollowUp(
        lead=row, contacted_on=contacted_on, way=way, attitude=attitude, words=words, by=actor
    )
    made.full_clean(exclude=["at"])
    made.save()
    if way != ContactWay.NOT_REACHED:
        callbacks.tick_off(row, on=contacted_on)
    return made
