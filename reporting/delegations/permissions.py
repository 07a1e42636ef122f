"""Who has somebody sign in the leader's place, and who sees it."""

from __future__ import annotations

from rules import predicate

from departments.models import Account, Unit
from departments.roles import Role


@predicate
def delegates_for(user: Account, unit: Unit) -> bool:
    """The unit's leader; for a leader who is away already, the director of the town.

    Whoever signs by a delegation is neither: nobody passes on what was delegated to them.
    """
    directed = user.jurisdictions_as(Role.DIRECTOR)
    return unit.pk in user.unit_ids(Role.LEADER) or unit.jurisdiction_id in directed
