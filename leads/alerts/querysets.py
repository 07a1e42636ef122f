"""Reads of alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, OuterRef, Q

from departments.roles import OFFICE_ROLES, UNIT_ROLES
from leads.states import ENDED, WAITING_FOR_UNIT

if TYPE_CHECKING:
    from departments.models import Account


class AlertQuerySet(models.QuerySet):
    def visible_to(self, user: Account) -> AlertQuerySet:
        """What is put before one's office or unit, of leads that one may see."""
        from leads.models import Lead

        put_before = Q(unit=None, lead__jurisdiction__in=user.jurisdictions_as(*OFFICE_ROLES))
        put_before |= Q(unit__in=user.unit_ids(*UNIT_ROLES))
        return self.filter(put_before, lead__in=Lead.objects.visible_to(user))

    def waiting(self) -> AlertQuerySet:
        """What nobody has acknowledged, as long as the lead is major and goes on.

        A unit's own falls away with its part of the lead.
        """
        from leads.models import Assignment

        at_work = Assignment.objects.filter(
            lead=OuterRef("lead"), unit=OuterRef("unit"), state__in=WAITING_FOR_UNIT
        )
        return self.filter(
            Q(unit=None) | Exists(at_work), acknowledged_at=None, lead__is_major=True
        ).exclude(lead__state__in=ENDED)

    def waiting_for(self, user: Account) -> AlertQuerySet:
        """What stays on top of this person's pages, the oldest first."""
        if not user.has_role(*OFFICE_ROLES, *UNIT_ROLES):
            return self.none()
        return self.visible_to(user).waiting().select_related("lead", "unit").order_by("pk")
