"""Who may add and remove files of a report.

Seeing is decided by `ReportFile.objects.visible_to`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules import predicate

from departments.models import Account
from reporting.weekly.permissions import can_edit, reports_for

if TYPE_CHECKING:
    from reporting.attachments.models import ReportFile
    from reporting.weekly.models import WeeklyReport


@predicate
def is_filed(user: Account, report: WeeklyReport) -> bool:
    return report.is_filed


#: What is signed with the report changes as its words do.
can_attach = can_edit
can_add_scan = reports_for & is_filed


@predicate
def reports_for_it(user: Account, file: ReportFile) -> bool:
    return reports_for.test(user, file.report)


__all__ = ["can_add_scan", "can_attach", "reports_for_it"]
