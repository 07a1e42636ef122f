"""Reads of clarifications."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from leads.clarifications.states import VOID, ClarificationState
from leads.querysets import shown

if TYPE_CHECKING:
    from departments.models import Account


class ClarificationQuerySet(models.QuerySet):
    def visible_to(self, user: Account) -> ClarificationQuerySet:
        """The office's; a unit sees those of what it verified."""
        own = models.Q(verified_by__in=user.unit_ids())
        return self.filter(shown("clarifications", user, own=own))

    def in_force(self) -> ClarificationQuerySet:
        return self.exclude(state__in=VOID)

    def proposed(self) -> ClarificationQuerySet:
        return self.filter(state=ClarificationState.PROPOSED)

    def to_be_made_known(self) -> ClarificationQuerySet:
        return self.filter(state=ClarificationState.APPROVED)
