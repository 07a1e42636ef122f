"""What stands on top of a person's pages: the major leads that nobody has acknowledged yet."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from departments.models import Account
from leads.alerts.models import Alert
from leads.alerts.permissions import is_alerted
from leads.alerts.querysets import AlertQuerySet
from pages.compiled import compiled_for

SHOWN = 5


class Row(NamedTuple):
    """An alert as the banner shows it: nothing of it is a secret from whom it was put before."""

    pk: int
    raised_at: dt.datetime
    unit_id: int | None
    unit: str | None
    lead: str
    town: int
    has_director: bool


class Banner(NamedTuple):
    """The oldest alerts, each with whether this person may acknowledge it; are there more?"""

    rows: list[tuple[Row, bool]]
    more: bool


def banner_for(user: Account, *, lead_id: int | None = None) -> Banner:
    """The banner of a page; with `lead_id`, that of the page of one lead."""
    of_lead = {} if lead_id is None else {"lead": lead_id}
    rows = [Row(*values[:-1]) for values in _waiting(user).rows(SHOWN + 1, **of_lead)]
    # What is read here names nobody to whom it is shown.
    shown = [(row, is_alerted.test(user, row)) for row in rows[:SHOWN]]
    return Banner(shown, len(rows) > SHOWN)


@compiled_for
def _waiting(user: Account) -> AlertQuerySet:
    return Alert.objects.waiting_for(user).values_list(
        "pk",
        "raised_at",
        "unit",
        "unit__name",
        "lead__number",
        "lead__jurisdiction",
        "has_director",
        "lead",
    )
