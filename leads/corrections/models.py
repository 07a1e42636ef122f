"""What a correction changed."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from audit.append_only import AppendOnly
from departments.models import Account
from leads.corrections.querysets import RevisionQuerySet
from leads.models.lead import Lead


class LeadRevision(AppendOnly):
    """One correction of one lead: which fields, what they said before and what they say since.

    `changes` is a list, in the order of the form, of objects with `field`, `label`, `before` and
    `after` (values as a form holds them) and `before_words` and `after_words` (as people read
    them). `replaced` is the version of the lead that was corrected.
    """

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="revisions", verbose_name="线索")
    replaced = models.PositiveIntegerField("更正前的版本")
    changes = models.JSONField("更正内容")
    note = models.CharField("更正说明", max_length=300, blank=True)
    by = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name="更正人")
    at = models.DateTimeField("时间", db_default=Now())

    objects = RevisionQuerySet.as_manager()

    class Meta(AppendOnly.Meta):
        verbose_name = "线索更正记录"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.lead_id} 更正 {self.pk}"
