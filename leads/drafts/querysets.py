"""Reads of drafts."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone

from leads.reporters.querysets import SealedQuerySet

if TYPE_CHECKING:
    from departments.models import Account


class DraftQuerySet(SealedQuerySet):
    def visible_to(self, user: Account) -> DraftQuerySet:
        """A person's own, as long as they are kept."""
        return self.filter(owner=user, saved_at__gt=_limit(timezone.now()))

    def expired(self, now: dt.datetime) -> DraftQuerySet:
        """Those that nobody has touched for as long as drafts are kept."""
        return self.filter(saved_at__lte=_limit(now))


def _limit(now: dt.datetime) -> dt.datetime:
    return now - dt.timedelta(days=settings.PORTAL_DRAFT_DAYS)
