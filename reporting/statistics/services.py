"""The only writer of tallies."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Q
from django.utils import timezone

from departments.models import Domain
from leads.models import Lead
from leads.querysets import LeadQuerySet
from leads.states import ENDED, Finding, LeadState
from reporting.periods.models import ReportExpectation, ReportPeriod
from reporting.periods.querysets import ReportExpectationQuerySet
from reporting.statistics.models import Tally
from reporting.statistics.states import NO_DOMAIN, Measure
from reporting.weekly.states import EXEMPT, STATUSES

#: The first key of the advisory locks that keep two counts of one period apart.
LOCK_CLASS = 7_402


def roll_up_open() -> int:
    """Count every open period anew; returns how many there were."""
    periods = list(ReportPeriod.objects.open().order_by("pk"))
    for period in periods:
        roll_up(period)
    return len(periods)


@transaction.atomic
def roll_up(period: ReportPeriod) -> None:
    """Count the period's figures as of now and replace the old ones, all at once.

    Running it again, or twice at a time, gives the same rows. Leads are counted as they stand
    now; "this week" means the period's week.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_CLASS, period.pk])
    as_of = timezone.now()
    rows = [
        Tally(
            jurisdiction_id=period.jurisdiction_id,
            period=period,
            measure=measure,
            key=key,
            count=count,
            as_of=as_of,
        )
        for (measure, key), count in (_counted(period) | _count_reports(period)).items()
    ]
    Tally.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["period", "measure", "key"],
        update_fields=["count", "as_of"],
    )
    Tally.objects.filter(period=period).exclude(as_of=as_of).delete()


def _counted(period: ReportPeriod) -> dict[tuple[str, str], int]:
    leads = Lead.objects.filter(jurisdiction=period.jurisdiction_id)
    return dict.fromkeys(_shown_at_zero(), 0) | count_leads(leads, period)


def count_leads(leads: LeadQuerySet, period: ReportPeriod) -> dict[tuple[str, str], int]:
    """What `leads` add to each figure of the period; figures that they add nothing to are left out.

    Figures are counted once for everybody; from a person who must keep away from some leads,
    the share of these is taken off again.
    """
    first, after = period.bounds
    new = Q(registered_at__gte=first, registered_at__lt=after)
    closed = Q(closed_at__gte=first, closed_at__lt=after)
    cells = (
        leads.order_by()
        .values("state", "domain__code", "finding")
        .annotate(leads=Count("pk"), new=Count("pk", filter=new), closed=Count("pk", filter=closed))
    )
    counts: Counter[tuple[str, str]] = Counter()
    for cell in cells:
        counts[Measure.LEAD_STATE, cell["state"]] += cell["leads"]
        counts[Measure.LEAD_WEEK, "registered"] += cell["new"]
        counts[Measure.LEAD_WEEK, "closed"] += cell["closed"]
        if cell["finding"]:
            counts[Measure.LEAD_FINDING, cell["finding"]] += cell["closed"]
        if cell["state"] not in ENDED:
            counts[Measure.LEAD_WEEK, "open"] += cell["leads"]
            counts[Measure.LEAD_DOMAIN, cell["domain__code"] or NO_DOMAIN] += cell["leads"]
    counts[Measure.LEAD_DUE, "overdue"] = leads.overdue().count()
    counts[Measure.LEAD_DUE, "near"] = leads.near_due().count()
    return dict(counts)


def _shown_at_zero() -> list[tuple[str, str]]:
    """Every figure that is shown even when it is zero."""
    domains = Domain.objects.filter(is_active=True).values_list("code", flat=True)
    keys = {
        Measure.LEAD_STATE: LeadState.values,
        Measure.LEAD_DOMAIN: [*domains, NO_DOMAIN],
        Measure.LEAD_DUE: ["overdue", "near"],
        Measure.LEAD_WEEK: ["registered", "closed", "open"],
        Measure.LEAD_FINDING: Finding.values,
    }
    return [(measure, key) for measure, group in keys.items() for key in group]


def _count_reports(period: ReportPeriod) -> dict[tuple[str, str], int]:
    counts = count_statuses(ReportExpectation.objects.with_status(period))
    return {(Measure.REPORT_STATUS, key): count for key, count in counts.items()}


def count_statuses(expectations: ReportExpectationQuerySet) -> dict[str, int]:
    """How many of `expectations` (with status) stand how: every status, also those at zero.

    Besides the statuses, of which each unit has one: "total", those that owe a report, and "zero"
    and "late" within.
    """
    counts: dict[str, Any] = dict.fromkeys(STATUSES, 0)
    cells = (
        expectations.order_by()
        .values("status")
        .annotate(
            units=Count("pk"),
            zero=Count("pk", filter=Q(filed_zero=True)),
            late=Count("pk", filter=Q(filed_late=True)),
        )
    )
    totals = {"total": 0, "zero": 0, "late": 0}
    for cell in cells:
        counts[cell["status"]] = cell["units"]
        totals["total"] += cell["units"] if cell["status"] != EXEMPT else 0
        totals["zero"] += cell["zero"]
        totals["late"] += cell["late"]
    return counts | totals
