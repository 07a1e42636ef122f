"""What a day can be made."""

from django.db import models

FIRST_YEAR, LAST_YEAR = 2004, 2100


class DayKind(models.TextChoices):
    OFF = "off", "放假"
    ON = "on", "上班（调休）"
    PLAIN = "plain", "按星期（周一至周五上班）"
