"""签收 of several reports in one go: each is taken by itself, and its outcome told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied

from audit.machine import Conflict
from departments.models import Account
from departments.roles import OFFICE_ROLES
from reporting.periods.models import ReportPeriod
from reporting.weekly import services
from reporting.weekly.models import WeeklyReport

#: So many are taken at once, which is more than a page of the board lists.
MOST = 200
GONE = "没有找到这份周报，请刷新后再看。"


@dataclass(frozen=True)
class Outcome:
    """What became of one report: received, or why not."""

    unit: str
    is_received: bool
    words: str = ""


def receive_each(
    *, actor: Account, period: ReportPeriod, versions: Mapping[int, int]
) -> list[Outcome]:
    """Receive the week's reports of those keys, each in the version that the person saw.

    One that somebody else was faster with, or that the unit has changed since, is left as it is;
    the others are received all the same. PermissionDenied for who is not of the town's office.
    """
    if period.jurisdiction_id not in actor.jurisdictions_as(*OFFICE_ROLES):
        raise PermissionDenied
    reports = WeeklyReport.objects.visible_to(actor).filter(period=period, pk__in=versions)
    found = list(reports.select_related("unit", "period").order_by("unit__path"))
    outcomes = [_receive(actor, report, versions[report.pk]) for report in found]
    gone = len(versions) - len(found)
    return outcomes + [Outcome("", is_received=False, words=GONE)] * gone


def _receive(actor: Account, report: WeeklyReport, version: int) -> Outcome:
    try:
        services.receive(actor=actor, report=report, expected_version=version)
    except Conflict as conflict:
        return Outcome(report.unit.name, is_received=False, words=str(conflict))
    return Outcome(report.unit.name, is_received=True)
