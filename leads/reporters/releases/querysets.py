"""Reads of requests for identities."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from departments.roles import Role
from leads.reporters.querysets import leads_kept_by
from leads.reporters.releases.states import ReleaseState

if TYPE_CHECKING:
    from departments.models import Account


class ReleaseQuerySet(models.QuerySet):
    def visible_to(self, user: Account) -> ReleaseQuerySet:
        """One's own, those that a director decides, and those that a custodian watches over.

        Of a lead that one does not see, or must not see any more, none.
        """
        from leads.models import Lead

        directed = user.jurisdictions_as(Role.DIRECTOR)
        mine = Q(asked_by=user) | Q(lead__jurisdiction__in=directed)
        seen = mine & Q(lead__in=Lead.objects.readable_by(user))
        return self.filter(seen | Q(lead__in=leads_kept_by(user)))

    def waiting(self) -> ReleaseQuerySet:
        return self.filter(state=ReleaseState.ASKED)

    def in_force(self, now: dt.datetime) -> ReleaseQuerySet:
        """Approved, and the time is not over."""
        return self.filter(state=ReleaseState.APPROVED, expires_at__gt=now)

    def expired(self, now: dt.datetime) -> ReleaseQuerySet:
        """Approved once, and over."""
        return self.filter(state=ReleaseState.APPROVED, expires_at__lte=now)
