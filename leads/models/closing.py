"""How a lead ends: what was proposed, what an earlier round came to, and what follows after."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from audit.append_only import AppendOnly
from departments.models import Account
from leads.models.lead import Lead
from leads.states import Attitude, ContactWay, Disposition, Finding, LeadState


class ClosureProposal(AppendOnly):
    """What the office proposes to close a lead with. It is no finding until it is approved."""

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="proposals", verbose_name="线索")
    round = models.PositiveSmallIntegerField("轮次")
    finding = models.CharField("核查结论", max_length=20, choices=Finding.choices)
    disposition = models.CharField("处理结果", max_length=20, choices=Disposition.choices)
    closing_words = models.TextField("办结说明", max_length=2000)
    by = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name="报批人")
    at = models.DateTimeField("报批时间", db_default=Now())

    class Meta(AppendOnly.Meta):
        verbose_name = "办结报批"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.lead_id} {self.get_finding_display()}"


class Round(AppendOnly):
    """An earlier round of a lead as it stood when the lead was taken up again (重启)."""

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="rounds", verbose_name="线索")
    number = models.PositiveSmallIntegerField("轮次")
    state = models.CharField("结束状态", max_length=20, choices=LeadState.choices)
    due_on = models.DateField("办理期限", null=True)
    finding = models.CharField("核查结论", max_length=20, choices=Finding.choices, blank=True)
    disposition = models.CharField(
        "处理结果", max_length=20, choices=Disposition.choices, blank=True
    )
    closing_words = models.TextField("办结说明", blank=True)
    closed_at = models.DateTimeField("办结时间", null=True)
    ended_at = models.DateTimeField("转入下一轮时间", db_default=Now())

    class Meta(AppendOnly.Meta):
        verbose_name = "历次办理"
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["lead", "number"], name="round_once")]

    def __str__(self) -> str:
        return f"{self.lead_id} 第 {self.number} 轮"


class FollowUp(AppendOnly):
    """回访: a reporter was told how the lead stands, and what they think. Never who they are."""

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="follow_ups", verbose_name="线索")
    contacted_on = models.DateField("回访日期")
    way = models.CharField("方式", max_length=20, choices=ContactWay.choices)
    attitude = models.CharField("态度", max_length=20, choices=Attitude.choices)
    words = models.TextField("情况", max_length=1000, blank=True)
    by = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name="回访人")
    at = models.DateTimeField("记录时间", db_default=Now())

    class Meta(AppendOnly.Meta):
        verbose_name = "回访"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.lead_id} {self.contacted_on}"


class Referral(models.Model):
    """移送上级: to whom a lead was sent up, with which paper, and their receipt once it came."""

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="referrals", verbose_name="线索")
    round = models.PositiveSmallIntegerField("轮次")
    authority = models.CharField("移送单位", max_length=60)
    document_number = models.CharField("移送文号", max_length=60, blank=True)
    referred_on = models.DateField("移送日期")
    pages = models.PositiveSmallIntegerField("材料页数", default=0)
    by = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name="移送人")
    receipt_number = models.CharField("回执文号", max_length=60, blank=True)
    received_by = models.CharField("接收人", max_length=30, blank=True)
    received_on = models.DateField("接收日期", null=True)

    class Meta:
        verbose_name = "移送"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["lead", "round"], name="referred_once")]

    def __str__(self) -> str:
        return f"{self.lead_id} → {self.authority}"

    @property
    def has_receipt(self) -> bool:
        return self.received_on is not None
