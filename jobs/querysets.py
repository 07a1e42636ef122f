"""Reads of jobs."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone

if TYPE_CHECKING:
    from departments.models import Account


def patience() -> dt.timedelta:
    """How long a job may wait for a worker before it counts as lost on the way."""
    return dt.timedelta(seconds=settings.PORTAL_JOB_PATIENCE_SECONDS)


class JobQuerySet(models.QuerySet):
    def visible_to(self, user: Account) -> JobQuerySet:
        """One's own jobs only: a file that was made for one person is for that person."""
        return self.filter(requested_by=user)

    def lost(self, now: dt.datetime | None = None) -> JobQuerySet:
        """Jobs that no live worker holds: waiting too long, or running with a lease run out."""
        from jobs.models import JobState

        now = now or timezone.now()
        return self.filter(
            models.Q(state=JobState.QUEUED, created_at__lt=now - patience())
            | models.Q(state=JobState.RUNNING, lease_until__lt=now)
        )

    def with_expired_files(self, now: dt.datetime) -> JobQuerySet:
        return self.filter(expires_at__lte=now).exclude(stored_as="")


class ExportedQuerySet(models.QuerySet):
    def keys(self, name: str) -> ExportedQuerySet:
        """The keys in `name` (a field of the model), one a row: for a query to ask about."""
        unnested = models.Func(
            models.F(name), function="unnest", output_field=models.BigIntegerField()
        )
        return self.annotate(key=unnested).values("key")
