"""What a unit found."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from audit.append_only import AppendOnly
from departments.models import Account
from leads.models.assignment import Assignment
from leads.states import Finding


class Feedback(AppendOnly):
    """What a unit reported after verifying. A report that came back is followed by another."""

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

    class Meta(AppendOnly.Meta):
        verbose_name = "核查反馈"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.assignment} {self.get_finding_display()}"
