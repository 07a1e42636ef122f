"""Reads of periods and of what is expected in them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Case, FilteredRelation, Q, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from departments.roles import OFFICE_ROLES, UNIT_ROLES, Role

if TYPE_CHECKING:
    from departments.models import Account, Unit
    from reporting.periods.models import ReportPeriod


class ReportPeriodQuerySet(models.QuerySet):
    def visible_to(self, user: Account) -> ReportPeriodQuerySet:
        """The weeks of the towns where `user` reports, receives reports or leads."""
        towns = user.jurisdictions_as(*OFFICE_ROLES, *UNIT_ROLES, Role.TOWN_LEADER)
        return self.filter(jurisdiction__in=towns)

    def open(self) -> ReportPeriodQuerySet:
        """Weeks that still take reports, also late ones."""
        return self.filter(closed_at=None)

    def exemptible(self, unit: Unit) -> ReportPeriodQuerySet:
        """The weeks from which `unit` can be exempt now: before they are due, and one that is no
        longer active, before they are closed."""
        still = Q(due_at__gt=timezone.now()) if unit.is_active else Q(closed_at=None)
        return self.filter(still, jurisdiction=unit.jurisdiction_id)

    def current(self, day: dt.date | None = None) -> ReportPeriodQuerySet:
        """The weeks that contain `day`: one per town."""
        day = day or timezone.localdate()
        return self.filter(starts_on__lte=day, ends_on__gte=day)


class ReportExpectationQuerySet(models.QuerySet):
    def visible_to(self, user: Account) -> ReportExpectationQuerySet:
        """What one's town expects, for the office and leaders; else what one's unit owes."""
        return self.filter(
            Q(unit__in=user.unit_ids(*UNIT_ROLES))
            | Q(period__jurisdiction__in=user.jurisdictions_as(*OFFICE_ROLES, Role.TOWN_LEADER))
        )

    def of_units(self, user: Account) -> ReportExpectationQuerySet:
        """What the units that `user` acts for owe."""
        return self.filter(unit__in=user.unit_ids(*UNIT_ROLES))

    def with_report(self, period: ReportPeriod | None = None) -> ReportExpectationQuerySet:
        """Each beside its report, where there is one, as `report__…`: one LEFT JOIN.

        `period` narrows the list to one week, which makes the join cheaper.
        """
        of_period = models.F("period") if period is None else period.pk
        rows = self if period is None else self.filter(period=period)
        return rows.annotate(
            report=FilteredRelation(
                "unit__weekly_reports", condition=Q(unit__weekly_reports__period=of_period)
            )
        )

    def with_status(self, period: ReportPeriod | None = None) -> ReportExpectationQuerySet:
        """Each with `status`: its report's state, "exempt", or "missing" where there is no report.

        A unit that is exempt and has reported all the same has the status of its report.
        `filed_zero` and `filed_late` say more of a signed one.
        """
        from reporting.weekly.states import EXEMPT, FILED, MISSING

        filed = Q(report__state__in=FILED)
        late = Q(report__filed_at__gt=models.F("period__due_at"))
        return self.with_report(period).annotate(
            status=Case(
                When(filed, then="report__state"),
                When(exemption__isnull=False, then=Value(EXEMPT)),
                default=Coalesce("report__state", Value(MISSING)),
            ),
            filed_zero=Case(When(filed & Q(report__is_zero=True), then=True), default=False),
            filed_late=Case(When(filed & late, then=True), default=False),
        )

    def unsigned(self) -> ReportExpectationQuerySet:
        """Those, of a list with status, whose report is owed and not signed by the leader."""
        from reporting.weekly.states import EXEMPT, FILED

        return self.exclude(status__in=[*FILED, EXEMPT])

    def taking_reports(self, now: dt.datetime | None = None) -> ReportExpectationQuerySet:
        """Those whose week is open, or was opened to the unit again."""
        from reporting.duties.models import Reopening

        again = Reopening.objects.in_force(now).filter(
            period=models.OuterRef("period"), unit=models.OuterRef("unit")
        )
        return self.filter(Q(period__closed_at=None) | Q(models.Exists(again)))

    def to_do_for(self, user: Account) -> ReportExpectationQuerySet:
        """The reports that wait for `user`: to draft, to mend, or, for who signs, to sign."""
        from reporting.delegations.querysets import signing_units
        from reporting.weekly.states import WeeklyState

        signs = signing_units(user)
        return (
            self.of_units(user)
            .taking_reports()
            .with_status()
            .unsigned()
            .exclude(~Q(unit__in=signs), status=WeeklyState.AWAITING_SIGNATURE)
        )
