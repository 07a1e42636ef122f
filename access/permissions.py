"""Predicates about signing in."""

from django.conf import settings
from rules import predicate

from departments.models import Account


@predicate
def needs_factor(user: Account) -> bool:
    """Holds a role that is nobody's without a second factor."""
    return user.has_role(*settings.PORTAL_FACTOR_ROLES)
