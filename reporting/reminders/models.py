"""Rounds of reminders: the claim that a period was reminded of."""

from django.db import models

from reporting.periods.models import ReportPeriod
from reporting.reminders.querysets import ReminderRoundQuerySet


class ReminderRound(models.Model):
    """One round for one period. `fired_at` is set in the transaction that sends its messages."""

    period = models.ForeignKey(
        ReportPeriod, models.CASCADE, related_name="reminder_rounds", verbose_name="周期"
    )
    code = models.CharField("轮次", max_length=20)
    due_at = models.DateTimeField("应发时间")
    fired_at = models.DateTimeField("已发时间", null=True)
    sent_count = models.PositiveIntegerField("发出条数", default=0)

    objects = ReminderRoundQuerySet.as_manager()

    class Meta:
        verbose_name = "催报轮次"
        constraints = [
            models.UniqueConstraint(fields=["period", "code"], name="reminder_round_once")
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(fired_at=None),
                name="reminder_round_unfired",
            )
        ]

    def __str__(self) -> str:
        return f"{self.period} {self.code}"
