"""Reads of conflicts of interest: the one place that says whom a lead is kept from."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from departments.models import Membership
from departments.roles import BARRING_ROLES
from leads.conflicts.states import Why

if TYPE_CHECKING:
    from departments.models import Account
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

    def leads_kept_from(self, account: int, units: Collection[int]) -> models.QuerySet:
        """The keys of the leads kept from the account, of a person of `units` (keys).

        They themselves are kept away, their unit, or one who answers for it. A union, so that each
        is looked up in its own index.
        """
        kept = self.in_force().order_by().values("lead")
        of_unit, through_people = _of_units(units)
        return kept.filter(account=account).union(
            kept.filter(of_unit), kept.filter(through_people), all=True
        )

    def barring_units(self, units: Collection[int]) -> ConflictQuerySet:
        """What keeps one of `units` (keys) away as a whole."""
        of_unit, through_people = _of_units(units)
        return self.in_force().filter(of_unit | through_people)


def _of_units(units: Collection[int]) -> tuple[Q, Q]:
    """That one of `units` is named, and that one who answers for it is."""
    answering = Membership.objects.filter(unit__in=units, role__in=BARRING_ROLES)
    through_people = Q(why=Why.NAMED_PERSON, account__in=answering.values("account"))
    return Q(unit__in=units), through_people


def barred(lead: Lead) -> Barred:
    """From whom `lead` is kept, by the rows that it has read."""
    rows = [row for row in lead.conflict_rows if row.is_in_force]
    units = {row.unit_id for row in rows if row.unit_id}
    for row in rows:
        if row.why == Why.NAMED_PERSON:
            answering = row.account.memberships.all()
            units |= {held.unit_id for held in answering if held.role in BARRING_ROLES}
    return Barred(frozenset(units), frozenset(row.account_id for row in rows if row.account_id))
