"""Reads of conflicts of interest: the one place that says whom a lead is kept from."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from departments.models import Account, Membership
from departments.roles import BARRING_ROLES
from leads.conflicts.states import Why

if TYPE_CHECKING:
    from leads.models import Lead


@dataclass(frozen=True)
class Barred:
    """The units and people from whom one lead is kept."""

    units: frozenset[int]
    accounts: frozenset[int]

    def includes(self, user: Account) -> bool:
        return user.pk in self.accounts or bool(self.units & user.unit_ids())


class ConflictQuerySet(models.QuerySet):
    def in_force(self) -> ConflictQuerySet:
        return self.filter(lifted_at=None)

    def with_people(self) -> ConflictQuerySet:
        """With the unit or the account, and where the account's person works."""
        related = self.select_related("unit", "account")
        return related.prefetch_related("account__memberships__unit")

    def barring(self, user: Account) -> ConflictQuerySet:
        """What keeps `user` away: they themselves, their unit, or one who answers for it."""
        own = {held.unit_id for held in user.roles_at}
        return self.in_force().filter(Q(account=user.pk) | _of_units(own))

    def barring_units(self, units: Collection[int]) -> ConflictQuerySet:
        """What keeps one of `units` (keys) away as a whole."""
        return self.in_force().filter(_of_units(units))


def _of_units(units: Collection[int]) -> Q:
    answering = Membership.objects.filter(unit__in=units, role__in=BARRING_ROLES)
    return Q(unit__in=units) | Q(why=Why.NAMED_PERSON, account__in=answering.values("account"))


def barred(lead: Lead) -> Barred:
    """From whom `lead` is kept, by the rows that it has read."""
    rows = [row for row in lead.conflict_rows if row.is_in_force]
    units = {row.unit_id for row in rows if row.unit_id}
    for row in rows:
        if row.why == Why.NAMED_PERSON:
            answering = row.account.memberships.all()
            units |= {held.unit_id for held in answering if held.role in BARRING_ROLES}
    return Barred(frozenset(units), frozenset(row.account_id for row in rows if row.account_id))
