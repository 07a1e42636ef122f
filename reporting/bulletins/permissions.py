"""Who may do what to a bulletin."""

from __future__ import annotations

from typing import Any

from rules import predicate

from departments.models import Account
from departments.roles import OFFICE_ROLES, Role


@predicate
def prepares(user: Account, bulletin: Any) -> bool:
    """The office of the bulletin's town."""
    return bulletin.jurisdiction_id in user.jurisdictions_as(*OFFICE_ROLES)


@predicate
def approves(user: Account, bulletin: Any) -> bool:
    """The director of that office."""
    return bulletin.jurisdiction_id in user.jurisdictions_as(Role.DIRECTOR)
