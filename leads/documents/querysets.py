"""Reads of official papers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from leads.querysets import shown_parts

if TYPE_CHECKING:
    from departments.models import Account


class PaperQuerySet(models.QuerySet):
    def visible_to(self, user: Account) -> PaperQuerySet:
        """The papers that are shown to `user`: a unit sees its own."""
        return self.filter(shown_parts("papers", user))
