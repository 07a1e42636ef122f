"""Reads of deadline rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from departments.roles import OFFICE_ROLES

if TYPE_CHECKING:
    from departments.models import Account


class DeadlineRuleQuerySet(models.QuerySet):
    def visible_to(self, user: Account) -> DeadlineRuleQuerySet:
        """What the town settled for whose office the person works."""
        return self.filter(jurisdiction__in=user.jurisdictions_as(*OFFICE_ROLES))

    def in_force(self, town: int) -> DeadlineRuleQuerySet:
        """The latest of each kind that the town has settled."""
        return self.filter(jurisdiction=town).order_by("kind", "-version").distinct("kind")
