"""Quiet hours: at night a letter that can wait leaves the house in the morning.

The message in the portal is there at once: it rings nowhere. What is urgent does not wait.
"""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from departments.models import Unit, UnitKind
from messaging.models import QuietHours

#: Where a town has settled nothing.
USUAL = (dt.time(21, 30), dt.time(7, 30))


def hours_of(town: int) -> tuple[dt.time, dt.time]:
    row = QuietHours.objects.in_force([town]).first()
    return (row.begins_at, row.ends_at) if row else USUAL


def leaves_at(moment: dt.datetime, begins: dt.time, ends: dt.time) -> dt.datetime:
    """When a letter of `moment` leaves: then, or at the end of the quiet hours that it falls into.

    Hours that begin when they end are none.
    """
    local = timezone.localtime(moment)
    clock = local.time()
    over_midnight = begins > ends
    is_quiet = (clock >= begins or clock < ends) if over_midnight else begins <= clock < ends
    if not is_quiet:
        return moment
    day = local.date() + dt.timedelta(days=1 if clock >= ends else 0)
    return dt.datetime.combine(day, ends, tzinfo=local.tzinfo)


def held(moment: dt.datetime) -> dict[int, dt.datetime]:
    """The towns in which it is quiet at `moment`, each with the time at which that ends."""
    towns = list(Unit.objects.filter(kind=UnitKind.TOWN).values_list("pk", flat=True))
    settled = {row.jurisdiction_id: row for row in QuietHours.objects.in_force(towns)}
    until = {}
    for town in towns:
        row = settled.get(town)
        hours = (row.begins_at, row.ends_at) if row else USUAL
        leaves = leaves_at(moment, *hours)
        if leaves > moment:
            until[town] = leaves
    return until
