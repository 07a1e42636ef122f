"""Reads of files. Who may see a file is asked of the row that uses it, never here."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone

from files.states import TO_SCAN

if TYPE_CHECKING:
    from departments.models import Account


class StoredFileQuerySet(models.QuerySet):
    def waiting_under(self, token: uuid.UUID, owner: Account) -> StoredFileQuerySet:
        """What `owner` has uploaded with the form of `token` and no row uses yet."""
        return self.filter(token=token, uploaded_by=owner, is_kept=False)

    def unused_since(self, moment: dt.datetime) -> StoredFileQuerySet:
        return self.filter(is_kept=False, uploaded_at__lt=moment)

    def to_scan(self, now: dt.datetime | None = None) -> StoredFileQuerySet:
        """Files without a verdict that no worker holds."""
        free = models.Q(claimed_until=None) | models.Q(claimed_until__lt=now or timezone.now())
        return self.filter(free, scan_state__in=TO_SCAN)
