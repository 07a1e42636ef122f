"""Reads of the routing table."""

from __future__ import annotations

from django.db import models

from departments.models import Unit


class RoutingRuleQuerySet(models.QuerySet):
    def of(self, town: Unit | int) -> RoutingRuleQuerySet:
        """The town's table, in the order in which it is read."""
        related = ("domains", "conducts", "units")
        return self.filter(jurisdiction=town).select_related("place").prefetch_related(*related)

    def active(self) -> RoutingRuleQuerySet:
        return self.filter(is_active=True)
