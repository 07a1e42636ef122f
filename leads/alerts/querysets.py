"""Reads of alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, OuterRef, Q

from departments.models import Membership
from departments.roles import OFFICE_ROLES, UNIT_ROLES, Role
from leads.querysets import kept_from
from leads.standing import in_circle
from leads.states import ENDED, WAITING_FOR_UNIT

if TYPE_CHECKING:
    from departments.models import Account


class AlertQuerySet(models.QuerySet):
    def visible_to(self, user: Account) -> AlertQuerySet:
        """What is put before one's office or unit, of leads that one may see.

        A unit's own falls away with its part of the lead.
        """
        put_before = Q(unit=None, lead__jurisdiction__in=user.jurisdictions_as(*OFFICE_ROLES))
        put_before &= in_circle(user, "lead__")
        if units := user.unit_ids(*UNIT_ROLES):
            put_before |= Q(unit__in=units) & _at_work()
        return self.filter(put_before).exclude(kept_from(user, "lead"))

    def with_director(self) -> AlertQuerySet:
        """With `has_director`: does the lead's town have one who need not keep away from it?"""
        from leads.models import ConflictOfInterest

        kept = ConflictOfInterest.objects.in_force().filter(
            lead=OuterRef(OuterRef("lead")), account=OuterRef("account")
        )
        directors = Membership.objects.filter(
            ~Exists(kept),
            unit__jurisdiction=OuterRef("lead__jurisdiction"),
            role=Role.DIRECTOR,
            account__is_active=True,
        )
        return self.annotate(has_director=Exists(directors))

    def waiting(self) -> AlertQuerySet:
        """What nobody has acknowledged, as long as the lead is major and goes on."""
        goes_on = ~Q(lead__state__in=ENDED)
        return self.filter(goes_on, acknowledged_at=None, lead__is_major=True)

    def with_a_part(self) -> AlertQuerySet:
        """The office's, and those of units that still have work to do in the lead."""
        return self.filter(Q(unit=None) | _at_work())

    def waiting_for(self, user: Account) -> AlertQuerySet:
        """What stays on top of this person's pages, the oldest first."""
        if not user.has_role(*OFFICE_ROLES, *UNIT_ROLES):
            return self.with_director().none()
        return self.visible_to(user).waiting().with_director().order_by("pk")


def _at_work() -> Q:
    from leads.models import Assignment

    parts = Assignment.objects.filter(
        lead=OuterRef("lead"), unit=OuterRef("unit"), state__in=WAITING_FOR_UNIT
    )
    return Q(Exists(parts))
