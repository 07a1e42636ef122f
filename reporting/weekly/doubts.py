"""What is worth a second look before a report is signed. None of it keeps a report back."""

from __future__ import annotations

from collections.abc import Mapping

from reporting.incidents.models import Incident
from reporting.periods.models import ReportPeriod
from reporting.weekly import form as definition
from reporting.weekly.form import Content, ReportForm


def doubts_of(
    form: ReportForm,
    content: Content,
    last: Mapping[str, int],
    *,
    period: ReportPeriod,
    unit_id: int,
) -> list[str]:
    """What looks wrong beside the numbers of the week before (`last`), among themselves, and beside
    the incidents that the unit reported in the week."""
    found = definition.doubts(form, content, last)
    incidents = Incident.objects.of_week(period, unit_id).count() if content.is_zero else 0
    if incidents:
        found.append(f"本周上报过重大事项 {incidents} 件，与“本周确无情况”不符。")
    return found
