"""Counted figures."""

from django.db import models

from departments.models import Unit
from reporting.periods.models import ReportPeriod
from reporting.statistics.querysets import TallyQuerySet
from reporting.statistics.states import Measure


class Tally(models.Model):
    """One figure of one town's week, as it stood at `as_of`. A zero is a row with a zero."""

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
