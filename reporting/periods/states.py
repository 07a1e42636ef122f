"""How a week's deadline came about, and what happens to a week."""

from django.db import models


class DueBasis(models.TextChoices):
    USUAL = "friday", "按规定的截止日"
    MOVED = "moved", "放假，提前到此前最后一个工作日"
    LATER = "later", "及此前均放假，顺延到其后第一个工作日"
    WEEK_OFF = "week_off", "所在周期全部放假，暂不调整"


class PeriodVerb(models.TextChoices):
    """Entries in the book of a week."""

    REPLANNED = "replanned", "调整截止时间"
    KEPT = "kept", "日历调整，截止时间不变"
    REOPENED = "reopened", "重新开放"
    REOPENING_ENDED = "reopening_ended", "提前结束补报"
    EXEMPTED = "exempted", "免报"
    EXEMPTION_ENDED = "exemption_ended", "结束免报"
    URGED = "urged", "催报"
