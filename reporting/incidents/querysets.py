"""Reads of incidents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, ExpressionWrapper, OuterRef, Q

from departments.roles import OFFICE_ROLES, UNIT_ROLES
from leads.models import Lead, LeadDraft

if TYPE_CHECKING:
    from departments.models import Account
    from reporting.incidents.models import Incident
    from reporting.periods.models import ReportPeriod


class IncidentQuerySet(models.QuerySet):
    def visible_to(self, user: Account) -> IncidentQuerySet:
        """Those of one's own units, and for the office those of its whole town."""
        return self.filter(
            Q(unit__in=user.unit_ids(*UNIT_ROLES))
            | Q(jurisdiction__in=user.jurisdictions_as(*OFFICE_ROLES))
        )

    def with_open(self, user: Account) -> IncidentQuerySet:
        """Each with `is_open`: whether `user` may read its words.

        Its unit may, whose words they are. What became a lead is from then on no more open to the
        office than that lead, also when the lead is there no more; that it became one is no
        secret.
        """
        token = OuterRef("lead_token")
        being_logged = LeadDraft.objects.filter(submission=token)
        readable = Lead.objects.readable_by(user).filter(submission=token)
        is_open = (
            Q(unit__in=user.unit_ids(*UNIT_ROLES))
            | Q(lead_token=None)
            | Exists(being_logged)
            | Exists(readable)
        )
        return self.annotate(is_open=ExpressionWrapper(is_open, models.BooleanField()))

    def waiting(self) -> IncidentQuerySet:
        """What nobody of the office has acknowledged."""
        return self.filter(acknowledged_at=None)

    def of_week(self, period: ReportPeriod, unit_id: int) -> IncidentQuerySet:
        """What the unit reported within the days of `period`, whenever it happened."""
        return self.filter(
            unit=unit_id, raised_at__date__range=(period.starts_on, period.ends_on)
        ).order_by("pk")


#: So many stand on top of a page; more show when those are dealt with.
SHOWN = 5


def incidents_waiting_for(user: Account) -> list[Incident]:
    """What stays on top of the office's pages, the oldest first."""
    from reporting.incidents.models import Incident

    towns = user.jurisdictions_as(*OFFICE_ROLES)
    if not towns:
        return []
    waiting = Incident.objects.filter(jurisdiction__in=towns).waiting()
    return list(waiting.select_related("unit").order_by("pk")[:SHOWN])
