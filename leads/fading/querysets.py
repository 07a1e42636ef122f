"""Reads of rules about restriction, and of the leads that they are about."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import models

from departments.roles import OFFICE_ROLES
from leads.fading import rules

if TYPE_CHECKING:
    from departments.models import Account
    from leads.querysets import LeadQuerySet


class FadingRuleQuerySet(models.QuerySet):
    def visible_to(self, user: Account) -> FadingRuleQuerySet:
        """What the town settled for whose office the person works."""
        return self.filter(jurisdiction__in=user.jurisdictions_as(*OFFICE_ROLES))

    def in_force(self, town: int) -> FadingRuleQuerySet:
        """The latest of each finding that the town has settled."""
        return self.filter(jurisdiction=town).order_by("finding", "-version").distinct("finding")


def due_in(town: int, days: rules.Days, day: dt.date) -> LeadQuerySet:
    """The town's leads that are restricted by `day`, and are not yet."""
    from leads.models import Lead

    open_ones = Lead.objects.filter(jurisdiction=town, closed_at__isnull=False, restricted_at=None)
    return open_ones.filter(rules.due(days, day))
