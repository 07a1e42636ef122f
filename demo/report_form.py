"""The form that the demo's office settled after some weeks: what a change of it looks like."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from departments.models import Account, Unit, UnitKind
from reporting.duties.models import KINDS
from reporting.form_versions import services
from reporting.form_versions.default import DEFAULT, PUBLICITY
from reporting.form_versions.models import FormVersion
from reporting.form_versions.rules import new_code
from reporting.periods import week
from reporting.weekly.form import Figure, ReportForm

#: So many weeks before the current one it begins.
WEEKS_BACK = 3
VISITS = new_code(2, 1)
CASES = ("proven", "disproven", "doubtful", "cases")


def second() -> ReportForm:
    """Villages are no longer asked about cases; every unit is, how many homes it visited."""
    investigating = tuple(kind.value for kind in KINDS if kind != UnitKind.VILLAGE)
    visits = Figure(code=VISITS, label="走访农户", block=PUBLICITY, unit="户")
    figures = [
        replace(figure, kinds=investigating) if figure.code in CASES else figure
        for figure in DEFAULT.figures
    ]
    return replace(DEFAULT, version=2, figures=(*figures, visits))


def settle(*, town: Unit, director: Account, today: dt.date) -> None:
    """Let the town have had it for some weeks; what is there stays."""
    services.begin(town.pk)
    first = week.starts_on(today) - WEEKS_BACK * week.WEEK
    row = FormVersion(
        jurisdiction=town,
        version=2,
        from_week=first,
        definition=second().as_data(),
        reason="各村不办案，不再填案件侦办；增报走访农户户数。",
        set_by=director,
        set_at=week.at_hour(first - dt.timedelta(days=2), 9),
    )
    FormVersion.objects.bulk_create([row], ignore_conflicts=True)
