"""Who settles when leads are restricted, and who keeps one open longer."""

from rules import predicate

from departments.models import Account
from departments.roles import Role
from leads.permissions import can_approve


@predicate
def can_settle_fading(user: Account) -> bool:
    """The director of an office settles its town's rules."""
    return user.has_role(Role.DIRECTOR)


#: To lift a restriction, or to put it off, is the director's.
can_keep_open = can_approve

__all__ = ["can_keep_open", "can_settle_fading"]
