"""The kinds of deadlines, and how long each is where a town has not settled it otherwise."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models


class DeadlineKind(models.TextChoices):
    ORDINARY = "ordinary", "一般线索办理"
    MAJOR = "major", "重大线索办理"
    TO_POLICE = "to_police", "双移交：公安机关"
    TO_DISCIPLINE = "to_discipline", "双移交：纪检监察机关"
    CONTACT = "contact", "联系实名举报人"


class Basis(models.TextChoices):
    CALENDAR = "calendar", "自然日"
    WORKING = "working", "工作日"


@dataclass(frozen=True)
class Rule:
    """A deadline is `days` after the day from which it counts, and near `near_days` before it.

    Both are counted in `basis`.
    """

    days: int
    basis: str
    near_days: int

    @property
    def length(self) -> str:
        return f"{self.days} 个{Basis(self.basis).label}"

    def __str__(self) -> str:
        return f"{self.length}，提前 {self.near_days} 个{Basis(self.basis).label}为临期"


#: Counted from the day of assignment; for the reporter from the day on which the lead came in.
USUAL: dict[str, Rule] = {
    DeadlineKind.ORDINARY: Rule(15, Basis.CALENDAR, 3),
    DeadlineKind.MAJOR: Rule(7, Basis.CALENDAR, 3),
    DeadlineKind.TO_POLICE: Rule(3, Basis.WORKING, 1),
    DeadlineKind.TO_DISCIPLINE: Rule(5, Basis.WORKING, 1),
    DeadlineKind.CONTACT: Rule(30, Basis.CALENDAR, 5),
}
