"""Counted figures."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from departments.models import Account, Unit
from reporting.periods.models import ReportPeriod
from reporting.statistics.querysets import TallyQuerySet
from reporting.statistics.states import Measure


class RollUp(models.Model):
    """A week's last count: what it was made of (`basis`), and until when that has not moved.

    The week's tallies stand for the moment `as_of`, also where they were counted before it. They
    are for `readers`, of whom it is known what must be withheld (`Withheld`).
    """

    period = models.OneToOneField(
        ReportPeriod,
        models.CASCADE,
        primary_key=True,
        related_name="roll_up",
        verbose_name="周期",
    )
    basis = models.CharField("统计依据", max_length=200)
    counted_at = models.DateTimeField("统计时间")
    as_of = models.DateTimeField("统计截至")
    readers = ArrayField(models.BigIntegerField(), verbose_name="可看的人", default=list)

    class Meta:
        verbose_name = "汇总"

    def __str__(self) -> str:
        return f"{self.period_id} {self.as_of:%Y-%m-%d %H:%M}"


class Tally(models.Model):
    """One figure of one town's week, as it was counted at `as_of`. A zero is a row with a zero."""

    jurisdiction = models.ForeignKey(
        Unit, models.CASCADE, related_name="tallies", verbose_name="乡镇"
    )
    period = models.ForeignKey(
        ReportPeriod, models.CASCADE, related_name="tallies", verbose_name="周期"
    )
    measure = models.CharField("指标", max_length=20, choices=Measure.choices)
    key = models.CharField("分项", max_length=30)
    count = models.PositiveIntegerField("数量")
    as_of = models.DateTimeField("统计截至")

    objects = TallyQuerySet.as_manager()

    class Meta:
        verbose_name = "统计数"
        constraints = [
            models.UniqueConstraint(fields=["period", "measure", "key"], name="tally_once")
        ]

    def __str__(self) -> str:
        return f"{self.measure} {self.key} {self.count}"


class Withheld(models.Model):
    """What one figure counts that one person must not know of, as of the same count.

    Taken off what that person is shown. Counted with the figures and not when they are read: else
    a figure would move between two counts, and tell of what moved it.
    """

    period = models.ForeignKey(
        ReportPeriod, models.CASCADE, related_name="withheld", verbose_name="周期"
    )
    account = models.ForeignKey(Account, models.CASCADE, related_name="+", verbose_name="人员")
    measure = models.CharField("指标", max_length=20, choices=Measure.choices)
    key = models.CharField("分项", max_length=30)
    count = models.PositiveIntegerField("数量")

    class Meta:
        verbose_name = "不计入的统计数"
        constraints = [
            models.UniqueConstraint(
                fields=["period", "account", "measure", "key"], name="withheld_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.measure} {self.key} {self.count}"
