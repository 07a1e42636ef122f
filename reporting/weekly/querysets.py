"""Reads of weekly reports."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from departments.roles import OFFICE_ROLES, UNIT_ROLES, Role
from reporting.weekly.states import FILED, SHOWN_OUTSIDE, WeeklyState

if TYPE_CHECKING:
    from departments.models import Account
    from reporting.periods.models import ReportPeriod
    from reporting.weekly.models import WeeklyReport


class WeeklyReportQuerySet(models.QuerySet):
    def visible_to(self, user: Account) -> WeeklyReportQuerySet:
        """One's own unit's reports in any state; the town's signed ones for office and leaders.

        Until its leader has signed, a report is the unit's own paper.
        """
        towns = user.jurisdictions_as(*OFFICE_ROLES, Role.TOWN_LEADER)
        return self.filter(
            Q(unit__in=user.unit_ids(*UNIT_ROLES))
            | Q(period__jurisdiction__in=towns, state__in=SHOWN_OUTSIDE)
        )

    def filed(self) -> WeeklyReportQuerySet:
        return self.filter(state__in=FILED)

    def received(self) -> WeeklyReportQuerySet:
        return self.filter(state=WeeklyState.RECEIVED)

    def week_before(self, period: ReportPeriod, *, unit_id: int) -> WeeklyReport | None:
        """What the unit reported, signed, for the period just before `period`, however long."""
        day_before = period.starts_on - dt.timedelta(days=1)
        return self.filed().filter(unit=unit_id, period__ends_on=day_before).first()

    def last_before(self, period: ReportPeriod, *, unit_id: int) -> WeeklyReport | None:
        """The unit's latest report of an earlier week, whatever became of it."""
        earlier = self.filter(unit=unit_id, period__starts_on__lt=period.starts_on)
        return earlier.order_by("-period__starts_on").first()
