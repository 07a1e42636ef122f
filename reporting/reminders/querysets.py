"""Reads of the rules of reminders."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import models

from departments.roles import OFFICE_ROLES

if TYPE_CHECKING:
    from departments.models import Account


class ReminderRuleQuerySet(models.QuerySet):
    def visible_to(self, user: Account) -> ReminderRuleQuerySet:
        """What the town settled for whose office the person works."""
        return self.filter(jurisdiction__in=user.jurisdictions_as(*OFFICE_ROLES))

    def in_force(self, towns: Iterable[int]) -> ReminderRuleQuerySet:
        """The latest of each round that the towns have settled."""
        rows = self.filter(jurisdiction__in=towns)
        return rows.order_by("jurisdiction", "round", "-version").distinct("jurisdiction", "round")
