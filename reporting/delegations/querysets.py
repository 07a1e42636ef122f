"""Reads of delegations."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef
from django.utils import timezone

from departments.models import Account, Membership
from departments.roles import UNIT_ROLES, Role
from reporting.duties.querysets import OfUnitQuerySet

if TYPE_CHECKING:
    from reporting.delegations.models import SigningDelegation


class DelegationQuerySet(OfUnitQuerySet):
    def not_over(self, day: dt.date | None = None) -> DelegationQuerySet:
        """Those that are in force, or will be."""
        return self.filter(ended_at=None, last_day__gte=day or timezone.localdate())

    def in_force(self, day: dt.date | None = None) -> DelegationQuerySet:
        """Those by which somebody may sign now.

        It takes the leader who is still the leader, and the delegate who is still of the unit: a
        delegation is no better than the right behind it.
        """
        day = day or timezone.localdate()
        held = Membership.objects.filter(unit=OuterRef("unit"), account__is_active=True)
        leader = held.filter(account=OuterRef("leader"), role=Role.LEADER)
        delegate = held.filter(account=OuterRef("delegate"), role__in=UNIT_ROLES)
        return self.not_over(day).filter(Exists(leader), Exists(delegate), first_day__lte=day)


def delegation_of(user: Account, unit_id: int) -> SigningDelegation | None:
    """By which delegation `user` signs for the unit now; none for its leader, who needs none."""
    from reporting.delegations.models import SigningDelegation

    if unit_id in user.unit_ids(Role.LEADER) or unit_id not in user.unit_ids(*UNIT_ROLES):
        return None
    rows = SigningDelegation.objects.in_force().filter(delegate=user, unit=unit_id)
    return rows.select_related("leader").first()


def signing_units(user: Account) -> set[int]:
    """The units for which `user` signs now, as leader or by delegation; one query at most."""
    from reporting.delegations.models import SigningDelegation

    led, others = user.unit_ids(Role.LEADER), user.unit_ids(Role.LIAISON)
    if not others - led:
        return led
    rows = SigningDelegation.objects.in_force().filter(delegate=user, unit__in=others)
    return led | set(rows.values_list("unit", flat=True))


def signers_of(unit_id: int) -> list[int]:
    """The keys of those who may sign for the unit now: its leaders, and a delegate."""
    from reporting.delegations.models import SigningDelegation

    leaders = Account.objects.members_of(unit_id, frozenset({Role.LEADER}))
    delegates = SigningDelegation.objects.in_force().filter(unit=unit_id)
    return sorted(
        {
            *leaders.values_list("pk", flat=True),
            *delegates.values_list("delegate", flat=True),
        }
    )
