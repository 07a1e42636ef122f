"""The week's tally: counting it, and writing it as a workbook."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from django.contrib.auth import get_user_model
from django.db import connection
from openpyxl import Workbook

from bench.figures import Figure, compare
from bench.pages import FRAME, page
from jobs import exports, workbook
from jobs.exports import Sheet
from reporting.periods.models import ReportPeriod
from reporting.statistics.services import roll_up


def measure(rounds: int) -> Iterator[Figure]:
    """Roll-up against one bare count; the board against the frame; the file against its cells."""
    office = get_user_model().objects.get(username="office")
    period = ReportPeriod.objects.visible_to(office).latest("starts_on")
    yield compare(
        "weekly.roll_up", lambda: roll_up(period), bare_counts(period), target=8, rounds=rounds
    )
    board = page("office", "/reports/")
    yield compare("weekly.board", board, page("office", FRAME), target=6, rounds=rounds)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tally.xlsx"
        yield compare(
            "weekly.tally",
            tally(period, path),
            bare_workbook(period, path),
            target=6,
            rounds=rounds,
        )


def bare_counts(period: ReportPeriod) -> Callable[[], None]:
    """One pass over the town's leads, grouped as the tally needs them."""

    def run() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT state, domain_id, finding, count(*) FROM leads_lead "
                "WHERE jurisdiction_id = %s GROUP BY 1, 2, 3",
                [period.jurisdiction_id],
            )
            cursor.fetchall()

    return run


def _sheet(period: ReportPeriod) -> Sheet:
    office = get_user_model().objects.get(username="office")
    return exports.find("weekly_tally").build(office, {"period": period.pk})


def tally(period: ReportPeriod, path: Path) -> Callable[[], None]:
    def run() -> None:
        with path.open("wb") as file:
            workbook.write(_sheet(period), file, mark="导出人：测速")

    return run


def bare_workbook(period: ReportPeriod, path: Path) -> Callable[[], None]:
    """The same values without a layout, already in memory."""
    rows = list(_sheet(period).rows)

    def run() -> None:
        book = Workbook(write_only=True)
        page = book.create_sheet()
        for row in rows:
            # As text: the library refuses moments with a time zone.
            page.append([value if isinstance(value, int) else str(value) for value in row])
        book.save(path)

    return run
