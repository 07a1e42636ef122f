"""What stands on top of a person's pages: the major leads that nobody has acknowledged yet."""

from __future__ import annotations

from dataclasses import dataclass

from departments.models import Account
from leads.alerts.models import Alert
from leads.alerts.permissions import is_alerted

SHOWN = 5


@dataclass(frozen=True)
class Banner:
    """The oldest alerts, each with whether this person may acknowledge it; are there more?"""

    rows: list[tuple[Alert, bool]]
    more: bool


def banner_for(user: Account, *, lead_id: int | None = None) -> Banner:
    """The banner of a page; with `lead_id`, that of the page of one lead."""
    waiting = Alert.objects.waiting_for(user)
    if lead_id is not None:
        waiting = waiting.filter(lead=lead_id)
    rows = list(waiting[: SHOWN + 1])
    # What is read here names nobody to whom it is shown.
    shown = [(row, is_alerted.test(user, row)) for row in rows[:SHOWN]]
    return Banner(shown, len(rows) > SHOWN)
