"""The figures that the portal knows itself, from its own leads, offered to who drafts a report."""

from __future__ import annotations

from django.db.models import Count, Exists, OuterRef, Q

from departments.models import Unit
from leads.models import Assignment, ConflictOfInterest, Lead
from leads.states import AssignmentState, Disposition, Finding
from reporting.periods.models import ReportPeriod


def figures(*, unit: Unit, period: ReportPeriod) -> dict[str, int]:
    """What the leads say about the unit's week, by field code; two queries.

    Counts only what the unit did: leads it logged, leads it was given. A lead from which the unit
    must keep away never shows through a number here, also if the unit logged or was given it.
    """
    week = period.bounds
    barring = ConflictOfInterest.objects.barring_units([unit.pk])
    handed_on = Assignment.objects.filter(_within("assigned_at", week), lead=OuterRef("pk"))
    logged = (
        Lead.objects.filter(registered_unit=unit)
        .exclude(Exists(barring.filter(lead=OuterRef("pk"))))
        .aggregate(
            found=Count("pk", filter=_within("registered_at", week)),
            transferred=Count("pk", filter=Q(Exists(handed_on))),
        )
    )
    closed = _within("lead__closed_at", week)
    given = (
        Assignment.objects.in_force()
        .filter(unit=unit)
        .exclude(Exists(barring.filter(lead=OuterRef("lead"))))
        .aggregate(
            taken=Count("pk", filter=_within("signed_at", week)),
            in_hand=Count("pk", filter=~Q(state=AssignmentState.ACCEPTED)),
            proven=Count(
                "pk",
                filter=closed & Q(lead__finding__in=(Finding.PROVEN, Finding.PARTLY_PROVEN)),
            ),
            disproven=Count("pk", filter=closed & Q(lead__finding=Finding.DISPROVEN)),
            doubtful=Count(
                "pk",
                filter=closed & Q(lead__finding__in=(Finding.DOUBTFUL, Finding.UNVERIFIABLE)),
            ),
            cases=Count("pk", filter=closed & Q(lead__disposition=Disposition.CASE_FILED)),
        )
    )
    return logged | given


def _within(name: str, week: tuple) -> Q:
    first, after = week
    return Q(**{f"{name}__gte": first, f"{name}__lt": after})
