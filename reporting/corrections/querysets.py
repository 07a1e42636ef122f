"""Reads of corrections."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from departments.roles import OFFICE_ROLES, UNIT_ROLES, Role
from reporting.corrections.states import ENDED, SHOWN_OUTSIDE, CorrectionState
from reporting.delegations.querysets import signing_units

if TYPE_CHECKING:
    from departments.models import Account
    from reporting.periods.models import ReportPeriod


class CorrectionQuerySet(models.QuerySet):
    def visible_to(self, user: Account) -> CorrectionQuerySet:
        """One's own side's in any state; the other side's once they are signed.

        The town's leaders see what both sides have signed.
        """
        unit = Q(report__unit__in=user.unit_ids(*UNIT_ROLES))
        office = Q(report__period__jurisdiction__in=user.jurisdictions_as(*OFFICE_ROLES))
        leads = Q(report__period__jurisdiction__in=user.jurisdictions_as(Role.TOWN_LEADER))
        shown = Q(state__in=SHOWN_OUTSIDE)
        return self.filter(
            unit & (Q(by_office=False) | shown)
            | office & (Q(by_office=True) | shown)
            | leads & shown
        )

    def open(self) -> CorrectionQuerySet:
        return self.exclude(state__in=ENDED)

    def accepted(self) -> CorrectionQuerySet:
        return self.filter(state=CorrectionState.RECEIVED)

    def waiting_for(self, user: Account) -> CorrectionQuerySet:
        """Those that `user` is to sign, to mend, or, for the office, to receive."""
        unit = Q(report__unit__in=user.unit_ids(*UNIT_ROLES), by_office=False)
        signer = Q(report__unit__in=signing_units(user), by_office=False)
        town = "report__period__jurisdiction__in"
        office = Q(**{town: user.jurisdictions_as(*OFFICE_ROLES)})
        director = Q(**{town: user.jurisdictions_as(Role.DIRECTOR)}, by_office=True)
        return self.filter(
            (signer | director) & Q(state=CorrectionState.AWAITING_SIGNATURE)
            | (unit | office & Q(by_office=True))
            & Q(state__in=(CorrectionState.DRAFT, CorrectionState.RETURNED))
            | office & Q(by_office=False, state=CorrectionState.SIGNED)
        )

    def changing(self, period: ReportPeriod, figures_of: dt.datetime) -> CorrectionQuerySet:
        """Accepted ones of the week's reports, that change what was filed at that moment."""
        return self.accepted().filter(
            report__period=period, report__filed_at__lte=figures_of, received_at__gt=figures_of
        )
