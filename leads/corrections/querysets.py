"""Reads of corrections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from departments.roles import OFFICE_ROLES

if TYPE_CHECKING:
    from departments.models import Account


class RevisionQuerySet(models.QuerySet):
    def visible_to(self, user: Account) -> RevisionQuerySet:
        """The office's, and one's own: an earlier text may name the unit that reads the lead."""
        from leads.models import Lead

        towns = user.jurisdictions_as(*OFFICE_ROLES)
        mine = models.Q(by=user) | models.Q(lead__jurisdiction__in=towns)
        return self.filter(mine, lead__in=Lead.objects.readable_by(user))
