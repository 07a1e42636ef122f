"""Reads of corrections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from leads.querysets import shown

if TYPE_CHECKING:
    from departments.models import Account


class RevisionQuerySet(models.QuerySet):
    def visible_to(self, user: Account) -> RevisionQuerySet:
        """The office's, and one's own: an earlier text may name the unit that reads the lead."""
        return self.filter(shown("revisions", user, own=models.Q(by=user.pk)))
