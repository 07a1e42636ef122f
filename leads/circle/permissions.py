"""Who widens or narrows the circle of a lead, and who may look into it from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules import predicate

from departments.roles import OFFICE_ROLES
from leads import standing
from leads.fields import Standing
from leads.permissions import can_approve, can_handle

if TYPE_CHECKING:
    from departments.models import Account
    from leads.circle.models import Access
    from leads.models import Lead

#: Whoever handles a lead says who else does.
can_set_circle = can_handle
#: To let a leader read is the director's.
can_grant_reading = can_approve


@predicate
def can_look_urgently(user: Account, lead: Lead) -> bool:
    """The office's people outside the circle of a limited or restricted lead; no conflict of
    interest yields.
    """
    if lead.jurisdiction_id not in user.jurisdictions_as(*OFFICE_ROLES):
        return False
    found = standing.of(user, lead)
    return bool(found) and not found & {Standing.DIRECTOR, Standing.OFFICE}


@predicate
def can_oversee(user: Account, access: Access) -> bool:
    """The director ends what was granted or taken, and takes note of urgent looks."""
    return can_approve.test(user, access.lead)


__all__ = ["can_grant_reading", "can_look_urgently", "can_oversee", "can_set_circle"]
