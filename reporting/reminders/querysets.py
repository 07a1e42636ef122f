"""Reads of reminder rounds."""

from __future__ import annotations

import datetime as dt

from django.db import models


class ReminderRoundQuerySet(models.QuerySet):
    def due(self, now: dt.datetime) -> ReminderRoundQuerySet:
        """Rounds to fire: their time has come, and that of the report has not passed."""
        return self.filter(
            fired_at=None, due_at__lte=now, period__due_at__gt=now, period__closed_at=None
        ).order_by("due_at", "pk")
