"""Daily notes."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models.functions import Now

from departments.models import Account, Unit
from reporting.form_versions.rules import LONGEST_BLOCK
from reporting.notes.querysets import DailyNoteQuerySet
from reporting.periods.models import ReportPeriod

LONGEST = 200


class DailyNote(models.Model):
    """What a unit says of one day, in one line. It never changes and is never deleted.

    `block` is the name of the report's block for which it was meant, as it was called then; empty
    for none. Who wrote it can withdraw it until the week's report is signed.
    """

    period = models.ForeignKey(
        ReportPeriod, models.PROTECT, related_name="notes", verbose_name="周期"
    )
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="单位")
    day = models.DateField("日期")
    block = models.CharField("板块", max_length=LONGEST_BLOCK, blank=True)
    words = models.CharField("内容", max_length=LONGEST)
    submission = models.UUIDField("提交标识", unique=True)
    written_by = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name="填写人")
    written_at = models.DateTimeField("填写时间", db_default=Now())
    withdrawn_by = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", verbose_name="撤回人"
    )
    withdrawn_at = models.DateTimeField("撤回时间", null=True)

    objects = DailyNoteQuerySet.as_manager()

    class Meta:
        verbose_name = "日动态"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="daily_note_says_something", condition=~models.Q(words__regex=r"^\s*$")
            ),
            models.CheckConstraint(
                name="daily_note_withdrawn_by_someone",
                condition=models.Q(withdrawn_at=None, withdrawn_by=None)
                | models.Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["day", "id"], name="daily_note_by_day"),
            models.Index(fields=["unit", "id"], name="daily_note_by_unit"),
        ]
        triggers = [
            pgtrigger.Protect(name="daily_note_stays", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="daily_note_is_fixed",
                fields=[
                    *("period", "unit", "day", "block", "words"),
                    *("submission", "written_by", "written_at"),
                ],
            ),
            pgtrigger.Protect(
                name="daily_note_withdrawn_for_good",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__withdrawn_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.day}"

    @property
    def is_withdrawn(self) -> bool:
        return self.withdrawn_at is not None
