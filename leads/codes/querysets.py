"""Reads of codes, and of what reporters add."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from departments.models import Account


class QueryCodeQuerySet(models.QuerySet):
    def visible_to(self, user: Account) -> QueryCodeQuerySet:
        """That there are codes is the office's to know; the codes themselves are nobody's."""
        from leads.models import Lead

        return self.filter(lead__in=Lead.objects.showing("codes", user))

    def in_force(self) -> QueryCodeQuerySet:
        return self.filter(revoked_at=None)


class SupplementQuerySet(models.QuerySet):
    def visible_to(self, user: Account) -> SupplementQuerySet:
        """The office's; what it has passed on, also theirs who work or read the lead.

        An addition may speak of the very unit that has the lead: the office looks first.
        """
        from leads.models import Lead

        whole = Lead.objects.showing("supplements", user, whole=True)
        passed_on = Lead.objects.showing("supplements", user)
        return self.filter(models.Q(lead__in=whole) | models.Q(is_shared=True, lead__in=passed_on))

    def unread(self) -> SupplementQuerySet:
        return self.filter(read_at=None)
