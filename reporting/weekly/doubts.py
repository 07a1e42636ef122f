"""What is worth a second look before a report is signed. None of it keeps a report back."""

from __future__ import annotations

from collections.abc import Mapping

from departments.models import Account
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
    reader: Account,
) -> list[str]:
    """What looks wrong beside the numbers of the week before (`last`), among themselves, and beside
    the incidents of the unit's week that `reader` sees."""
    found = definition.doubts(form, content, last)
    if content.is_zero:
        seen = Incident.objects.visible_to(reader)
        if incidents := seen.of_week(period, unit_id).count():
            found.append(f"本周上报过重大事项 {incidents} 件，与“本周确无情况”不符。")
    return found
