"""What a person keeps about the lists of leads."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from departments.models import Account
from leads.lists.querysets import OwnQuerySet

NAME_LIMIT = 30
QUERY_LIMIT = 1500


class SavedFilter(models.Model):
    """An address of the list under a name (常用筛选). It holds no rows: whoever opens the address
    sees what they may see.
    """

    owner = models.ForeignKey(
        Account, models.CASCADE, related_name="saved_filters", verbose_name="所有人"
    )
    name = models.CharField("名称", max_length=NAME_LIMIT)
    query = models.CharField("条件", max_length=QUERY_LIMIT)
    created_at = models.DateTimeField("保存时间", db_default=Now())

    objects = OwnQuerySet.as_manager()

    class Meta:
        verbose_name = "常用筛选"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="saved_filter_name_once")
        ]

    def __str__(self) -> str:
        return self.name


class ListPreference(models.Model):
    """Which columns a person wants in a list; without a row, the usual ones."""

    owner = models.ForeignKey(
        Account, models.CASCADE, related_name="list_preferences", verbose_name="所有人"
    )
    view = models.CharField("列表", max_length=30)
    columns = ArrayField(models.CharField(max_length=30), verbose_name="显示的列")

    objects = OwnQuerySet.as_manager()

    class Meta:
        verbose_name = "列表设置"
        constraints = [
            models.UniqueConstraint(fields=["owner", "view"], name="list_preference_once")
        ]

    def __str__(self) -> str:
        return f"{self.owner} {self.view}"
