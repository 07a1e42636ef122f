"""A file of a weekly report."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models.functions import Now

from departments.models import Account
from files.models import StoredFile
from reporting.attachments.querysets import ReportFileQuerySet
from reporting.weekly.models import WeeklyReport
from reporting.weekly.states import FILED


class FileKind(models.TextChoices):
    ATTACHMENT = "attachment", "附件"
    SCAN = "scan", "盖章扫描件"


class ReportFile(models.Model):
    """An attachment, which is signed with the report, or a scan of the paper signed and stamped.

    Attachments come and go with the draft: while a signature stands, a trigger refuses both.
    A scan is added to a signed report and changes nothing that was signed; `of_signature` is the
    signature that stood then. Neither is ever deleted: it is marked as removed, with a reason.
    """

    report = models.ForeignKey(
        WeeklyReport, models.PROTECT, related_name="files", verbose_name="周报"
    )
    kind = models.CharField("种类", max_length=12, choices=FileKind.choices)
    file = models.OneToOneField(StoredFile, models.PROTECT, related_name="+", verbose_name="文件")
    of_signature = models.CharField("所附签名摘要", max_length=64, blank=True)
    added_by = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name="添加人")
    added_at = models.DateTimeField("添加时间", db_default=Now())
    removed_by = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", verbose_name="撤下人"
    )
    removed_at = models.DateTimeField("撤下时间", null=True)
    removal_reason = models.CharField("撤下理由", max_length=200, blank=True)

    objects = ReportFileQuerySet.as_manager()

    class Meta:
        verbose_name = "周报附件"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="report_file_scan_of_a_signature",
                condition=models.Q(kind=FileKind.ATTACHMENT, of_signature="")
                | models.Q(kind=FileKind.SCAN) & ~models.Q(of_signature=""),
            ),
            models.CheckConstraint(
                name="report_file_removed_with_reason",
                condition=models.Q(removed_at=None, removed_by=None, removal_reason="")
                | models.Q(removed_at__isnull=False, removed_by__isnull=False)
                & ~models.Q(removal_reason=""),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="report_file_stays", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="report_file_is_fixed",
                fields=["report", "kind", "file", "of_signature", "added_by", "added_at"],
            ),
            pgtrigger.Protect(
                name="report_file_removed_for_good",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__removed_at__isnull=False),
            ),
            pgtrigger.Trigger(
                name="report_file_as_signed",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                declare=[("is_filed", "boolean")],
                func=f"""
                    SELECT state IN ({", ".join(f"'{state.value}'" for state in FILED)})
                    INTO is_filed FROM reporting_weeklyreport WHERE id = NEW.report_id;
                    IF NEW.kind = '{FileKind.ATTACHMENT.value}' AND is_filed THEN
                        RAISE EXCEPTION 'the files of a signed report do not change'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    IF TG_OP = 'INSERT' AND NEW.kind = '{FileKind.SCAN.value}'
                       AND NOT is_filed
                    THEN
                        RAISE EXCEPTION 'a scan is of a signed report'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.file.name

    @property
    def audit_label(self) -> str:
        """Its report's label and its own: a file's name may tell what is in it."""
        return f"{self.report.audit_label} 附件 {self.pk}"

    @property
    def is_removed(self) -> bool:
        return self.removed_at is not None

    @property
    def is_outdated(self) -> bool:
        """A scan of what was signed before the report was returned."""
        return self.kind == FileKind.SCAN and self.of_signature != self.report.signature
