"""Files: what is known of each, beside its sealed bytes on the disk."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models.functions import Now

from departments.models import Account
from files.kinds import KINDS, Kind
from files.querysets import StoredFileQuerySet
from files.sealing import Opened
from files.states import SERVED, TONES, VERDICTS, ScanState
from files.storage import open_stored


class StoredFile(models.Model):
    """One uploaded file. What it holds never changes; once kept, it is never deleted.

    Until a row of another app uses it, it waits under the `token` of the form that brought it
    and may be swept away (`files.services.sweep_unused`).
    """

    public_id = models.UUIDField("编号", unique=True, editable=False)
    name = models.CharField("文件名", max_length=100)
    kind_code = models.CharField("类型", max_length=10)
    size = models.PositiveBigIntegerField("字节数")
    sha256 = models.CharField("SHA-256", max_length=64)
    width = models.PositiveIntegerField("宽", null=True)
    height = models.PositiveIntegerField("高", null=True)
    key_id = models.CharField("密钥标识", max_length=32)
    scan_state = models.CharField("查毒", max_length=12, choices=ScanState.choices)
    scan_note = models.CharField("查毒结果", max_length=100, blank=True)
    claimed_until = models.DateTimeField("查毒占用至", null=True)
    token = models.UUIDField("上传标识")
    is_kept = models.BooleanField("已使用", default=False)
    uploaded_by = models.ForeignKey(
        Account, models.PROTECT, related_name="+", verbose_name="上传人"
    )
    uploaded_at = models.DateTimeField("上传时间", db_default=Now())

    objects = StoredFileQuerySet.as_manager()

    class Meta:
        verbose_name = "文件"
        ordering = ["pk"]
        triggers = [
            pgtrigger.FSM(name="scan_verdicts", field="scan_state", transitions=VERDICTS),
            pgtrigger.ReadOnly(
                name="content_is_fixed",
                fields=[
                    *("public_id", "name", "kind_code", "size", "sha256", "width", "height"),
                    *("key_id", "token", "uploaded_by", "uploaded_at"),
                ],
            ),
            pgtrigger.Protect(
                name="kept_for_good",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__is_kept=True, new__is_kept=False),
            ),
            pgtrigger.Protect(
                name="kept_is_not_deleted",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Q(old__is_kept=True),
            ),
        ]
        constraints = [
            # A second click sends the same files once more.
            models.UniqueConstraint(
                fields=["token", "uploaded_by", "sha256"], name="file_once_per_form"
            ),
            models.CheckConstraint(
                name="file_is_described",
                condition=models.Q(size__gt=0, sha256__regex=r"^[0-9a-f]{64}$"),
            ),
        ]
        indexes = [
            models.Index(
                fields=["uploaded_at"], condition=models.Q(is_kept=False), name="file_waiting"
            ),
            models.Index(
                fields=["id"],
                condition=models.Q(scan_state__in=["quarantined", "unscanned"]),
                name="file_to_scan",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def kind(self) -> Kind:
        return KINDS[self.kind_code]

    @property
    def tone(self) -> str:
        return TONES[self.scan_state]

    @property
    def is_served(self) -> bool:
        """Whether the bytes may be handed out at all: not in quarantine, and no virus in them."""
        return self.scan_state in SERVED

    @property
    def preview(self) -> str:
        """How a browser may show it: "image", "pdf", or empty for a download only."""
        return self.kind.preview if self.is_served else ""

    def open(self) -> Opened:
        """The plain bytes. Raises `sealing.Unreadable`."""
        return open_stored(self.public_id)
