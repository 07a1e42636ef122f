"""Until when a reporter is to hear from the office, and when they did."""

from __future__ import annotations

from django.db import models

from leads import due
from leads.callbacks.querysets import CallbackQuerySet
from leads.models.lead import Lead


class Callback(models.Model):
    """联系实名举报人: one for each lead whose reporter gave a name, however often it is taken up.

    Beside the lead, so that the reminder locks and reads a short table of what is still to do.
    """

    lead = models.OneToOneField(Lead, models.CASCADE, related_name="callback", verbose_name="线索")
    due_on = models.DateField("联系期限")
    near_days = models.PositiveSmallIntegerField("临期提前天数")
    done_on = models.DateField("联系日期", null=True)

    objects = CallbackQuerySet.as_manager()

    class Meta:
        verbose_name = "联系实名举报人"
        ordering = ["pk"]
        indexes = [
            models.Index(
                fields=["due_on"],
                condition=models.Q(done_on=None),
                name="callback_waiting_by_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.lead_id} {self.due_on}"

    @property
    def due(self) -> due.Due | None:
        return due.standing(self.due_on, ended=self.done_on is not None, near_days=self.near_days)
