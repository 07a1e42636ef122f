"""Reads of units, accounts and the calendar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.models import UserManager
from django.core.exceptions import PermissionDenied
from django.db import models
from treebeard.mp_tree import MP_NodeManager, MP_NodeQuerySet

from departments.roles import Role

if TYPE_CHECKING:
    from departments.models import Account, Unit


class UnitQuerySet(MP_NodeQuerySet):
    def visible_to(self, user: Account) -> UnitQuerySet:
        """The units of the towns that `user` works in; the directory is open within a town."""
        return self.filter(jurisdiction_id__in=user.jurisdiction_ids)

    def active(self) -> UnitQuerySet:
        return self.filter(is_active=True)

    def directed_by(self, user: Account) -> Unit:
        """The town whose office `user` directs, the first of several.

        PermissionDenied for who directs none.
        """
        towns = user.jurisdictions_as(Role.DIRECTOR)
        if not towns:
            raise PermissionDenied
        return self.get(pk=min(towns))

    def reporting_in(self, jurisdiction: Unit | int) -> UnitQuerySet:
        """The units of a town that owe it a weekly report."""
        return self.active().filter(jurisdiction=jurisdiction, reports_weekly=True)

    def recipients_in(self, jurisdiction: Unit | int) -> UnitQuerySet:
        """The units of a town that a lead can be assigned to: villages and the office cannot."""
        return self.active().filter(jurisdiction=jurisdiction, receives_leads=True)

    def villages_in(self, jurisdiction: Unit | int) -> UnitQuerySet:
        from departments.models import UnitKind

        return self.active().filter(jurisdiction=jurisdiction, kind=UnitKind.VILLAGE)


class UnitManager(MP_NodeManager.from_queryset(UnitQuerySet)):
    def get_queryset(self) -> UnitQuerySet:
        # The library's manager knows only its own kind of queryset.
        return UnitQuerySet(self.model, using=self._db).order_by("path")


class DictionaryQuerySet(models.QuerySet):
    def active(self) -> DictionaryQuerySet:
        """The entries that new rows may choose."""
        return self.filter(is_active=True)


class AccountManager(UserManager):
    def members_of(self, unit: Unit | int, roles: frozenset[str]) -> models.QuerySet[Account]:
        """The active accounts that hold one of `roles` at `unit`."""
        return self.filter(
            is_active=True, memberships__unit=unit, memberships__role__in=roles
        ).distinct()
