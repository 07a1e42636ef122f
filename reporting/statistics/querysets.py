"""Reads of tallies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from departments.roles import OFFICE_ROLES, Role

if TYPE_CHECKING:
    from departments.models import Account


class TallyQuerySet(models.QuerySet):
    def visible_to(self, user: Account) -> TallyQuerySet:
        """The figures of one's town, for its office and its leaders."""
        return self.filter(jurisdiction__in=user.jurisdictions_as(*OFFICE_ROLES, Role.TOWN_LEADER))
