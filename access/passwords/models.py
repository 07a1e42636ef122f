"""Passwords of before."""

from django.db import models
from django.db.models.functions import Now

from departments.models import Account


class FormerPassword(models.Model):
    """The hash of a password that the person has had; kept only where the rules ask for it."""

    account = models.ForeignKey(
        Account, models.CASCADE, related_name="former_passwords", verbose_name="账号"
    )
    hashed = models.CharField("密码的散列", max_length=128)
    replaced_at = models.DateTimeField("更换时间", db_default=Now())

    class Meta:
        verbose_name = "用过的密码"
        indexes = [models.Index(fields=["account", "-id"], name="former_password_by_account")]

    def __str__(self) -> str:
        return f"用过的密码 {self.pk}"
