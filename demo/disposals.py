"""Leads from years ago, whose time has passed: a batch that waits for approval, and one held."""

from __future__ import annotations

import datetime as dt
import uuid
from random import Random

from django.utils import timezone

from demo import leads
from demo.accounts import People
from demo.clock import Clock
from demo.town import Town
from leads.disposals import rules
from leads.disposals.models import DisposalBatch, DisposalEvent, DisposalItem, LegalHold
from leads.disposals.querysets import due_in
from leads.disposals.states import BatchState, Decision
from leads.models import Lead, LeadEvent
from leads.states import Finding, LeadState

#: So many leads of the demo are old ones, in a demo of at least `FROM`.
OLD, FROM = 4, 100
YEARS_AGO = 4
#: Yesterday afternoon, before what fades has faded (`demo.fading`).
HELD = dt.timedelta(hours=17)
#: The old ones came within these days, long enough before that year's end to be through.
DAYS = (120, 100, 80, 60)


def make_leads(*, town: Town, people: People, span: Clock, rng: Random) -> None:
    """Write leads that ended years ago: declined, or found untrue."""
    then = Clock(span.today - dt.timedelta(days=YEARS_AGO * 365), span.weeks)
    author = leads.Author(town, people, then, rng)
    starts = [then.end - day for day in DAYS]
    numbers = leads.numbers(town.unit, starts)
    lives = []
    for number, start in zip(numbers, starts, strict=True):
        while not _is_over((life := author.think_up(number, start))[0].lead):
            pass
        lives.append(life)
    leads.write(lives)


def make(*, town: Town, people: People, span: Clock) -> None:
    """Put the old leads into a batch that was reviewed yesterday, but for one that is held."""
    schedule = rules.in_force(town.unit.pk)
    holds = LegalHold.objects.in_force().values("lead")
    over = due_in(town.unit.pk, span.today).exclude(pk__in=holds)
    held, *rest = over.order_by("pk")
    _hold(held, people, span)
    at = span.now - dt.timedelta(hours=20)
    before = DisposalBatch.objects.filter(jurisdiction=town.unit).count()
    number = f"CZ-{town.unit.code.upper()}-{span.today.year}-{before + 1:04d}"
    batch = DisposalBatch.objects.create(
        number=number,
        submission=uuid.uuid5(uuid.NAMESPACE_URL, f"demo:{number}"),
        jurisdiction=town.unit,
        state=BatchState.REVIEWED,
        proposed_by=people.office,
        proposed_at=at,
        reviewed_by=people.office,
        reviewed_at=at + dt.timedelta(hours=1),
    )
    DisposalItem.objects.bulk_create(
        _item(batch, lead, schedule, people, is_kept=place == 0, span=span)
        for place, lead in enumerate(rest)
    )
    _step(batch, "propose", "", BatchState.PROPOSED, people, at)
    _step(batch, "submit", BatchState.PROPOSED, BatchState.REVIEWED, people, batch.reviewed_at)


def _is_over(lead: Lead) -> bool:
    return lead.state == LeadState.DECLINED or lead.finding == Finding.DISPROVEN


def _hold(lead: Lead, people: People, span: Clock) -> None:
    at = span.now - HELD
    reason = "【演示】相关民事诉讼尚未审结，材料须留存备查。"
    LegalHold.objects.create(lead=lead, reason=reason, set_by=people.director, set_at=at)
    LeadEvent.objects.create(
        lead=lead,
        at=at,
        actor=people.director,
        actor_name=people.director.full_name,
        unit_name=people.director.main_unit.name,
        verb="hold",
        from_state=lead.state,
        to_state=lead.state,
        note=reason,
    )
    Lead.objects.filter(pk=lead.pk).update(version=lead.version + 1)


def _item(
    batch: DisposalBatch,
    lead: Lead,
    schedule: rules.Schedule,
    people: People,
    *,
    is_kept: bool,
    span: Clock,
) -> DisposalItem:
    kept = schedule[lead.outcome_kind]
    item = DisposalItem(
        batch=batch,
        lead_key=lead.pk,
        number=lead.number,
        kind=lead.outcome_kind,
        rule_version=kept.version,
        years=kept.years,
        ended_on=timezone.localdate(lead.ended_at),
        kept_until=rules.kept_until(lead.ended_at, kept.years),
        decision=Decision.KEEP if is_kept else Decision.DISPOSE,
        decided_by=people.office,
    )
    if is_kept:
        item.reason = "【演示】同一地点近期又有反映，核查时需要比对。"
        item.keep_until = span.today + dt.timedelta(days=365)
    return item


def _step(
    batch: DisposalBatch, verb: str, source: str, target: str, people: People, at: dt.datetime
) -> None:
    DisposalEvent.objects.create(
        batch=batch,
        at=at,
        actor=people.office,
        actor_name=people.office.full_name,
        unit_name=people.office.main_unit.name,
        verb=verb,
        from_state=source,
        to_state=target,
    )
