"""Villages that report zero week after week while leads name them: a hint to ask, not a finding."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import reduce
from itertools import groupby
from operator import or_
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone

from departments.models import Account, Unit, UnitKind
from departments.roles import OFFICE_ROLES
from leads.models import Lead
from reporting.periods import week
from reporting.periods.models import ReportExpectation, ReportPeriod
from reporting.weekly.states import EXEMPT, FILED

#: So many zero reports in a row are worth a question.
ZEROS = 4
#: So many weeks are looked back.
WEEKS = 26


@dataclass
class Silence:
    """A unit's zero reports in a row, the newest first, and how many leads name it in those weeks.

    `leads` counts what the person who asks finds in the list of leads by the same place and days.
    """

    unit: Unit
    reports: list[tuple[ReportPeriod, int]] = field(default_factory=list)
    leads: int = 0

    @property
    def since(self) -> dt.date:
        return self.reports[-1][0].starts_on

    @property
    def until(self) -> dt.date:
        return self.reports[0][0].ends_on

    @property
    def leads_url(self) -> str:
        days = {"registered_after": self.since, "registered_before": self.until}
        return f"{reverse('leads:list')}?{urlencode({'place': self.unit.code, **days})}"

    @property
    def named(self) -> Q:
        """The leads that name the unit and were registered within those weeks."""
        after = week.at_hour(self.until + dt.timedelta(days=1), 0)
        span = {"registered_at__gte": week.at_hour(self.since, 0), "registered_at__lt": after}
        return Q(place=self.unit, **span)


def find(user: Account) -> list[Silence]:
    """The villages of the towns whose office `user` is of. Three queries.

    Weeks for which a unit was exempt, and the one that is still open, are passed over; a report
    that is missing is no zero, and ends the row.
    """
    silent = [one for one in _rows(user) if len(one.reports) >= ZEROS]
    if not silent:
        return []
    named = Lead.objects.listing("place", user).filter(reduce(or_, (one.named for one in silent)))
    counts = dict(named.order_by().values_list("place").annotate(Count("pk")))
    for one in silent:
        one.leads = counts.get(one.unit.pk, 0)
    return [one for one in silent if one.leads]


def _rows(user: Account) -> Iterator[Silence]:
    earliest = timezone.localdate() - WEEKS * week.WEEK
    owed = (
        ReportExpectation.objects.filter(
            period__jurisdiction__in=user.jurisdictions_as(*OFFICE_ROLES),
            period__starts_on__gte=earliest,
            unit__kind=UnitKind.VILLAGE,
        )
        .with_status()
        .select_related("unit", "period", "report")
        .order_by("unit__path", "-period__starts_on")
    )
    for unit, weeks in groupby(owed, key=lambda item: item.unit):
        silence = Silence(unit)
        for item in weeks:
            if item.status == EXEMPT or (not silence.reports and _is_under_way(item)):
                continue
            if not item.filed_zero:
                break
            silence.reports.append((item.period, item.report.pk))
        yield silence


def _is_under_way(item: ReportExpectation) -> bool:
    """Whether the week's report can still come."""
    return item.status not in FILED and item.period.is_open
