"""What remains of a lead that was disposed of."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from audit.append_only import AppendOnly
from departments.models import Account, Unit
from leads.disposals.models.batch import DisposalBatch
from leads.disposals.models.rule import rule_words
from leads.disposals.querysets import OfTown
from leads.disposals.states import OutcomeKind


class DisposalLog(AppendOnly):
    """处置记录: that a lead was deleted, by whose decision, and how many rows of which tables.

    Written by the function of the database that deletes (`leads.disposals.database`), in the same
    transaction; the runtime role has no right to write here. No word and no name of the lead.
    """

    jurisdiction = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="乡镇")
    batch = models.ForeignKey(
        DisposalBatch, models.PROTECT, related_name="log", verbose_name="处置批次"
    )
    number = models.CharField("线索编号", max_length=40, unique=True)
    #: Numbers of the leads that had been merged into it, and went with it.
    merged = ArrayField(models.CharField(max_length=40), verbose_name="并入的线索", default=list)
    kind = models.CharField("办理结果", max_length=20, choices=OutcomeKind.choices)
    rule_version = models.PositiveIntegerField("规则版本")
    years = models.PositiveSmallIntegerField("留存年限")
    ended_on = models.DateField("办结日期")
    kept_until = models.DateField("留存至")
    proposed_by = models.ForeignKey(
        Account, models.PROTECT, related_name="+", verbose_name="提出人"
    )
    reviewed_by = models.ForeignKey(
        Account, models.PROTECT, related_name="+", verbose_name="复核人"
    )
    approved_by = models.ForeignKey(
        Account, models.PROTECT, related_name="+", verbose_name="批准人"
    )
    approved_at = models.DateTimeField("批准时间")
    #: Rows by table, and under `files_storedfile` how many files.
    deleted = models.JSONField("删除的行数")
    at = models.DateTimeField("处置时间", db_default=Now())

    objects = OfTown.as_manager()

    class Meta(AppendOnly.Meta):
        verbose_name = "处置记录"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["jurisdiction", "-id"], name="disposal_log_by_town")]

    def __str__(self) -> str:
        return self.number

    @property
    def rows(self) -> int:
        return sum(self.deleted.values())

    @property
    def files(self) -> int:
        return self.deleted.get("files_storedfile", 0)

    @property
    def rule_words(self) -> str:
        return rule_words(self.years, self.rule_version)
