"""Reads of attachments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q, Sum

from departments.roles import UNIT_ROLES
from leads.querysets import shown

if TYPE_CHECKING:
    from departments.models import Account


class AttachmentQuerySet(models.QuerySet):
    def visible_to(self, user: Account) -> AttachmentQuerySet:
        """Attachments of leads whose words `user` may read: the office sees all, also those that
        were removed; a unit sees those of the lead itself and of its own part. What a unit wrote
        a feedback with is seen by whoever sees the feedback.
        """
        from leads.models import Feedback, Lead

        own = Q(assignment=None) | Q(assignment__unit__in=user.unit_ids(*UNIT_ROLES))
        reported = Q(feedback=None) | Q(feedback__in=Feedback.objects.visible_to(user))
        standing = Q(removed_at=None) | Q(lead__in=Lead.objects.showing("removed", user))
        return self.filter(shown("attachments", user, own=own), reported, standing)

    def standing(self) -> AttachmentQuerySet:
        return self.filter(removed_at=None)

    def total_bytes(self) -> int:
        return self.aggregate(total=Sum("file__size", default=0))["total"]
