"""After how many days a lead that was not proven is restricted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils import timezone

from leads.states import UNPROVEN, Finding

if TYPE_CHECKING:
    from leads.models import Lead

MOST_DAYS = 3650
#: Calendar days after closing, by finding; None: never. What a town starts from.
USUAL: dict[str, int | None] = {
    Finding.DISPROVEN: 30,
    Finding.DOUBTFUL: None,
    Finding.UNVERIFIABLE: None,
}

Days = Mapping[str, int | None]


def in_force(town: int) -> Days:
    """The days of each finding as the town has settled them; the usual ones where it has not."""
    from leads.fading.models import FadingRule

    settled = {row.finding: row.days for row in FadingRule.objects.in_force(town)}
    return {finding: settled.get(finding, USUAL[finding]) for finding in UNPROVEN}


def restricted_from(lead: Lead, days: Days) -> dt.date | None:
    """The day on which the lead is restricted; None where it never is."""
    kept = days.get(lead.finding)
    if kept is None or lead.closed_at is None:
        return None
    day = timezone.localdate(lead.closed_at) + dt.timedelta(days=kept)
    if lead.kept_open_until:
        day = max(day, lead.kept_open_until + dt.timedelta(days=1))
    return day


def due(days: Days, day: dt.date) -> Q:
    """The leads, of one town, that `restricted_from` has at `day` or before it."""
    found = Q(pk__in=[])
    for finding, kept in days.items():
        if kept is not None:
            last = day - dt.timedelta(days=kept)
            found |= Q(finding=finding, closed_at__lt=_midnight_after(last))
    return found & (Q(kept_open_until=None) | Q(kept_open_until__lt=day))


def _midnight_after(day: dt.date) -> dt.datetime:
    midnight = dt.datetime.combine(day + dt.timedelta(days=1), dt.time.min)
    return timezone.make_aware(midnight)
