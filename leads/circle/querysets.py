"""Reads of who is let in to a lead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from departments.roles import Role
from leads.circle.states import READINGS, AccessKind

if TYPE_CHECKING:
    from departments.models import Account


class AccessQuerySet(models.QuerySet):
    def visible_to(self, user: Account) -> AccessQuerySet:
        """Those of the leads whose town `user` directs, but for what is kept from them."""
        from leads.models import Lead

        directed = user.jurisdictions_as(Role.DIRECTOR)
        return self.filter(
            lead__jurisdiction__in=directed, lead__in=Lead.objects.showing("readings", user)
        )

    def in_force(self) -> AccessQuerySet:
        """Neither ended by somebody nor run out at this moment, by the database's clock."""
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=Now()), ended_at=None)

    def handlers(self) -> AccessQuerySet:
        return self.filter(kind=AccessKind.HANDLER)

    def readings(self) -> AccessQuerySet:
        return self.filter(kind__in=READINGS)

    def unacknowledged(self) -> AccessQuerySet:
        """Urgent looks that no director has taken note of."""
        return self.filter(kind=AccessKind.URGENT, acknowledged_at=None)
