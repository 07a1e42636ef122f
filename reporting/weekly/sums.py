"""What the units of a town reported in a week, figure by figure.

A unit that was not asked for a figure has not said zero: it is not counted beside those that have.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reporting.form_versions.models import FormVersion
from reporting.form_versions.services import form_of_week
from reporting.periods.models import ReportPeriod
from reporting.weekly.form import Figure
from reporting.weekly.models import WeeklyReport


@dataclass
class Sum:
    """A figure over the units that gave it: `units` of them, `total` in all."""

    figure: Figure
    total: int = 0
    units: int = 0

    def add(self, figures: Mapping[str, int]) -> None:
        if self.figure.code in figures:
            self.total += figures[self.figure.code]
            self.units += 1


def sums(figures: Iterable[Figure], answers: Iterable[Mapping[str, int]]) -> list[Sum]:
    """Each of `figures` over what the units answered."""
    totals = [Sum(figure) for figure in figures]
    for given in answers:
        for total in totals:
            total.add(given)
    return totals


def figures_of_week(period: ReportPeriod) -> list[Figure]:
    """Every figure that the week's form asks for, and those that reports on other versions of it
    were asked for; block by block. Two queries."""
    used = WeeklyReport.objects.filed().filter(period=period).order_by().values("form_version")
    others = FormVersion.objects.filter(
        jurisdiction=period.jurisdiction_id, version__in=used
    ).order_by("-version")
    forms = [form_of_week(period.jurisdiction_id, period.starts_on), *(row.form for row in others)]
    figures: dict[str, Figure] = {}
    blocks: dict[str, int] = {}
    for form in forms:
        for block in form.blocks:
            blocks.setdefault(block, len(blocks))
        for figure in form.figures:
            if figure.is_active:
                figures.setdefault(figure.code, figure)
    return sorted(figures.values(), key=lambda figure: blocks[figure.block])
