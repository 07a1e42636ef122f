"""Reads of official papers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from departments.models import Account


class PaperQuerySet(models.QuerySet):
    def visible_to(self, user: Account) -> PaperQuerySet:
        """The papers of the assignments that `user` sees, of leads whose words `user` may read."""
        from leads.models import Assignment, Lead

        return self.filter(
            assignment__in=Assignment.objects.visible_to(user),
            assignment__lead__in=Lead.objects.readable_by(user),
        )
