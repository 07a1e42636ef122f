"""The figures that the portal knows itself, from its own leads, offered to who drafts a report.

Counts only what the unit did: leads it logged, leads it was given. A lead from which the unit must
keep away never shows through a number here, also if the unit logged or was given it.
"""

from __future__ import annotations

from django.db.models import Count, Exists, OuterRef, Q

from departments.models import Unit
from leads.models import Assignment, ConflictOfInterest, Lead
from leads.querysets import AssignmentQuerySet, LeadQuerySet
from leads.states import AssignmentState, Disposition, Finding
from reporting.periods.models import ReportPeriod

#: The codes of the figures that the portal counts: these and no others.
COUNTED = frozenset(
    {"found", "transferred", "taken", "in_hand", "proven", "disproven", "doubtful", "cases"}
)


def figures(*, unit: Unit, period: ReportPeriod) -> dict[str, int]:
    """What the leads say about the unit's week, by field code; two queries."""
    return _sums(_logged(unit), _of_logged(period)) | _sums(_given(unit), _of_given(period))


def leads(code: str, *, unit: Unit, period: ReportPeriod) -> LeadQuerySet:
    """The leads behind the figure `code`; none behind one that the portal does not count."""
    if code in (of_logged := _of_logged(period)):
        return _logged(unit).filter(of_logged[code])
    if code in (of_given := _of_given(period)):
        return Lead.objects.filter(pk__in=_given(unit).filter(of_given[code]).values("lead"))
    return Lead.objects.none()


def _logged(unit: Unit) -> LeadQuerySet:
    return Lead.objects.filter(registered_unit=unit).exclude(_kept_from(unit, "pk"))


def _given(unit: Unit) -> AssignmentQuerySet:
    return Assignment.objects.in_force().filter(unit=unit).exclude(_kept_from(unit, "lead"))


def _kept_from(unit: Unit, key: str) -> Exists:
    return Exists(ConflictOfInterest.objects.barring_units([unit.pk]).filter(lead=OuterRef(key)))


def _of_logged(period: ReportPeriod) -> dict[str, Q]:
    handed_on = Assignment.objects.filter(_within("assigned_at", period), lead=OuterRef("pk"))
    return {"found": _within("registered_at", period), "transferred": Q(Exists(handed_on))}


def _of_given(period: ReportPeriod) -> dict[str, Q]:
    closed = _within("lead__closed_at", period)
    proven = (Finding.PROVEN, Finding.PARTLY_PROVEN)
    return {
        "taken": _within("signed_at", period),
        "in_hand": ~Q(state=AssignmentState.ACCEPTED),
        "proven": closed & Q(lead__finding__in=proven),
        "disproven": closed & Q(lead__finding=Finding.DISPROVEN),
        "doubtful": closed & Q(lead__finding__in=(Finding.DOUBTFUL, Finding.UNVERIFIABLE)),
        "cases": closed & Q(lead__disposition=Disposition.CASE_FILED),
    }


def _sums(rows: LeadQuerySet | AssignmentQuerySet, of: dict[str, Q]) -> dict[str, int]:
    return rows.aggregate(**{code: Count("pk", filter=condition) for code, condition in of.items()})


def _within(name: str, period: ReportPeriod) -> Q:
    first, after = period.bounds
    return Q(**{f"{name}__gte": first, f"{name}__lt": after})
