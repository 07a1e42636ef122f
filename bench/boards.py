"""The boards of who has reported: units by weeks, and one week of a very large town."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.db import connection

from bench import towns
from bench.figures import Figure, compare, in_database
from bench.pages import FRAME, page, queries_of
from bench.towns import Town

MOST_QUERIES = 25
#: Every cell of a town's board as plain rows.
CELLS = """
SELECT unit.name, period.starts_on, report.state, report.is_zero, report.signed_at > period.due_at
FROM reporting_reportexpectation owed
JOIN departments_unit unit ON unit.id = owed.unit_id
JOIN reporting_reportperiod period ON period.id = owed.period_id
LEFT JOIN reporting_weeklyreport report
  ON report.unit_id = owed.unit_id AND report.period_id = owed.period_id
WHERE period.jurisdiction_id = %s ORDER BY unit.path, period.starts_on
"""


def measure(rounds: int) -> Iterator[Figure]:
    """Five years of sixty units on one page; a page of the week of five thousand units."""
    few = towns.town("board10", 10, weeks=12)
    wide = towns.town("board60", 60, weeks=259)
    yield _queries("boards.weeks_queries", _weeks(few), _weeks(wide))
    yield compare("boards.weeks", _weeks(wide), _cells(wide), target=12, rounds=rounds)
    large = towns.town("board5000", 5_000, weeks=1)
    first = _week(large)
    yield _queries("boards.week_queries", _week(few), first)
    frame = page(large.office.username, FRAME)
    yield compare("boards.week", first, frame, target=8, rounds=rounds)
    for name, query in (("deep", _deep(large)), ("search", "&q=第49"), ("state", "&status=draft")):
        yield compare(
            f"boards.week_{name}",
            _week(large, query),
            first,
            target=2,
            rounds=rounds,
            clock=in_database,
        )


def _queries(name: str, small: Callable[[], None], large: Callable[[], None]) -> Figure:
    return Figure(
        name=name,
        value=queries_of(large),
        floor=queries_of(small),
        unit="queries",
        target=1,
        limit=MOST_QUERIES,
    )


def _weeks(town: Town) -> Callable[[], None]:
    """The board over all weeks that the town has."""
    periods = town.unit.report_periods.order_by("starts_on")
    since, until = periods.first().starts_on, periods.last().ends_on
    return page(town.office.username, f"/reports/matrix/?since={since}&until={until}")


def _cells(town: Town) -> Callable[[], None]:
    def read() -> None:
        with connection.cursor() as cursor:
            cursor.execute(CELLS, [town.unit.pk])
            cursor.fetchall()

    return read


def _week(town: Town, query: str = "") -> Callable[[], None]:
    """The board of the town's last closed week."""
    period = town.unit.report_periods.exclude(closed_at=None).latest("starts_on")
    return page(town.office.username, f"/reports/?period={period.pk}{query}")


def _deep(town: Town) -> str:
    """Where the last page but one of that board begins."""
    period = town.unit.report_periods.exclude(closed_at=None).latest("starts_on")
    row = period.expectations.select_related("unit").order_by("-unit__path")[150]
    return f"&before={row.unit.path}.{row.pk}"
