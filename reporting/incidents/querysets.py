"""Reads of incidents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from departments.roles import OFFICE_ROLES, UNIT_ROLES
from leads.models import Lead
from leads.querysets import IsLogged

if TYPE_CHECKING:
    from departments.models import Account
    from reporting.incidents.models import Incident
    from reporting.periods.models import ReportPeriod


class IncidentQuerySet(models.QuerySet):
    def visible_to(self, user: Account) -> IncidentQuerySet:
        """Those of one's own units, and for the office those of its whole town.

        What became a lead is from then on no more open to the office than the words of that lead.
        """
        return self.filter(Q(unit__in=user.unit_ids(*UNIT_ROLES)) | _open_to_office(user))

    def waiting(self) -> IncidentQuerySet:
        """What nobody of the office has acknowledged."""
        return self.filter(acknowledged_at=None)

    def of_week(self, period: ReportPeriod, unit_id: int) -> IncidentQuerySet:
        """What the unit reported within the days of `period`, whenever it happened."""
        return self.filter(
            unit=unit_id, raised_at__date__range=(period.starts_on, period.ends_on)
        ).order_by("pk")


def _open_to_office(user: Account) -> Q:
    readable = Lead.objects.readable_by(user).values("submission")
    is_open = Q(lead_token=None) | ~Q(IsLogged("lead_token")) | Q(lead_token__in=readable)
    return Q(is_open, jurisdiction__in=user.jurisdictions_as(*OFFICE_ROLES))


#: So many stand on top of a page; more show when those are dealt with.
SHOWN = 5


def incidents_waiting_for(user: Account) -> list[Incident]:
    """What stays on top of the office's pages, the oldest first."""
    from reporting.incidents.models import Incident

    if not user.has_role(*OFFICE_ROLES):
        return []
    waiting = Incident.objects.filter(_open_to_office(user)).waiting()
    return list(waiting.select_related("unit").order_by("pk")[:SHOWN])
