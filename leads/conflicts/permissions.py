"""Who may declare a conflict of interest, and who may lift one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules import predicate

from departments.models import Account
from departments.roles import Role
from leads.conflicts.states import Why
from leads.permissions import can_handle, works_on

if TYPE_CHECKING:
    from leads.conflicts.models import ConflictOfInterest

#: Whoever works on a lead can withdraw from it.
can_recuse = works_on


@predicate
def directs_its_office(user: Account, conflict: ConflictOfInterest) -> bool:
    in_office = can_handle.test(user, conflict.lead)
    return in_office and conflict.lead.jurisdiction_id in user.jurisdictions_as(Role.DIRECTOR)


@predicate
def concerns_a_person(user: Account, conflict: ConflictOfInterest) -> bool:
    """A unit that is named by itself stays away: no namesake can be meant."""
    return conflict.why != Why.NAMED_UNIT


#: The director, unless the lead is kept from the director too.
can_lift = directs_its_office & concerns_a_person
