"""Pages of a long list by key, not by number: the thousandth costs what the first does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

PAGE_SIZE = 50
#: Totals are counted up to here; beyond, a page says "more than".
COUNT_LIMIT = 10_000


@dataclass(frozen=True)
class KeysetPage:
    """One page, newest first, with the addresses of its neighbours and the total in words."""

    rows: list[Any]
    total: int
    newer_url: str
    older_url: str

    @property
    def total_label(self) -> str:
        return f"超过 {COUNT_LIMIT} 条" if self.total > COUNT_LIMIT else f"共 {self.total} 条"


def page_of(queryset: QuerySet, request: HttpRequest, *, size: int = PAGE_SIZE) -> KeysetPage:
    """The page that the address asks for by `before` or `after` (a key each).

    Keys that are no numbers are taken as absent. `queryset` may carry any filter but no slice;
    it is ordered by key here.
    """
    before, after = _key(request, "before"), _key(request, "after")
    if after is not None:
        found = list(queryset.filter(pk__gt=after).order_by("pk")[: size + 1])
        more_newer, more_older = len(found) > size, True
        rows = found[:size][::-1]
    else:
        older = queryset if before is None else queryset.filter(pk__lt=before)
        found = list(older.order_by("-pk")[: size + 1])
        more_newer, more_older = before is not None, len(found) > size
        rows = found[:size]
    total = queryset.order_by().values("pk")[: COUNT_LIMIT + 1].count()
    return KeysetPage(
        rows=rows,
        total=total,
        newer_url=_url(request, after=rows[0].pk) if rows and more_newer else "",
        older_url=_url(request, before=rows[-1].pk) if rows and more_older else "",
    )


def _key(request: HttpRequest, name: str) -> int | None:
    value = request.GET.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) <= 18 else None


def _url(request: HttpRequest, **key: int) -> str:
    params = request.GET.copy()
    for name in ("before", "after"):
        params.pop(name, None)
    for name, value in key.items():
        params[name] = str(value)
    return f"?{params.urlencode()}"
