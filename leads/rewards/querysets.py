"""Reads of rewards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from leads.querysets import kept_from
from leads.rewards.states import VOID

if TYPE_CHECKING:
    from departments.models import Account


class RewardQuerySet(models.QuerySet):
    def visible_to(self, user: Account) -> RewardQuerySet:
        """A town's for its office and its leaders, of leads that are not kept from them."""
        from leads.models import Lead

        shown = Lead.objects.showing("rewards", user)
        return self.filter(lead__in=shown).exclude(kept_from(user, "beneficiary"))

    def in_force(self) -> RewardQuerySet:
        return self.exclude(state__in=VOID)


class RewardTierQuerySet(models.QuerySet):
    def of(self, town: int) -> RewardTierQuerySet:
        return self.filter(jurisdiction=town)

    def active(self) -> RewardTierQuerySet:
        return self.filter(is_active=True)
