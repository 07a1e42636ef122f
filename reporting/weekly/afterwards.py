"""What the portal has counted of a week since its report was written: a hint to the unit."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from departments.models import Account
from reporting.corrections.permissions import offered
from reporting.weekly import prefill
from reporting.weekly.form import Figure
from reporting.weekly.models import WeeklyReport
from reporting.weekly.permissions import reports_for

#: Known of its own day alone: that it is another later says nothing of the week.
OF_ITS_DAY = frozenset({"in_hand"})


def counted_since(report: WeeklyReport) -> list[tuple[Figure, int]]:
    """The figures of a filed report of which the portal now counts more than was beside them, and
    more than they say, each with how many more. Three queries: one for the form, two to count.

    What is counted is counted for the unit: it is the unit's alone to hear of it.
    """
    if not report.is_filed:
        return []
    now = report.form.offered(prefill.figures(unit=report.unit, period=report.period))
    found = []
    for figure in report.form.figures:
        count = now.get(figure.code, 0)
        before = report.counted.get(figure.code, count)
        said = report.figures.get(figure.code, 0)
        if figure.code not in OF_ITS_DAY and count > max(before, said):
            found.append((figure, count - before))
    return found


def hint_of(user: Account, report: WeeklyReport) -> dict[str, Any]:
    """For the pages of a unit: `later`, what was counted since, and `correct_url`, where it may be
    corrected now. Empty for everybody else."""
    if not reports_for.test(user, report):
        return {}
    return {
        "later": counted_since(report),
        "correct_url": reverse("reporting:correct", args=[report.pk])
        if offered(user, report)
        else "",
    }
