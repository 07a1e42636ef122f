"""Who may withdraw a daily note. Seeing is decided by `DailyNote.objects.visible_to`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules import predicate

from departments.models import Account
from reporting.weekly.permissions import reports_for

if TYPE_CHECKING:
    from reporting.notes.models import DailyNote


@predicate
def wrote_it(user: Account, note: DailyNote) -> bool:
    return note.written_by_id == user.pk


#: One's own line, as long as one still acts for the unit.
can_withdraw = wrote_it & reports_for
