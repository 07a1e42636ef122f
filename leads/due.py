"""Normal, near due, overdue: computed here and nowhere else."""

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone


@dataclass(frozen=True)
class Due:
    """How a deadline stands: the word and the tone that go with it."""

    code: str
    label: str
    tone: str


def today() -> dt.date:
    return timezone.localdate()


def near_limit(day: dt.date) -> dt.date:
    """The last deadline that counts as near on `day`."""
    return day + dt.timedelta(days=settings.PORTAL_NEAR_DUE_DAYS)


def standing(due_on: dt.date | None, *, ended: bool, day: dt.date | None = None) -> Due | None:
    """How `due_on` stands on `day`; None where nothing is due any more, or yet."""
    if due_on is None or ended:
        return None
    day = day or today()
    left = (due_on - day).days
    if left < 0:
        return Due("overdue", f"逾期 {-left} 天", "late")
    if due_on <= near_limit(day):
        return Due("near", "今日到期" if left == 0 else f"临期，剩 {left} 天", "warn")
    return Due("normal", f"正常，剩 {left} 天", "ok")


def default_deadline(*, is_major: bool, day: dt.date | None = None) -> dt.date:
    """The deadline that a new assignment is offered, in calendar days by setting."""
    days = settings.PORTAL_MAJOR_LEAD_DAYS if is_major else settings.PORTAL_LEAD_DAYS
    return (day or today()) + dt.timedelta(days=days)
