"""Who may do what to a weekly report."""

from __future__ import annotations

from typing import Any

from rules import predicate

from departments.models import Account
from departments.roles import OFFICE_ROLES, UNIT_ROLES, Role
from reporting.delegations.querysets import delegation_of
from reporting.weekly.states import EDITABLE, WeeklyState


@predicate
def reports_for(user: Account, obj: Any) -> bool:
    """Liaison or leader of the unit that `obj`, a report or an expectation, is about."""
    return obj.unit_id in user.unit_ids(*UNIT_ROLES)


@predicate
def signs_for(user: Account, report: Any) -> bool:
    """The unit's leader, or who signs for the leader by a delegation that is in force."""
    if report.unit_id in user.unit_ids(Role.LEADER):
        return True
    return delegation_of(user, report.unit_id) is not None


@predicate
def is_with_them(user: Account, report: Any) -> bool:
    """Whoever drafts edits drafts; what waits for a signature, only who can sign it."""
    if report.state == WeeklyState.AWAITING_SIGNATURE:
        return signs_for.test(user, report)
    return report.state in EDITABLE


can_edit = reports_for & is_with_them


@predicate
def receives(user: Account, report: Any) -> bool:
    """The office of the town to which the report goes."""
    return report.period.jurisdiction_id in user.jurisdictions_as(*OFFICE_ROLES)


@predicate
def can_see_board(user: Account) -> bool:
    """Who follows the reports of a whole town: its office and its leaders."""
    return user.has_role(*OFFICE_ROLES, Role.TOWN_LEADER)


@predicate
def can_see_own_row(user: Account) -> bool:
    return user.has_role(*UNIT_ROLES)


#: The board is open to units too, who find themselves alone on it.
can_open_board = can_see_board | can_see_own_row
