"""Predicates about people, and how a view asks them."""

from typing import Any

from django.core.exceptions import PermissionDenied
from rules import predicate

from departments.models import Account, Unit, UnitKind
from departments.roles import OFFICE_ROLES, UNIT_ROLES, Role


@predicate
def is_office(user: Account) -> bool:
    return user.has_role(*OFFICE_ROLES)


@predicate
def is_director(user: Account) -> bool:
    return user.has_role(Role.DIRECTOR)


@predicate
def directs_every_town(user: Account) -> bool:
    """Dictionaries are the whole portal's: who settles them answers for each of its towns."""
    directed = user.jurisdictions_as(Role.DIRECTOR)
    towns = Unit.objects.active().filter(kind=UnitKind.TOWN)
    return bool(directed) and not towns.exclude(pk__in=directed).exists()


@predicate
def acts_for_a_unit(user: Account) -> bool:
    return user.has_role(*UNIT_ROLES)


@predicate
def can_edit_contact(user: Account, unit: Unit) -> bool:
    """A unit's own people keep what is published of it; the office that of its whole town."""
    own = unit.pk in user.unit_ids(*UNIT_ROLES)
    return own or unit.jurisdiction_id in user.jurisdictions_as(*OFFICE_ROLES)


def require(user: Account, allowed: Any, obj: Any = None) -> None:
    """Raise PermissionDenied unless the predicate `allowed` holds for `user` (and `obj`)."""
    if not allowed.test(user, obj):
        raise PermissionDenied
