"""Reads of the files of weekly reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q, Sum

from departments.roles import OFFICE_ROLES

if TYPE_CHECKING:
    from departments.models import Account


class ReportFileQuerySet(models.QuerySet):
    def visible_to(self, user: Account) -> ReportFileQuerySet:
        """The files of reports that `user` may read; what was removed is the office's alone."""
        from reporting.weekly.models import WeeklyReport

        office = Q(report__period__jurisdiction__in=user.jurisdictions_as(*OFFICE_ROLES))
        reports = WeeklyReport.objects.visible_to(user)
        return self.filter(Q(removed_at=None) | office, report__in=reports)

    def standing(self) -> ReportFileQuerySet:
        return self.filter(removed_at=None)

    def signed_with(self) -> ReportFileQuerySet:
        """The standing attachments: those that a signature binds."""
        from reporting.attachments.models import FileKind

        return self.standing().filter(kind=FileKind.ATTACHMENT)

    def total_bytes(self) -> int:
        return self.aggregate(total=Sum("file__size", default=0))["total"]
