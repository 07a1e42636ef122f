"""Acts on many leads at once: what was selected, and what became of each lead."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models.functions import Now

from departments.models import Account
from leads.lists.querysets import OwnQuerySet


class BulkAction(models.TextChoices):
    ASSIGN = "assign", "批量转办"
    REMIND = "remind", "批量催办"
    EXPORT = "export", "导出所选"


class BulkState(models.TextChoices):
    DRAFT = "draft", "待确认"
    STARTED = "started", "处理中"
    DONE = "done", "已完成"


class BulkRun(models.Model):
    """One act on the leads that a person selected, as they stood then.

    A draft until it is confirmed; confirmed once, so that a second click changes nothing.
    """

    public_id = models.UUIDField("编号", default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(
        Account, models.CASCADE, related_name="bulk_runs", verbose_name="操作人"
    )
    action = models.CharField("操作", max_length=10, choices=BulkAction.choices)
    state = models.CharField(
        "状态", max_length=10, choices=BulkState.choices, default=BulkState.DRAFT
    )
    params = models.JSONField("参数", default=dict)
    created_at = models.DateTimeField("选定时间", db_default=Now())
    finished_at = models.DateTimeField("完成时间", null=True)

    objects = OwnQuerySet.as_manager()

    class Meta:
        verbose_name = "批量操作"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.get_action_display()}（{self.get_state_display()}）"


class BulkOutcome(models.TextChoices):
    WAITING = "waiting", "等待处理"
    DONE = "done", "已完成"
    SKIPPED = "skipped", "未办理"


class BulkItem(models.Model):
    """One lead of such an act: the version that the person saw, and what became of it."""

    run = models.ForeignKey(BulkRun, models.CASCADE, related_name="items", verbose_name="批量操作")
    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="+", verbose_name="线索")
    version = models.PositiveIntegerField("版本")
    outcome = models.CharField(
        "结果", max_length=10, choices=BulkOutcome.choices, default=BulkOutcome.WAITING
    )
    words = models.CharField("说明", max_length=200, blank=True)

    class Meta:
        verbose_name = "批量操作的线索"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["run", "lead"], name="bulk_item_once")]
        indexes = [models.Index(fields=["run", "outcome"], name="bulk_item_by_outcome")]

    def __str__(self) -> str:
        return f"{self.lead} {self.get_outcome_display()}"
