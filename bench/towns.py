"""Towns of any size beside the demo's: units, their people, and weeks with their reports."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone

from bench.ledger import as_owner
from departments.models import Account, Membership, Unit, UnitKind
from departments.roles import Role
from departments.services import add_unit
from reporting.periods.models import ReportExpectation, ReportPeriod
from reporting.periods.services import open_period
from reporting.weekly.models import WeeklyReport

AT_ONCE = 2_000
#: Weeks of before: closed, each unit owing a report in each.
WEEKS = """
WITH week AS (
    INSERT INTO reporting_reportperiod
        (jurisdiction_id, starts_on, ends_on, due_at, remind_at, closes_at, closed_at, usual_on,
         due_basis, scope, calendar_guessed)
    SELECT %(town)s, day, day + 6, day + 6 + time '12:00', day + 6 + time '09:00',
           day + 21 + time '00:00', day + 21 + time '00:00', day + 6, 'usual', 'week', false
    FROM (
        SELECT %(first)s::date - 7 * number AS day FROM generate_series(1, %(weeks)s) AS number
    ) AS days
    RETURNING id
)
INSERT INTO reporting_reportexpectation (period_id, unit_id)
SELECT week.id, unit.id FROM week
JOIN departments_unit unit ON unit.jurisdiction_id = %(town)s AND unit.reports_weekly
"""
#: How the reports of a closed week stand, in turn; None is a unit without a report.
STANDINGS = (*["received"] * 3, *["signed"] * 2, "returned", "draft", None)
FIGURES = {"major": 0, "events": 1, "leaflets": 50}
TEXTS = {"progress": "走访商户，发动群众。"}


@dataclass(frozen=True)
class Town:
    """A town of the bench, and who works in its office."""

    unit: Unit
    office: Account

    def free_week(self) -> ReportPeriod:
        """A week on which nobody has reported: the newest, or one after it."""
        newest = self.unit.report_periods.latest("starts_on")
        if not newest.reports.exists():
            return newest
        after = newest.ends_on + dt.timedelta(days=1)
        return open_period(jurisdiction=self.unit, day=after)[0]


def town(code: str, units: int, *, weeks: int, liaisons: int = 0) -> Town:
    """The town of that code with so many villages, made where it is missing.

    The current week is open, so many are closed: their reports stand in every way, the same in
    every run. With `liaisons`, each village has so many and a leader: `liaison1.CODE-2`, …,
    `leader.CODE-2`.
    """
    found = Unit.objects.filter(code=code).first()
    if found is None:
        found = _make(code, units, liaisons)
        _report(found, weeks)
    return Town(found, Account.objects.get(username=f"office.{code}"))


def people(town: Town, role: Role) -> Iterator[tuple[Unit, Account]]:
    """Everybody who holds `role` in the town, beside their unit, in the order of the units."""
    held = Membership.objects.filter(unit__jurisdiction=town.unit, role=role)
    for row in held.select_related("unit", "account").order_by("unit__path", "pk"):
        yield row.unit, row.account


def _make(code: str, units: int, liaisons: int) -> Unit:
    made = add_unit(parent=None, code=code, name=f"{code}镇", kind=UnitKind.TOWN)
    office = add_unit(parent=made, code=f"{code}-office", name="扫黑办", kind=UnitKind.OFFICE)
    villages = Unit.objects.bulk_create(
        (
            Unit(
                path=Unit._get_path(made.path, made.depth + 1, number),
                depth=made.depth + 1,
                code=f"{code}-{number}",
                name=f"第{number}村",
                kind=UnitKind.VILLAGE,
                jurisdiction=made,
                reports_weekly=True,
            )
            for number in range(2, units + 2)
        ),
        batch_size=AT_ONCE,
    )
    Unit.objects.filter(pk=made.pk).update(numchild=units + 1)
    wanted = [(f"office.{code}", office, Role.OFFICE)]
    for village in villages if liaisons else ():
        wanted.append((f"leader.{village.code}", village, Role.LEADER))
        wanted += [
            (f"liaison{number}.{village.code}", village, Role.LIAISON)
            for number in range(1, liaisons + 1)
        ]
    _appoint(wanted)
    _analyze("departments_unit", "departments_account", "departments_membership")
    return made


def _report(town: Unit, weeks: int) -> None:
    current, _ = open_period(jurisdiction=town, day=timezone.localdate())
    with connection.cursor() as cursor:
        cursor.execute(WEEKS, {"town": town.pk, "first": current.starts_on, "weeks": weeks})
    WeeklyReport.objects.bulk_create(_reports(town), batch_size=AT_ONCE)
    _analyze("reporting_reportperiod", "reporting_reportexpectation", "reporting_weeklyreport")


def _reports(town: Unit) -> Iterator[WeeklyReport]:
    """Those of the closed weeks, as `STANDINGS` has them."""
    writer = Account.objects.earliest("pk")
    owed = ReportExpectation.objects.filter(period__jurisdiction=town, period__closed_at__lt=Now())
    for row in owed.select_related("period"):
        state = STANDINGS[(row.unit_id + row.period_id) % len(STANDINGS)]
        if state is None:
            continue
        is_signed = state in ("signed", "received")
        signed_at = row.period.due_at if is_signed else None
        yield WeeklyReport(
            period_id=row.period_id,
            unit_id=row.unit_id,
            state=state,
            form_version=1,
            figures=FIGURES,
            texts=TEXTS,
            drafted_by=writer,
            signed_by=writer if is_signed else None,
            signed_at=signed_at,
            filed_at=signed_at,
            signature="0" * 64 if is_signed else "",
        )


def _appoint(wanted: list[tuple[str, Unit, Role]]) -> None:
    accounts = Account.objects.bulk_create(
        (
            Account(
                username=username,
                full_name=f"{unit.name}{role.label}",
                email=f"{username}@example.invalid",
                password="!",  # noqa: S106  opens nothing
                must_change_password=False,
            )
            for username, unit, role in wanted
        ),
        batch_size=AT_ONCE,
    )
    Membership.objects.bulk_create(
        (
            Membership(account=account, unit=unit, role=role)
            for account, (_, unit, role) in zip(accounts, wanted, strict=True)
        ),
        batch_size=AT_ONCE,
    )


def _analyze(*tables: str) -> None:
    """What autovacuum does to tables that have grown, at once."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(tables)}")
