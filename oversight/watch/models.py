"""What the rules found, who looked at it, and what the rules are set to."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from audit.append_only import AppendOnly
from departments.models import Account
from oversight.watch import rules
from oversight.watch.querysets import FindingQuerySet, WatchSettingQuerySet


class WatchSetting(AppendOnly):
    """What a rule was set to. The latest counts; the others are history."""

    rule = models.CharField("规则", max_length=20, choices=rules.CHOICES)
    version = models.PositiveIntegerField("版本")
    is_active = models.BooleanField("启用", default=True)
    threshold = models.PositiveIntegerField("次数")
    minutes = models.PositiveIntegerField("时间（分钟）")
    night_from = models.PositiveSmallIntegerField("夜间自", default=rules.NIGHT[0])
    night_to = models.PositiveSmallIntegerField("夜间至", default=rules.NIGHT[1])
    set_by = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name="修改人")
    set_at = models.DateTimeField("修改时间", db_default=Now())

    objects = WatchSettingQuerySet.as_manager()

    class Meta(AppendOnly.Meta):
        verbose_name = "提示规则"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["rule", "version"], name="watch_setting_once"),
            models.CheckConstraint(
                condition=models.Q(threshold__gte=1)
                & models.Q(minutes__range=(1, rules.MOST_MINUTES))
                & models.Q(night_from__range=(0, 23), night_to__range=(0, 23)),
                name="watch_setting_in_bounds",
            ),
        ]

    def __str__(self) -> str:
        words = f"{self.minutes} 分钟内 {self.threshold} 次"
        if rules.BY_CODE[self.rule].at_night:
            words = f"{self.night_from} 时至 {self.night_to} 时，{words}"
        return words if self.is_active else f"停用（{words}）"

    @property
    def audit_label(self) -> str:
        return self.get_rule_display()


class Finding(AppendOnly):
    """That a rule was met: a span of time in which one account or address did something so often.

    `count` is how often when it was found; acts that follow within the span belong to it as well.
    The unique key keeps two workers from finding the same twice.
    """

    rule = models.CharField("规则", max_length=20, choices=rules.CHOICES)
    actor = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", verbose_name="账号"
    )
    actor_name = models.CharField("账号", max_length=150, blank=True)
    address = models.GenericIPAddressField("地址", null=True)
    first_entry = models.BigIntegerField("第一条记录")
    started_at = models.DateTimeField("自")
    ends_at = models.DateTimeField("至")
    count = models.PositiveIntegerField("次数")
    threshold = models.PositiveIntegerField("规定次数")
    found_at = models.DateTimeField("发现时间", db_default=Now())

    objects = FindingQuerySet.as_manager()

    class Meta(AppendOnly.Meta):
        verbose_name = "异常提示"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["rule", "first_entry"], name="finding_once"),
        ]
        indexes = [models.Index(fields=["rule", "ends_at"], name="finding_by_rule")]

    def __str__(self) -> str:
        return f"{self.get_rule_display()} {self.subject}"

    @property
    def subject(self) -> str:
        """Whose acts were counted: a name to sign in with, or an address."""
        return self.actor_name or self.address or "—"

    @property
    def audit_label(self) -> str:
        return f"{self.get_rule_display()} {self.pk}"


class Look(AppendOnly):
    """That the auditor looked at a finding, and what came of it. Once per finding."""

    finding = models.OneToOneField(Finding, models.PROTECT, verbose_name="异常提示")
    by = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name="核查人")
    at = models.DateTimeField("时间", db_default=Now())
    note = models.CharField("核查情况", max_length=300)

    class Meta(AppendOnly.Meta):
        verbose_name = "核查"
        constraints = [
            models.CheckConstraint(condition=~models.Q(note=""), name="look_says_something")
        ]

    def __str__(self) -> str:
        return self.note


class WatchMark(models.Model):
    """Up to when the trail has been looked through; one row."""

    seen_until = models.DateTimeField("已检查至")

    class Meta:
        verbose_name = "检查进度"
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_watch_mark")]
