"""Predicates about people, and how a view asks them."""

from typing import Any

from django.core.exceptions import PermissionDenied
from rules import predicate

from departments.models import Account
from departments.roles import OFFICE_ROLES, UNIT_ROLES


@predicate
def is_office(user: Account) -> bool:
    return user.has_role(*OFFICE_ROLES)


@predicate
def acts_for_a_unit(user: Account) -> bool:
    return user.has_role(*UNIT_ROLES)


def require(user: Account, allowed: Any, obj: Any = None) -> None:
    """Raise PermissionDenied unless the predicate `allowed` holds for `user` (and `obj`)."""
    if not allowed.test(user, obj):
        raise PermissionDenied
