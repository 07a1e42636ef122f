"""Bulletins of the last weeks that are over: two issued, read by most units, and a draft."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from demo.accounts import People
from demo.clock import Clock
from departments.models import Account, Unit
from leads.documents.services import template_for
from leads.documents.states import PaperKind
from reporting.bulletins import content
from reporting.bulletins.models import Bulletin, BulletinEvent, BulletinRead
from reporting.bulletins.querysets import addressees
from reporting.bulletins.services import next_serial
from reporting.bulletins.states import BulletinState
from reporting.periods.models import ReportPeriod

#: Where the bulletins stand, the newest week's first.
STATES = (BulletinState.DRAFT, BulletinState.ISSUED, BulletinState.ISSUED)
#: One unit in so many has not read what was issued.
UNREAD_EVERY = 5
HOUR = dt.timedelta(hours=1)


def make(*, town: Unit, people: People, span: Clock) -> None:
    """Weeks that have a bulletin keep it. The caller holds the transaction."""
    over = ReportPeriod.objects.filter(jurisdiction=town, ends_on__lt=span.today)
    newest = list(zip(over.order_by("-starts_on"), STATES, strict=False))
    for period, state in reversed(newest):
        if not Bulletin.objects.filter(period=period).exists():
            _write(town, period, state, people)


def _write(town: Unit, period: ReportPeriod, state: str, people: People) -> None:
    taken_at = period.due_at + HOUR
    said = content.taken(period) | {"taken_at": taken_at}
    said["situation"] = f"【演示】{said['situation']}"
    made = Bulletin(
        jurisdiction=town,
        period=period,
        state=state,
        issuer=template_for(town, PaperKind.ORDER).issuer,
        drafted_by=people.office,
        drafted_at=taken_at,
        **said,
    )
    if state == BulletinState.ISSUED:
        made.issued_by, made.issued_at = people.director, taken_at + 2 * HOUR
        made.year = timezone.localdate(made.issued_at).year
        made.serial = next_serial(town.pk, made.year)
        made.content_hash = made.compute_hash()
    made.save(force_insert=True)
    _record(made, people.office, "make", "", BulletinState.DRAFT, taken_at)
    if made.is_issued:
        steps = (BulletinState.DRAFT, BulletinState.SUBMITTED, BulletinState.ISSUED)
        _record(made, people.office, "submit", *steps[:2], taken_at + HOUR)
        _record(made, people.director, "issue", *steps[1:], taken_at + 2 * HOUR)
        _read(made, people)


def _record(
    made: Bulletin, actor: Account, verb: str, source: str, target: str, at: dt.datetime
) -> None:
    BulletinEvent.objects.create(
        bulletin=made,
        at=at,
        actor=actor,
        actor_name=actor.full_name,
        unit_name=actor.main_unit.name if actor.main_unit else "",
        verb=verb,
        from_state=source,
        to_state=target,
    )


def _read(made: Bulletin, people: People) -> None:
    BulletinRead.objects.bulk_create(
        BulletinRead(
            bulletin=made,
            unit=unit,
            reader=people.liaison[unit.pk],
            at=made.issued_at + dt.timedelta(minutes=3 * place),
        )
        for place, unit in enumerate(addressees(made), 1)
        if place % UNREAD_EVERY
    )
