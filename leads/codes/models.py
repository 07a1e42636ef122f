"""Query codes, what reporters add against them, and what the office has them told."""

from __future__ import annotations

import pgtrigger
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from audit.append_only import AppendOnly
from departments.models import Account
from leads.codes.querysets import QueryCodeQuerySet, SupplementQuerySet
from leads.codes.states import Way
from leads.models.lead import Lead

SUPPLEMENT_LIMIT = 5000
REPLY_LIMIT = 500


class QueryCode(models.Model):
    """That a reporter holds a code for a lead. The code itself is kept as a digest only."""

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="codes", verbose_name="线索")
    #: What a code is called where it must be named: on the slip, in the audit, in the ledger of
    #: rewards. Tells nothing of the code.
    serial = models.CharField("凭证号", max_length=12, unique=True)
    digest = models.CharField(max_length=64, unique=True)
    key_id = models.CharField("密钥", max_length=32)
    issued_by = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name="发放人")
    issued_at = models.DateTimeField("发放时间", db_default=Now())
    revoked_by = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", verbose_name="作废人"
    )
    revoked_at = models.DateTimeField("作废时间", null=True)
    revoked_reason = models.CharField("补发理由", max_length=200, blank=True)

    objects = QueryCodeQuerySet.as_manager()

    class Meta:
        verbose_name = "查询码"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["lead"], condition=Q(revoked_at=None), name="one_code_in_force_per_lead"
            ),
            models.CheckConstraint(
                name="code_revoked_with_a_reason",
                condition=Q(revoked_at=None, revoked_by=None, revoked_reason="")
                | Q(revoked_at__isnull=False, revoked_by__isnull=False) & ~Q(revoked_reason=""),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="codes_are_kept", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="codes_stay_as_issued",
                fields=["lead", "serial", "digest", "key_id", "issued_by", "issued_at"],
            ),
            pgtrigger.Protect(
                name="a_revoked_code_stays_revoked",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__revoked_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.serial

    @property
    def audit_label(self) -> str:
        return self.serial


class Supplement(models.Model):
    """What a reporter added to a lead (补充), in their words, and that the office has read it.

    The words never change, and are in no search: units read them only once the office has looked.
    """

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="supplements", verbose_name="线索")
    submission = models.UUIDField("提交标识", unique=True)
    way = models.CharField("方式", max_length=10, choices=Way.choices)
    text = models.TextField(
        "补充内容",
        max_length=SUPPLEMENT_LIMIT,
        validators=[MaxLengthValidator(SUPPLEMENT_LIMIT)],
    )
    taken_by = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", verbose_name="记录人"
    )
    at = models.DateTimeField("时间", db_default=Now())
    read_by = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", verbose_name="阅处人"
    )
    read_at = models.DateTimeField("阅处时间", null=True)
    is_shared = models.BooleanField("已转承办单位", default=False)

    objects = SupplementQuerySet.as_manager()

    class Meta:
        verbose_name = "举报人补充"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="supplement_read_by_somebody",
                condition=Q(read_at=None, read_by=None, is_shared=False)
                | Q(read_at__isnull=False, read_by__isnull=False),
            ),
            models.CheckConstraint(
                name="supplement_taken_by_a_clerk_or_the_web",
                condition=Q(way=Way.WEB, taken_by=None) | ~Q(way=Way.WEB) & ~Q(taken_by=None),
            ),
        ]
        indexes = [
            models.Index(fields=["lead"], condition=Q(read_at=None), name="supplement_unread")
        ]
        triggers = [
            pgtrigger.Protect(name="supplements_are_kept", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="supplements_stay_as_told",
                fields=["lead", "submission", "way", "text", "taken_by", "at"],
            ),
            pgtrigger.Protect(
                name="a_supplement_is_read_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__read_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lead_id} {self.get_way_display()}"


class ReporterReply(AppendOnly):
    """What the office has a code tell besides where the lead stands. The latest counts.

    A reply without words takes back the one before.
    """

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="replies", verbose_name="线索")
    words = models.TextField("可告知的内容", max_length=REPLY_LIMIT, blank=True)
    by = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name="填写人")
    at = models.DateTimeField("时间", db_default=Now())

    class Meta(AppendOnly.Meta):
        verbose_name = "答复举报人"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.lead_id} {self.at:%Y-%m-%d}"
