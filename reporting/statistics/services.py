"""The only writer of tallies and of what they were counted from."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Q
from django.utils import timezone

from departments.acting import as_system
from departments.models import Account, Domain, Membership
from departments.roles import OFFICE_ROLES, Role
from leads.models import ConflictOfInterest, Lead, LeadEvent
from leads.querysets import LeadQuerySet
from leads.states import ENDED, Finding, LeadState, Secrecy
from reporting.periods.models import ReportExpectation, ReportPeriod
from reporting.periods.querysets import ReportExpectationQuerySet
from reporting.statistics.models import RollUp, Tally, Withheld
from reporting.statistics.states import NO_DOMAIN, OF_WHAT_IT_IS, Measure
from reporting.weekly.models import WeeklyReport
from reporting.weekly.states import EXEMPT, STATUSES

#: The first key of the advisory locks that keep two counts of one period apart.
LOCK_CLASS = 7_402
#: A week is counted at least so often, whether or not anything is known to have moved.
AT_LEAST_EVERY = dt.timedelta(hours=1)
#: How often a count is begun anew because something moved meanwhile; then the next one mends it.
TRIES = 3
#: Events that are committed later than others with higher keys are at most so far behind these.
BEHIND = 10_000
#: No lead moves without an event, and each change of a report counts up its version. Who must keep
#: away from which leads follows from conflicts and from who belongs where.
MOVED = f"""
SELECT newest.id, (
    SELECT count(*) FROM {LeadEvent._meta.db_table} WHERE id > newest.id - %(behind)s
), (
    SELECT count(*) || '/' || coalesce(sum(version), 0)
    FROM {WeeklyReport._meta.db_table} WHERE period_id = %(period)s
), (
    SELECT count(*) || '/' || coalesce(sum(exemption_id), 0)
    FROM {ReportExpectation._meta.db_table} WHERE period_id = %(period)s
), (
    SELECT count(*) || '/' || coalesce(max(id), 0) || '/' || count(lifted_at)
    FROM {ConflictOfInterest._meta.db_table}
), (
    SELECT count(*) || '/' || coalesce(max(held.id), 0)
    FROM {Membership._meta.db_table} held
    JOIN {Account._meta.db_table} account ON account.id = held.account_id AND account.is_active
)
FROM (SELECT coalesce(max(id), 0) AS id FROM {LeadEvent._meta.db_table}) AS newest
"""


def roll_up_open() -> int:
    """Bring every open week up to date; returns how many had to be counted anew."""
    return sum(roll_up_moved(period) for period in ReportPeriod.objects.open().order_by("pk"))


@transaction.atomic
def roll_up_moved(period: ReportPeriod) -> bool:
    """Count the period anew if anything it is counted from has moved, and say whether it was.

    If nothing has, its figures stand as of now. What a calendar, a dictionary or a deadline rule
    changes is not looked for: it shows within `AT_LEAST_EVERY`.
    """
    _hold(period)
    now = timezone.now()
    unmoved = RollUp.objects.filter(
        period=period, basis=_basis(period), counted_at__gt=now - AT_LEAST_EVERY
    )
    if unmoved.update(as_of=now):
        return False
    roll_up(period)
    return True


@transaction.atomic
def roll_up(period: ReportPeriod) -> None:
    """Count the period's figures as of now and replace the old ones, all at once.

    Running it again, or twice at a time, gives the same rows. Leads are counted as they stand
    now; "this week" means the period's week.
    """
    _hold(period)
    readers = _readers(period)
    for _ in range(TRIES):
        basis, as_of = _basis(period), timezone.now()
        counts, withheld = _counted(period) | _count_reports(period), _withheld(period, readers)
        # What is withheld must be of what was counted: not of a lead that came in between.
        if _basis(period) == basis:
            break
    rows = [
        Tally(
            jurisdiction_id=period.jurisdiction_id,
            period=period,
            measure=measure,
            key=key,
            count=count,
            as_of=as_of,
        )
        for (measure, key), count in counts.items()
    ]
    Tally.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["period", "measure", "key"],
        update_fields=["count", "as_of"],
    )
    Tally.objects.filter(period=period).exclude(as_of=as_of).delete()
    Withheld.objects.filter(period=period).delete()
    Withheld.objects.bulk_create(withheld)
    RollUp.objects.bulk_create(
        [
            RollUp(
                period=period,
                basis=basis,
                counted_at=as_of,
                as_of=as_of,
                readers=[account.pk for account in readers],
            )
        ],
        update_conflicts=True,
        unique_fields=["period"],
        update_fields=["basis", "counted_at", "as_of", "readers"],
    )


def _hold(period: ReportPeriod) -> None:
    """Keep other counts of the period away until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_CLASS, period.pk])


def _basis(period: ReportPeriod) -> str:
    """Names all that the period's figures are counted from: the same only if nothing has moved."""
    with connection.cursor() as cursor:
        cursor.execute(MOVED, {"period": period.pk, "behind": BEHIND})
        moved = cursor.fetchone()
    return " ".join(map(str, (timezone.localdate(), period.due_at, *moved)))


def _counted(period: ReportPeriod) -> dict[tuple[str, str], int]:
    leads = Lead.objects.filter(jurisdiction=period.jurisdiction_id)
    return dict.fromkeys(_shown_at_zero(), 0) | count_leads(leads, period)


def count_leads(leads: LeadQuerySet, period: ReportPeriod) -> dict[tuple[str, str], int]:
    """What `leads` add to each figure of the period; figures that they add nothing to are left out.

    Figures are counted once for everybody; from a person who must keep away from some leads,
    the share of these is taken off again (`Withheld`).
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


def _withheld(period: ReportPeriod, readers: list[Account]) -> list[Withheld]:
    """What each of those who see the town's figures must not find in them.

    Leads from which a conflict keeps them are in none; limited leads of which they see the state
    alone are not counted by what they are about.
    """
    leads = Lead.objects.filter(jurisdiction=period.jurisdiction_id)
    with as_system():
        any_limited = leads.filter(secrecy=Secrecy.LIMITED).exists()
        found: list[Withheld] = []
        for account in readers:
            counts = Counter[tuple[str, str]]()
            if (hidden := leads.hidden_from(account)).exists():
                counts.update(count_leads(hidden, period))
            if any_limited and (outlined := leads.outlined_to(account)).exists():
                shares = count_leads(outlined, period)
                counts.update({key: shares[key] for key in shares if key[0] in OF_WHAT_IT_IS})
            found += [
                Withheld(period=period, account=account, measure=measure, key=key, count=count)
                for (measure, key), count in counts.items()
                if count
            ]
    return found


def _readers(period: ReportPeriod) -> list[Account]:
    """Those who see the figures of the period's town (`Tally.objects.visible_to`)."""
    held = Membership.objects.filter(
        role__in=[*OFFICE_ROLES, Role.TOWN_LEADER], unit__jurisdiction=period.jurisdiction_id
    )
    accounts = Account.objects.filter(is_active=True, pk__in=held.values("account"))
    return list(accounts.order_by("pk"))


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
