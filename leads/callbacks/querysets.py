"""Reads of callbacks."""

from __future__ import annotations

from django.db import models

from leads.states import LeadState, ReporterKind

#: Here nobody is called back any more: another lead stands for this one, or its file is closed.
OVER = (LeadState.MERGED, LeadState.ARCHIVED)


class CallbackQuerySet(models.QuerySet):
    def owed(self) -> CallbackQuerySet:
        """Those of leads whose reporter gave a name, done or not."""
        named = self.filter(lead__reporter_kind=ReporterKind.NAMED)
        return named.exclude(lead__state__in=OVER)

    def waiting(self) -> CallbackQuerySet:
        """The reporter has not heard from the office yet."""
        return self.owed().filter(done_on=None)
