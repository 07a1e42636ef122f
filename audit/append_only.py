"""Rows that are written once and never change."""

import pgtrigger
from django.db import models


class AppendOnly(models.Model):
    """A row that the database refuses to alter or delete, whoever asks.

    A trigger refuses updates and deletes; the runtime role has no right to them in the first
    place (see `campaign.grants`), nor to TRUNCATE, so that it cannot clear a table either.
    """

    class Meta:
        abstract = True
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]


class TimelineEvent(AppendOnly):
    """One step in the life of a thing: who, when, what, from which state to which, what words.

    Concrete timelines add the foreign key to their subject. Names are copied as they were, so
    that a renamed unit or a departed colleague does not rewrite history.
    """

    at = models.DateTimeField("时间", db_default=models.functions.Now())
    actor = models.ForeignKey(
        "departments.Account",
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name="操作人",
    )
    actor_name = models.CharField("姓名", max_length=60)
    unit_name = models.CharField("单位", max_length=60, blank=True)
    verb = models.CharField("动作", max_length=30)
    from_state = models.CharField("原状态", max_length=30, blank=True)
    to_state = models.CharField("新状态", max_length=30)
    note = models.TextField("说明", blank=True)

    class Meta(AppendOnly.Meta):
        abstract = True
        ordering = ["pk"]
