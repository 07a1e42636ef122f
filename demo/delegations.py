"""A department whose head is away: its liaison signs the weekly reports meanwhile."""

from __future__ import annotations

import datetime as dt

from demo.accounts import People
from demo.clock import Clock
from demo.texts import MARK
from departments.models import Unit, UnitKind
from reporting.delegations.models import SigningDelegation


def make(*, town: Unit, people: People, span: Clock) -> None:
    """A town that has delegations keeps them. The caller holds the transaction."""
    units = Unit.objects.filter(jurisdiction=town, kind=UnitKind.DEPARTMENT).order_by("path")
    unit = units.filter(pk__in=people.leader).first()
    if unit is None or SigningDelegation.objects.filter(unit__jurisdiction=town).exists():
        return
    leader = people.leader[unit.pk]
    SigningDelegation.objects.create(
        unit=unit,
        leader=leader,
        delegate=people.liaison[unit.pk],
        first_day=span.today - dt.timedelta(days=1),
        last_day=span.today + dt.timedelta(days=8),
        reason=f"{MARK}外出培训。",
        set_by=leader,
        set_at=span.now - dt.timedelta(days=1),
    )
