"""One week of the small town, and reports in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.utils import timezone

from departments import calendar
from reporting.form_versions.default import DEFAULT
from reporting.periods.models import ReportPeriod
from reporting.periods.services import open_period
from reporting.weekly import services
from reporting.weekly.form import Content
from reporting.weekly.models import WeeklyReport


def content_of(
    *, is_zero: bool = False, progress: str = "走访商户，发动群众。", **given: int
) -> Content:
    """A complete report: zero but for what is given."""
    figures = {figure.code: 0 for figure in DEFAULT.figures} | given
    texts = {"progress": "" if is_zero else progress, "problems": "", "next_steps": "继续摸排。"}
    return Content(figures, texts, is_zero, dict.fromkeys(given, "另有口头移交。"))


@pytest.fixture
def calendar_2026(db: None) -> None:
    calendar.seed(2026)


@pytest.fixture
def period(town, calendar_2026) -> ReportPeriod:
    """The current week."""
    return open_period(jurisdiction=town.unit, day=timezone.localdate())[0]


@pytest.fixture
def last_period(town, calendar_2026) -> ReportPeriod:
    day = timezone.localdate() - dt.timedelta(days=7)
    return open_period(jurisdiction=town.unit, day=day)[0]


@pytest.fixture
def draft(town, people, period) -> Callable[..., WeeklyReport]:
    """The east village's report as its liaison saved it."""

    def make(content: Content | None = None, **given: int) -> WeeklyReport:
        return services.save(
            actor=people.east,
            period=period,
            unit=town.east,
            content=content or content_of(**given),
            expected_version=0,
        )

    return make


@pytest.fixture
def signed(draft, people) -> Callable[..., WeeklyReport]:
    """The same, signed by the village's head."""

    def make(content: Content | None = None, **given: int) -> WeeklyReport:
        report = draft(content, **given)
        return services.sign(
            actor=people.east_leader, report=report, expected_version=report.version
        )

    return make


@pytest.fixture
def received(signed, people) -> Callable[..., WeeklyReport]:
    """The east village's report, signed by its head and received by the office."""

    def make(**given: int) -> WeeklyReport:
        report = signed(**given)
        services.receive(actor=people.office, report=report, expected_version=report.version)
        return WeeklyReport.objects.select_related("period", "unit").get(pk=report.pk)

    return make
