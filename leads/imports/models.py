"""A ledger on its way into the portal: the batch, what is wrong in it, and what became of it."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from audit.models import Action
from audit.services import record
from departments.models import Account, Unit
from files.sealing import Damaged
from jobs.models import Job, JobState
from leads.imports import store
from leads.imports.layout import Layout
from leads.imports.machine import BATCH
from leads.imports.querysets import ImportBatchQuerySet
from leads.imports.states import BUSY, ENDED, TONES, UNCHECKED, BatchState
from leads.imports.words import LONGEST_WORD, Unknown
from leads.models.lead import Lead


class ImportBatch(models.Model):
    """One uploaded ledger, from the upload to its leads.

    The file itself is not kept. Its rows are, without the columns that tell who reported, in a
    file with an unguessable name until the batch ends or expires.
    """

    public_id = models.UUIDField("编号", default=uuid.uuid4, unique=True, editable=False)
    town = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="乡镇")
    uploaded_by = models.ForeignKey(
        Account, models.PROTECT, related_name="+", verbose_name="上传人"
    )
    uploaded_at = models.DateTimeField("上传时间", db_default=Now())
    file_name = models.CharField("文件名", max_length=120)
    sha256 = models.CharField("文件指纹", max_length=64)
    sheet = models.CharField("工作表", max_length=100, blank=True)
    other_sheets = models.JSONField("未读取的工作表", default=list, blank=True)
    layout_key = models.CharField("版式", max_length=64)
    layout_kept = models.JSONField("表头")
    mapping_kept = models.JSONField("列的对应", default=dict, blank=True)
    defaults = models.JSONField("缺省值", default=dict, blank=True)
    state = models.CharField(
        "状态", max_length=12, choices=BatchState.choices, default=BatchState.UPLOADED
    )
    version = models.PositiveIntegerField("版本", default=0)
    job = models.ForeignKey(
        Job, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="任务"
    )
    stored_as = models.CharField("存储名", max_length=80, blank=True)
    marked_as = models.CharField("标注副本", max_length=80, blank=True)
    kept_rows = models.PositiveIntegerField("行数", default=0)
    row_count = models.PositiveIntegerField("线索行", default=0)
    closed_count = models.PositiveIntegerField("已办结行", default=0)
    skipped_count = models.PositiveIntegerField("略过行", default=0)
    error_count = models.PositiveIntegerField("错误", default=0)
    warning_count = models.PositiveIntegerField("提醒", default=0)
    kept_from = ArrayField(
        models.BigIntegerField(),
        verbose_name="须回避的人员",
        default=list,
        blank=True,
        help_text="台账的行反映到的扫黑办人员，由检查得出。",
    )
    unknown_kept = models.JSONField("未识别的词语", default=list, blank=True)
    has_more_unknown = models.BooleanField("还有未识别的词语", default=False)
    imported_count = models.PositiveIntegerField("已导入", default=0)
    first_number = models.CharField("首号", max_length=40, blank=True)
    last_number = models.CharField("末号", max_length=40, blank=True)
    finished_at = models.DateTimeField("完成时间", null=True, blank=True)

    objects = ImportBatchQuerySet.as_manager()

    class Meta:
        verbose_name = "台账导入"
        ordering = ["-pk"]
        triggers = [BATCH.trigger("import_states")]
        indexes = [
            models.Index(fields=["town", "-id"], name="import_by_town"),
            models.Index(fields=["sha256"], name="import_by_content"),
        ]

    def __str__(self) -> str:
        return f"{self.file_name}（{self.get_state_display()}）"

    @property
    def audit_label(self) -> str:
        return f"台账导入 {self.pk}"

    @property
    def layout(self) -> Layout:
        return Layout.from_json(self.layout_kept)

    @property
    def mapping(self) -> dict[int, str]:
        """What each column is, by its number."""
        return {int(column): code for column, code in self.mapping_kept.items()}

    @property
    def unknown(self) -> list[Unknown]:
        """The words of the ledger that no list has, as the last check found them."""
        return [Unknown(*one) for one in self.unknown_kept]

    @property
    def tone(self) -> str:
        return TONES[BatchState(self.state)]

    @property
    def is_ended(self) -> bool:
        return self.state in ENDED

    def is_kept_from(self, user: Account) -> bool:
        """As `ImportBatch.objects.visible_to` has it, but for the town."""
        if self.uploaded_by_id == user.pk:
            return False
        if self.state in UNCHECKED:
            return self.job is None or self.job.requested_by_id != user.pk
        return user.pk in self.kept_from

    @property
    def is_busy(self) -> bool:
        """Whether a job is at work; its result comes by itself."""
        return self.state in BUSY and self.job is not None and not self.job.is_finished

    @property
    def is_stuck(self) -> bool:
        """Whether the job ended without a result: failed, given up, or deleted."""
        return (
            self.state in BUSY
            and (self.job is None or self.job.state != JobState.DONE)
            and (not self.is_busy)
        )

    @staticmethod
    def folder() -> Path:
        return Path(settings.MEDIA_ROOT) / "imports"

    @property
    def path(self) -> Path:
        """Where the rows lie until the import ends."""
        return self.folder() / self.stored_as

    @property
    def marked_path(self) -> Path:
        return self.folder() / self.marked_as

    def open_marked(self) -> BinaryIO:
        """The copy in which the errors are marked. Raises `files.sealing.Unreadable`."""
        try:
            return store.opened(self.marked_path)
        except FileNotFoundError:
            raise Damaged from None

    def record(self, *, actor: Account, verb: str, source: str, target: str, note: str) -> None:
        """Every step is in the audit trail; an import has no other timeline."""
        record(action=Action.LEADS_IMPORTED, actor=actor, obj=self, reason=BATCH.label(verb))


class ImportProblem(models.Model):
    """What is wrong, or doubtful, in a row; deleted when the import ends."""

    batch = models.ForeignKey(
        ImportBatch, models.CASCADE, related_name="problems", verbose_name="导入"
    )
    row = models.PositiveIntegerField("行")
    column = models.PositiveSmallIntegerField("列", default=0)
    heading = models.CharField("列名", max_length=200, blank=True)
    found = models.CharField("填写的内容", max_length=60, blank=True)
    words = models.CharField("问题", max_length=200)
    advice = models.CharField("怎样改", max_length=200, blank=True)
    is_error = models.BooleanField("错误", default=True)

    class Meta:
        verbose_name = "导入问题"
        ordering = ["pk"]
        indexes = [models.Index(fields=["batch", "-is_error", "id"], name="import_problem_shown")]

    def __str__(self) -> str:
        return f"{self.row} {self.words}"


class ImportedRow(models.Model):
    """Which lead a row of a ledger became. A row becomes one lead, whatever happens."""

    batch = models.ForeignKey(ImportBatch, models.PROTECT, related_name="rows", verbose_name="导入")
    row = models.PositiveIntegerField("行")
    lead = models.OneToOneField(
        Lead, models.CASCADE, related_name="imported_row", verbose_name="线索"
    )
    old_number = models.CharField("原编号", max_length=60, blank=True)

    class Meta:
        verbose_name = "导入的行"
        constraints = [models.UniqueConstraint(fields=["batch", "row"], name="imported_row_once")]
        indexes = [
            models.Index(
                fields=["old_number"],
                condition=~models.Q(old_number=""),
                name="imported_row_by_old_number",
            )
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}:{self.row}"


class ColumnMapping(models.Model):
    """How a town reads ledgers of one layout: asked once, then remembered."""

    town = models.ForeignKey(Unit, models.CASCADE, related_name="+", verbose_name="乡镇")
    layout_key = models.CharField("版式", max_length=64)
    mapping_kept = models.JSONField("列的对应")
    defaults = models.JSONField("缺省值", default=dict)
    saved_by = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name="保存人")
    saved_at = models.DateTimeField("保存时间", auto_now=True)

    class Meta:
        verbose_name = "列的对应"
        constraints = [
            models.UniqueConstraint(fields=["town", "layout_key"], name="column_mapping_once")
        ]

    def __str__(self) -> str:
        return f"{self.town} {self.layout_key[:8]}"


class WordMapping(models.Model):
    """What a word of other people's ledgers means in a town: asked once, then remembered."""

    town = models.ForeignKey(Unit, models.CASCADE, related_name="+", verbose_name="乡镇")
    column = models.CharField("列", max_length=20)
    word = models.CharField("词语", max_length=LONGEST_WORD)
    key = models.CharField("比较用的词语", max_length=4 * LONGEST_WORD)
    meaning = models.CharField("对应", max_length=30)
    saved_by = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name="保存人")
    saved_at = models.DateTimeField("保存时间", auto_now=True)

    class Meta:
        verbose_name = "词语的对应"
        ordering = ["column", "word"]
        constraints = [
            models.UniqueConstraint(fields=["town", "column", "key"], name="word_mapping_once")
        ]

    def __str__(self) -> str:
        return f"{self.word} → {self.meaning}"
