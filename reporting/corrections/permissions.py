"""Who may do what to a correction: the unit to its own, the office to the one that it makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rules import predicate

from departments.models import Account
from departments.roles import Role
from reporting.weekly import permissions as weekly
from reporting.weekly.states import WeeklyState

if TYPE_CHECKING:
    from reporting.weekly.models import WeeklyReport


@predicate
def writes(user: Account, correction: Any) -> bool:
    """Of the side that makes it: the unit's liaison or leader, or the town's office."""
    side = weekly.receives if correction.by_office else weekly.reports_for
    return side.test(user, correction)


@predicate
def signs(user: Account, correction: Any) -> bool:
    """The leader of the unit; for what the office makes, its director."""
    if correction.by_office:
        return correction.period.jurisdiction_id in user.jurisdictions_as(Role.DIRECTOR)
    return weekly.signs_for.test(user, correction)


@predicate
def receives(user: Account, correction: Any) -> bool:
    return weekly.receives.test(user, correction)


#: Who may begin a correction of a report: each on its own side.
corrects = weekly.reports_for | weekly.receives


def offered(user: Account, report: WeeklyReport) -> str:
    """更正 to the unit of a received report, 核减 to the office where there is what to take off."""
    if report.state != WeeklyState.RECEIVED or not corrects.test(user, report):
        return ""
    if weekly.reports_for.test(user, report):
        return "更正"
    return "核减" if any(report.figures.values()) else ""
