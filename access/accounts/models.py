"""What the system administrator proposes and the security administrator decides."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from departments.models import Account, Unit
from departments.roles import Role


class RoleProposal(models.Model):
    """That a person should hold a role at a unit. Nobody decides what they proposed."""

    account = models.ForeignKey(
        Account, models.PROTECT, related_name="role_proposals", verbose_name="账号"
    )
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="单位")
    role = models.CharField("角色", max_length=20, choices=Role.choices)
    proposed_by = models.ForeignKey(
        Account, models.PROTECT, related_name="+", verbose_name="提出人"
    )
    proposed_at = models.DateTimeField("提出时间", db_default=Now())
    decided_by = models.ForeignKey(
        Account, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="决定人"
    )
    decided_at = models.DateTimeField("决定时间", null=True, blank=True)
    is_granted = models.BooleanField("同意", null=True, blank=True)
    reason = models.CharField("理由", max_length=120, blank=True)

    class Meta:
        verbose_name = "授权申请"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "unit", "role"],
                condition=models.Q(is_granted=None),
                name="one_waiting_proposal",
                violation_error_message="同样的申请正在等待安全管理员决定。",
            ),
            models.CheckConstraint(
                condition=~models.Q(decided_by=models.F("proposed_by")),
                name="nobody_decides_their_own_proposal",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} · {self.unit} · {self.get_role_display()}"
