"""An attachment of a lead."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models.functions import Now

from departments.models import Account
from files.models import StoredFile
from leads.attachments.querysets import AttachmentQuerySet
from leads.models.assignment import Assignment
from leads.models.feedback import Feedback
from leads.models.lead import Lead


class Attachment(models.Model):
    """A file of a lead: of the lead itself, of one unit's part, or of what that unit reported.

    It is never deleted. One that was put there by mistake is marked as removed, with a reason,
    and then only the office sees it.
    """

    lead = models.ForeignKey(Lead, models.PROTECT, related_name="attachments", verbose_name="线索")
    assignment = models.ForeignKey(
        Assignment, models.PROTECT, null=True, related_name="attachments", verbose_name="交办"
    )
    feedback = models.ForeignKey(
        Feedback, models.PROTECT, null=True, related_name="attachments", verbose_name="核查反馈"
    )
    file = models.OneToOneField(StoredFile, models.PROTECT, related_name="+", verbose_name="文件")
    added_by = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name="添加人")
    added_at = models.DateTimeField("添加时间", db_default=Now())
    removed_by = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", verbose_name="撤下人"
    )
    removed_at = models.DateTimeField("撤下时间", null=True)
    removal_reason = models.CharField("撤下理由", max_length=200, blank=True)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = "附件"
        ordering = ["pk"]
        triggers = [
            pgtrigger.Protect(name="attachment_stays", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="attachment_is_fixed",
                fields=["lead", "assignment", "feedback", "file", "added_by", "added_at"],
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="attachment_of_feedback_has_its_part",
                condition=models.Q(feedback=None) | models.Q(assignment__isnull=False),
            ),
            models.CheckConstraint(
                name="attachment_removed_with_reason",
                condition=models.Q(removed_at=None, removed_by=None, removal_reason="")
                | models.Q(removed_at__isnull=False, removed_by__isnull=False)
                & ~models.Q(removal_reason=""),
            ),
        ]

    def __str__(self) -> str:
        return self.file.name

    @property
    def audit_label(self) -> str:
        """Its lead's number and its own: a file's name may tell what is in it."""
        return f"{self.lead.number} 附件 {self.pk}"

    @property
    def is_removed(self) -> bool:
        return self.removed_at is not None
