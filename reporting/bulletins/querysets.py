"""Reads of bulletins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, OuterRef, Q

from departments.models import Membership, Unit
from departments.roles import OFFICE_ROLES, UNIT_ROLES, Role
from reporting.bulletins.states import BulletinState

if TYPE_CHECKING:
    from departments.models import Account
    from departments.querysets import UnitQuerySet
    from reporting.bulletins.models import Bulletin


class BulletinQuerySet(models.QuerySet):
    def visible_to(self, user: Account) -> BulletinQuerySet:
        """The town's for its office; issued ones for its units and its leaders too."""
        return self.filter(
            Q(jurisdiction__in=user.jurisdictions_as(*OFFICE_ROLES))
            | Q(
                jurisdiction__in=user.jurisdictions_as(*UNIT_ROLES, Role.TOWN_LEADER),
                state=BulletinState.ISSUED,
            )
        )

    def issued(self) -> BulletinQuerySet:
        return self.filter(state=BulletinState.ISSUED)

    def unread_by(self, units: set[int]) -> BulletinQuerySet:
        """Issued ones that a unit of `units` (keys) has not opened; in its own town alone."""
        from reporting.bulletins.models import BulletinRead

        read = BulletinRead.objects.filter(bulletin=OuterRef(OuterRef("pk")), unit=OuterRef("pk"))
        unread = Unit.objects.filter(
            ~Exists(read), pk__in=units, jurisdiction=OuterRef("jurisdiction")
        )
        return self.issued().filter(Exists(unread.order_by()))


def addressees(bulletin: Bulletin) -> UnitQuerySet:
    """The town's units that somebody acts for: those who can read it and are asked to."""
    people = Membership.objects.filter(
        unit=OuterRef("pk"), role__in=UNIT_ROLES, account__is_active=True
    )
    of_town = Unit.objects.active().filter(jurisdiction=bulletin.jurisdiction_id)
    return of_town.filter(Exists(people)).order_by("path")


def latest_unread(user: Account) -> Bulletin | None:
    """The newest bulletin that one of the person's units has not opened."""
    from reporting.bulletins.models import Bulletin

    unread = Bulletin.objects.visible_to(user).unread_by(user.unit_ids(*UNIT_ROLES))
    return unread.select_related("period").order_by("-issued_at").first()
