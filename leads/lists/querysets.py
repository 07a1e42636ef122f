"""Reads of what a person keeps about the lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from departments.models import Account


class OwnQuerySet(models.QuerySet):
    def visible_to(self, user: Account) -> OwnQuerySet:
        """One's own alone: nobody else's concern."""
        return self.filter(owner=user)
