"""What a town settles about its weeks: when they are due, what they cover, when they close."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.db import models


class Weekday(models.IntegerChoices):
    """As Python counts them, in the order of the reporting week."""

    SATURDAY = 5, "周六"
    SUNDAY = 6, "周日"
    MONDAY = 0, "周一"
    TUESDAY = 1, "周二"
    WEDNESDAY = 2, "周三"
    THURSDAY = 3, "周四"
    FRIDAY = 4, "周五"


class Scope(models.TextChoices):
    WEEK = "week", "一周"
    DAY = "day", "截止当日"


@dataclass(frozen=True)
class Rule:
    """A week is due at `due_time` on its `weekday`, and closes `grace_days` after its last day."""

    weekday: int = Weekday.FRIDAY
    due_time: dt.time = dt.time(12)
    scope: str = Scope.WEEK
    grace_days: int = 14


def usual() -> Rule:
    """The rule of a town that has settled nothing."""
    return Rule(due_time=dt.time(settings.PORTAL_REPORT_DUE_HOUR))
