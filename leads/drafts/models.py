"""A draft: the fields of the form as they were typed, right or wrong."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from departments.models import Account
from files.sealed import SealedContent
from leads.drafts.querysets import DraftQuerySet
from leads.reporters.sealing import VAULT


class LeadDraft(SealedContent):
    """One unfinished form of one person, who alone sees it.

    It carries the form's `submission`: the lead that is registered with the same token ends it.
    `content` is name → list of values, as a browser sends them. What was typed of the reporter
    is not in it, but sealed for this draft of this person.
    """

    owner = models.ForeignKey(
        Account, models.CASCADE, related_name="lead_drafts", verbose_name="填写人"
    )
    submission = models.UUIDField("提交标识", unique=True)
    content = models.JSONField("填写内容", default=dict)
    version = models.PositiveIntegerField("版本", default=1)
    saved_at = models.DateTimeField("保存时间", db_default=Now())

    objects = DraftQuerySet.as_manager()
    vault = VAULT

    class Meta:
        verbose_name = "线索草稿"
        ordering = ["-saved_at"]
        indexes = [
            models.Index(fields=["owner", "-saved_at"], name="lead_draft_by_owner"),
            models.Index(fields=["saved_at"], name="lead_draft_by_age"),
        ]

    def __str__(self) -> str:
        # Never the content: this is what a log would show.
        return f"草稿 {self.pk}"

    @property
    def bound_to(self) -> str:
        return f"draft|{self.owner_id}|{self.submission}"

    @property
    def title(self) -> str:
        """What its owner knows it by: the title, else the beginning of the text."""
        for name in ("title", "allegation"):
            words = "".join(self.content.get(name, [])).strip()
            if words:
                return words[:40]
        return "（尚未填写名称）"
