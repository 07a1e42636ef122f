"""How a week's deadline came about."""

from django.db import models


class DueBasis(models.TextChoices):
    FRIDAY = "friday", "周五"
    MOVED = "moved", "周五放假，提前到此前最后一个工作日"
    WEEK_OFF = "week_off", "本周全部放假，暂按周五"
