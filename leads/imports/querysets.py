"""Reads of imports."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from departments.roles import OFFICE_ROLES
from leads.imports.states import ENDED, UNCHECKED, BatchState

if TYPE_CHECKING:
    from departments.models import Account


class ImportBatchQuerySet(models.QuerySet):
    def visible_to(self, user: Account) -> ImportBatchQuerySet:
        """The imports of the towns whose office the person works for.

        Whom its rows name, the check finds out: until then an import is seen by those alone who
        uploaded it or started the check, and afterwards not by those whom it found.
        """
        own = Q(uploaded_by=user)
        checking = Q(state=BatchState.CHECKING, job__requested_by=user)
        checked = ~Q(state__in=UNCHECKED) & ~Q(kept_from__contains=[user.pk])
        return self.filter(own | checking | checked, town__in=user.jurisdictions_as(*OFFICE_ROLES))

    def done(self) -> ImportBatchQuerySet:
        return self.filter(state=BatchState.DONE)

    def expired(self, now: dt.datetime | None = None) -> ImportBatchQuerySet:
        """Imports that nobody finished in time: what was uploaded is deleted."""
        limit = (now or timezone.now()) - dt.timedelta(days=settings.PORTAL_IMPORT_DAYS)
        return self.exclude(state__in=ENDED).filter(uploaded_at__lt=limit)
