"""The only writers of callbacks. They join the transaction of what made a callback due, or done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from leads.callbacks.models import Callback
from leads.deadlines.kinds import DeadlineKind
from leads.deadlines.rules import Rules
from leads.models import Lead
from leads.states import ReporterKind


def expect(lead: Lead) -> None:
    """Set until when the reporter is to be called back, by what the lead now says.

    A lead whose reporter gave no name owes nothing; a callback that was made stays as it is.
    """
    expect_all([lead])


def expect_all(leads: Collection[Lead]) -> None:
    """The same for several leads of one town."""
    named = [lead for lead in leads if lead.reporter_kind == ReporterKind.NAMED]
    if not named:
        return
    rules = Rules.of(named[0].jurisdiction_id)
    days = {lead.received_on for lead in named}
    until = {day: rules.deadline(DeadlineKind.CONTACT, day) for day in days}
    there = {row.lead_id: row for row in Callback.objects.filter(lead__in=named)}
    Callback.objects.bulk_create(
        Callback(lead=lead, due_on=found.due_on, near_days=found.near_days)
        for lead in named
        if lead.pk not in there
        for found in [until[lead.received_on]]
    )
    moved = []
    for lead in named:
        row, found = there.get(lead.pk), until[lead.received_on]
        if row is not None and row.done_on is None and row.due_on != found.due_on:
            row.due_on, row.near_days = found.due_on, found.near_days
            moved.append(row)
    Callback.objects.bulk_update(moved, ["due_on", "near_days"])


def tick_off(lead: Lead, *, on: dt.date) -> None:
    """The reporter has heard from the office; the first time counts."""
    Callback.objects.filter(lead=lead, done_on=None).update(done_on=on)
