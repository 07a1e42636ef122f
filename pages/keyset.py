"""Pages of a long list by key, not by number: the thousandth costs what the first does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, Expression, F, Func, QuerySet, TextField, Value
from django.http import HttpRequest

PAGE_SIZE = 50
#: The total of a page is counted up to here; beyond, the page says "more than". Counting is most of
#: what a page costs the database.
TOTAL_LIMIT = 1_000
#: The rows of a file are counted up to here, to say how far it is.
COUNT_LIMIT = 10_000
MAX_KEY = 2**63 - 1


@dataclass(frozen=True)
class Order:
    """How a list is sorted: by `key`, and by primary key where two are alike, in one direction.

    Without `key` by primary key alone. `key` is never null: what may be missing is replaced by
    the expression. `of` gives the same value of a row in hand, `read` reads it from an address
    (ValueError where it is none). An index over (key, id) makes every page as cheap as the first.
    """

    code: str = ""
    label: str = ""
    key: Expression | F | None = None
    of: Callable[[Any], Any] | None = None
    read: Callable[[str], Any] = str
    is_descending: bool = True

    def position(self, row: Any) -> tuple[Any, ...]:
        """Where `row` stands in the list."""
        return (row.pk,) if self.of is None else (self.of(row), row.pk)

    def write_position(self, row: Any) -> str:
        return ".".join(str(part) for part in self.position(row))

    def read_position(self, text: str) -> tuple[Any, ...] | None:
        """The position that an address names, or None where it names none."""
        value, dot, key = text.rpartition(".")
        if not (key.isascii() and key.isdigit() and len(key) <= 19 and int(key) <= MAX_KEY):
            return None
        if self.key is None:
            return None if dot else (int(key),)
        try:
            return (self.read(value), int(key))
        except ValueError:
            return None

    def sort(self, queryset: QuerySet, *, backwards: bool = False) -> QuerySet:
        """The rows from first to last, or from last to first."""
        descending = self.is_descending != backwards
        keys = [F("pk")] if self.key is None else [self.key, F("pk")]
        return queryset.order_by(*(key.desc() if descending else key.asc() for key in keys))

    def beyond(
        self, queryset: QuerySet, position: tuple[Any, ...], *, backwards: bool = False
    ) -> QuerySet:
        """The rows after `position`, or those before it; the nearest first."""
        sign = "<" if self.is_descending != backwards else ">"
        keys = [F("pk")] if self.key is None else [self.key, F("pk")]
        after = _Compared(_Row(*keys), _Row(*map(Value, position)), arg_joiner=f" {sign} ")
        return self.sort(queryset.filter(after), backwards=backwards)

    def neighbours(self, queryset: QuerySet, row: Any) -> tuple[Any | None, Any | None]:
        """The rows of `queryset` just before and just after the place of `row`."""
        place = self.position(row)
        before = self.beyond(queryset, place, backwards=True).first()
        return before, self.beyond(queryset, place).first()


NEWEST_FIRST = Order()


class _Row(Func):
    function = "ROW"
    output_field = TextField()


class _Compared(Func):
    """Two rows of values, compared from left to right, as an index over them is sorted."""

    template = "(%(expressions)s)"
    output_field = BooleanField()


@dataclass(frozen=True)
class KeysetPage:
    """One page, with the addresses of its neighbours and the total in words.

    `newer_url` leads towards the top of the list and `older_url` towards its end, whatever the
    list is sorted by.
    """

    rows: list[Any]
    total: int
    newer_url: str
    older_url: str
    #: Up to here the total was counted; one more stands for all numbers above.
    limit: int = TOTAL_LIMIT

    @property
    def total_label(self) -> str:
        return f"超过 {self.limit} 条" if self.total > self.limit else f"共 {self.total} 条"


def page_of(
    queryset: QuerySet,
    request: HttpRequest,
    order: Order = NEWEST_FIRST,
    *,
    size: int = PAGE_SIZE,
) -> KeysetPage:
    """The page that the address asks for by `before` (further down) or `after` (further up).

    What names no position is taken as absent. `queryset` may carry any filter but no slice; it is
    sorted here.
    """
    before = order.read_position(request.GET.get("before", ""))
    after = order.read_position(request.GET.get("after", ""))
    if after is not None:
        found = list(order.beyond(queryset, after, backwards=True)[: size + 1])
        more_newer, more_older = len(found) > size, True
        rows = found[:size][::-1]
    else:
        older = order.sort(queryset) if before is None else order.beyond(queryset, before)
        found = list(older[: size + 1])
        more_newer, more_older = before is not None, len(found) > size
        rows = found[:size]
    limit = TOTAL_LIMIT
    if getattr(queryset, "is_searched", False):
        # What is known without counting is what the page has shown.
        limit = size
        total = size + 1 if more_newer or more_older else len(rows)
    else:
        total = bounded_count(queryset)
    return KeysetPage(
        rows=rows,
        total=total,
        newer_url=_url(request, after=order.write_position(rows[0])) if rows and more_newer else "",
        older_url=_url(request, before=order.write_position(rows[-1]))
        if rows and more_older
        else "",
        limit=limit,
    )


def bounded_count(queryset: QuerySet, limit: int = TOTAL_LIMIT) -> int:
    """How many rows there are; `limit` + 1 stands for all numbers above `limit`."""
    return queryset.order_by().values("pk")[: limit + 1].count()


def count_label(queryset: QuerySet) -> str:
    """How many rows there are, in words."""
    total = bounded_count(queryset)
    return f"超过 {TOTAL_LIMIT} 条" if total > TOTAL_LIMIT else f"{total} 条"


def _url(request: HttpRequest, **position: str) -> str:
    params = request.GET.copy()
    for name in ("before", "after"):
        params.pop(name, None)
    for name, value in position.items():
        params[name] = value
    return f"?{params.urlencode()}"
