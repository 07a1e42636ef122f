"""What a unit found, and its leader's signature under it."""

from __future__ import annotations

import hashlib
import json

from django.db import models
from django.db.models.functions import Now

from audit.append_only import AppendOnly
from departments.models import Account
from leads.models.assignment import Assignment
from leads.querysets import FeedbackQuerySet
from leads.states import Finding


class Feedback(AppendOnly):
    """What a unit reported after verifying. What was mended is another row beside it."""

    assignment = models.ForeignKey(
        Assignment, models.CASCADE, related_name="feedback", verbose_name="交办"
    )
    first_verifier = models.CharField("核查人一", max_length=30)
    second_verifier = models.CharField("核查人二", max_length=30)
    verified_facts = models.TextField("核查情况", max_length=5000)
    basis = models.TextField("依据", max_length=2000)
    opinion = models.TextField("处理意见", max_length=2000)
    finding = models.CharField("建议结论", max_length=20, choices=Finding.choices)
    by = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name="填报人")
    at = models.DateTimeField("时间", db_default=Now())
    needs_signature = models.BooleanField(
        "须签字", default=True, help_text="负责人签字制度启用前的反馈为否。"
    )

    objects = FeedbackQuerySet.as_manager()

    class Meta(AppendOnly.Meta):
        verbose_name = "核查反馈"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.assignment} {self.get_finding_display()}"

    @property
    def digest(self) -> str:
        """What a signature binds to: SHA-256 over everything that the leader has before them."""
        names = ["first_verifier", "second_verifier", "verified_facts", "basis", "opinion"]
        content = {name: getattr(self, name) for name in [*names, "finding", "assignment_id"]}
        files = self._files()
        if files:
            content["files"] = files
        words = json.dumps(content, ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(words.encode()).hexdigest()

    def _files(self) -> list[str]:
        """The hashes of what was handed in with this feedback and the drafts before it, as it
        stood at the signature, or stands now where there is none.
        """
        signed_at = self.signature.at if self.is_signed else None
        return sorted(
            item.file.sha256
            for item in self.assignment.attachments.all()
            if item.feedback_id is not None
            and item.feedback_id <= self.pk
            and (item.removed_at is None or (signed_at and item.removed_at >= signed_at))
        )

    @property
    def is_signed(self) -> bool:
        return hasattr(self, "signature")


class FeedbackSignature(AppendOnly):
    """A unit leader's signature under one feedback. Other words would need another signature."""

    feedback = models.OneToOneField(
        Feedback, models.CASCADE, related_name="signature", verbose_name="核查反馈"
    )
    digest = models.CharField("内容摘要", max_length=64)
    by = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name="签发人")
    at = models.DateTimeField("签字时间", db_default=Now())

    class Meta(AppendOnly.Meta):
        verbose_name = "反馈签字"

    def __str__(self) -> str:
        return f"{self.feedback_id} {self.by}"

    @property
    def holds(self) -> bool:
        """Whether the feedback still reads as it was signed."""
        return self.digest == self.feedback.digest
