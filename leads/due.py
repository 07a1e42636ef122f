"""Normal, near due, overdue: computed here and nowhere else.

A row keeps its deadline and, in `near_days`, how many calendar days before it the warning begins.
Both are worked out by the town's rules when the deadline is set (`leads/deadlines/rules.py`), so
that words on pages, lists and reminders need nothing but the row and the day.
"""

import datetime as dt
from dataclasses import dataclass

from django.db import models
from django.db.models import ExpressionWrapper, F, Q, Value
from django.utils import timezone

#: How long before a deadline the warning begins where no rule says otherwise, in calendar days.
NEAR_DAYS = 3


@dataclass(frozen=True)
class Due:
    """How a deadline stands: the word and the tone that go with it."""

    code: str
    label: str
    tone: str


def today() -> dt.date:
    return timezone.localdate()


def standing(
    due_on: dt.date | None, *, ended: bool, near_days: int = NEAR_DAYS, day: dt.date | None = None
) -> Due | None:
    """How `due_on` stands on `day`; None where nothing is due any more, or yet."""
    if due_on is None or ended:
        return None
    left = (due_on - (day or today())).days
    if left < 0:
        return Due("overdue", f"逾期 {-left} 天", "late")
    if left <= near_days:
        return Due("near", "临期，今日到期" if left == 0 else f"临期，剩 {left} 天", "warn")
    return Due("normal", f"正常，剩 {left} 天", "ok")


def is_overdue(day: dt.date) -> Q:
    """The rows that `standing` calls overdue on `day`, whether they have ended or not."""
    return Q(due_on__lt=day)


def is_near(day: dt.date) -> Q:
    """The rows that `standing` calls near on `day`, whether they have ended or not."""
    return Q(due_on__gte=day, due_on__lte=_last_near(day))


def is_normal(day: dt.date) -> Q:
    """The rows that `standing` calls normal on `day`, whether they have ended or not."""
    return Q(due_on__gt=_last_near(day))


def _last_near(day: dt.date) -> ExpressionWrapper:
    """The last deadline that a row counts as near on `day`."""
    return ExpressionWrapper(Value(day) + F("near_days"), output_field=models.DateField())


def default_deadline(
    *, is_major: bool, town: int | None = None, day: dt.date | None = None
) -> dt.date:
    """The deadline that a new assignment is offered: by the rules of `town`, else the usual."""
    from leads.deadlines.rules import Rules, kind_of

    rules = Rules.of(town) if town else Rules.usual()
    return rules.deadline(kind_of(is_major=is_major), day or today()).due_on
