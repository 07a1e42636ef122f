"""Reads of daily notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from departments.roles import OFFICE_ROLES, UNIT_ROLES, Role

if TYPE_CHECKING:
    from departments.models import Account


class DailyNoteQuerySet(models.QuerySet):
    def visible_to(self, user: Account) -> DailyNoteQuerySet:
        """Those of one's own units, and for the office those of its whole town."""
        return self.filter(
            Q(unit__in=user.unit_ids(*UNIT_ROLES))
            | Q(period__jurisdiction__in=user.jurisdictions_as(*OFFICE_ROLES))
        )

    def counted_for(self, user: Account) -> DailyNoteQuerySet:
        """Those that `user` may know the number of: a town's leaders read no words."""
        towns = user.jurisdictions_as(*OFFICE_ROLES, Role.TOWN_LEADER)
        return self.filter(period__jurisdiction__in=towns)

    def standing(self) -> DailyNoteQuerySet:
        return self.filter(withdrawn_at=None)

    def of_week(self, period_id: int, unit_id: int) -> DailyNoteQuerySet:
        """One unit's week, day by day in the order of writing."""
        return self.filter(period=period_id, unit=unit_id).order_by("day", "pk")
