"""Who may see and settle a town's deadlines, and who may urge a unit."""

from rules import predicate

from departments.models import Account
from departments.roles import Role
from leads.permissions import can_review_assignment


@predicate
def can_settle_deadlines(user: Account) -> bool:
    """The director of an office settles its town's rules."""
    return user.has_role(Role.DIRECTOR)


#: The office of the lead's town urges its units.
can_urge = can_review_assignment

__all__ = ["can_settle_deadlines", "can_urge"]
