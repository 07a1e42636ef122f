"""Reads of what a town has settled about reporting."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone

from departments.roles import OFFICE_ROLES, UNIT_ROLES, Role

if TYPE_CHECKING:
    from departments.models import Account, Unit
    from reporting.duties.models import Reopening, ReportingRule


class RuleQuerySet(models.QuerySet):
    def visible_to(self, user: Account) -> RuleQuerySet:
        """What the town settled for whose office the person works."""
        return self.filter(jurisdiction__in=user.jurisdictions_as(*OFFICE_ROLES))

    def in_force(self, town: Unit | int, first: dt.date) -> ReportingRule | None:
        """The rule for the town's week that begins on `first`: of those that have begun by then,
        the one that was settled last."""
        begun = self.filter(jurisdiction=town, from_week__lte=first)
        return begun.order_by("-version").first()


class OfUnitQuerySet(models.QuerySet):
    """Rows about units, for the office and the leaders of the town and for the unit itself."""

    def visible_to(self, user: Account) -> OfUnitQuerySet:
        return self.filter(
            models.Q(unit__in=user.unit_ids(*UNIT_ROLES))
            | models.Q(
                unit__jurisdiction__in=user.jurisdictions_as(*OFFICE_ROLES, Role.TOWN_LEADER)
            )
        )


class ReopeningQuerySet(OfUnitQuerySet):
    def in_force(self, now: dt.datetime | None = None) -> ReopeningQuerySet:
        """Those by which a closed week takes a report now."""
        return self.filter(until__gt=now or timezone.now())

    def by_week(self) -> dict[tuple[int, int], Reopening]:
        """Each by the keys of its period and unit; the latest of a week that was opened twice."""
        return {(row.period_id, row.unit_id): row for row in self.order_by("until")}
