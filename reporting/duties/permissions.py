"""Who settles who reports when, and who sees it."""

from __future__ import annotations

from typing import Any

from rules import predicate

from departments.models import Account, Unit
from departments.permissions import is_director, is_office
from departments.roles import OFFICE_ROLES, UNIT_ROLES, Role

can_see_rules = is_office
can_settle_rules = is_director


@predicate
def sees_weeks_of(user: Account, unit: Unit) -> bool:
    """Its own people, and the office and the leaders of its town."""
    towns = user.jurisdictions_as(*OFFICE_ROLES, Role.TOWN_LEADER)
    return unit.jurisdiction_id in towns or unit.pk in user.unit_ids(*UNIT_ROLES)


@predicate
def settles_for(user: Account, unit: Unit) -> bool:
    """The director of the unit's town."""
    return unit.jurisdiction_id in user.jurisdictions_as(Role.DIRECTOR)


@predicate
def reopens(user: Account, owed: Any) -> bool:
    return owed.period.jurisdiction_id in user.jurisdictions_as(Role.DIRECTOR)
