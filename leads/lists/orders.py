"""What a list of leads can be sorted by: a few keys, each with an index of its own."""

from __future__ import annotations

import datetime as dt

from django.db.models import F, Value
from django.db.models.functions import Coalesce

from pages.keyset import Order

#: Stands for "no deadline" in the order by deadline: after every real one.
NO_DEADLINE = dt.date(9999, 12, 31)
#: As the index has it (`Lead.Meta`), letter for letter.
DEADLINE = Coalesce("due_on", Value(NO_DEADLINE))


def _by_deadline(code: str, label: str, *, descending: bool) -> Order:
    return Order(
        code,
        label,
        key=DEADLINE,
        of=lambda lead: lead.due_on or NO_DEADLINE,
        read=dt.date.fromisoformat,
        is_descending=descending,
    )


def _by_receipt(code: str, label: str, *, descending: bool) -> Order:
    return Order(
        code,
        label,
        key=F("received_on"),
        of=lambda lead: lead.received_on,
        read=dt.date.fromisoformat,
        is_descending=descending,
    )


#: By their names in the address. The first is what a list is sorted by where nothing is said.
ORDERS = {
    order.code: order
    for order in (
        Order("", "最新登记在前"),
        Order("registered", "最早登记在前", is_descending=False),
        _by_deadline("due", "期限近的在前", descending=False),
        _by_deadline("-due", "期限远的在前", descending=True),
        _by_receipt("-received", "最近收到在前", descending=True),
        _by_receipt("received", "最早收到在前", descending=False),
    )
}
DEFAULT = ORDERS[""]


def chosen(code: str) -> Order:
    return ORDERS.get(code, DEFAULT)
