"""Reads of imports."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone

from departments.roles import OFFICE_ROLES
from leads.imports.states import ENDED, BatchState

if TYPE_CHECKING:
    from departments.models import Account


class ImportBatchQuerySet(models.QuerySet):
    def visible_to(self, user: Account) -> ImportBatchQuerySet:
        """The imports of the towns whose office the person works for."""
        return self.filter(town__in=user.jurisdictions_as(*OFFICE_ROLES))

    def done(self) -> ImportBatchQuerySet:
        return self.filter(state=BatchState.DONE)

    def expired(self, now: dt.datetime | None = None) -> ImportBatchQuerySet:
        """Imports that nobody finished in time: what was uploaded is deleted."""
        limit = (now or timezone.now()) - dt.timedelta(days=settings.PORTAL_IMPORT_DAYS)
        return self.exclude(state__in=ENDED).filter(uploaded_at__lt=limit)
