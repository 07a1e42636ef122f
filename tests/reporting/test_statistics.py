"""Tallies: counted as the lists count, again and again with the same result."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.utils import timezone

from leads.models import Lead, LeadEvent
from leads.services import decline
from leads.states import LeadState
from reporting.periods.models import ReportPeriod
from reporting.periods.services import open_period
from reporting.statistics import figures, services
from reporting.statistics.models import RollUp, Tally
from reporting.statistics.services import AT_LEAST_EVERY
from reporting.weekly import services as weekly
from tests.processes import fork, wait
from tests.reporting.conftest import content_of


def counts(measure: str, period) -> dict[str, int]:
    rows = Tally.objects.filter(period=period, measure=measure)
    return dict(rows.values_list("key", "count"))


def test_leads_by_state_domain_due_and_week(people, period, make_lead, make_assigned):
    today = timezone.localdate()
    make_lead()
    make_lead(domain=None)
    old = make_lead()
    Lead.objects.filter(pk=old.pk).update(registered_at=period.bounds[0] - dt.timedelta(seconds=1))
    gone = make_lead()
    decline(lead=gone, actor=people.office, expected_version=gone.version, note="不属于线索")
    for days in (0, 3, 4):
        make_assigned(due_on=today + dt.timedelta(days=days))
    late = make_assigned()
    Lead.objects.filter(pk=late.pk).update(due_on=today - dt.timedelta(days=1))
    services.roll_up(period)
    states = counts("lead_state", period)
    assert {key: count for key, count in states.items() if count} == {
        "registered": 3,
        "declined": 1,
        "assigned": 4,
    }
    assert len(states) == len(LeadState)
    assert counts("lead_domain", period) == {"market": 6, "land": 0, "null": 1}
    assert counts("lead_due", period) == {"overdue": 1, "near": 2}
    assert counts("lead_week", period) == {"registered": 7, "closed": 0, "open": 7}
    assert set(counts("lead_finding", period).values()) == {0}


def test_reports_by_status_with_the_missing_ones(people, period, town, signed):
    signed(content_of(is_zero=True))
    ReportPeriod.objects.update(due_at=timezone.now())
    services.roll_up(period)
    assert counts("report_status", period)["late"] == 0
    ReportPeriod.objects.update(due_at=period.bounds[0])
    services.roll_up(period)
    assert counts("report_status", period) == {
        "missing": 5,
        "exempt": 0,
        "draft": 0,
        "awaiting_signature": 0,
        "returned": 0,
        "signed": 1,
        "received": 0,
        "total": 6,
        "zero": 1,
        "late": 1,
    }


def test_another_towns_leads_do_not_count(period, other_town, far_people, make_lead):
    make_lead(actor=far_people.office, place=other_town.east)
    services.roll_up(period)
    assert counts("lead_week", period) == {"registered": 0, "closed": 0, "open": 0}


def test_counting_again_replaces_and_drops_what_no_longer_is(period, make_lead):
    make_lead()
    services.roll_up(period)
    before = Tally.objects.count()
    Tally.objects.create(
        jurisdiction=period.jurisdiction,
        period=period,
        measure="lead_domain",
        key="gone",
        count=3,
        as_of=timezone.now(),
    )
    make_lead()
    services.roll_up(period)
    assert Tally.objects.count() == before
    assert counts("lead_state", period)["registered"] == 2
    assert Tally.objects.values("as_of").distinct().count() == 1


def test_every_open_week_is_counted_and_closed_ones_stay(period, last_period, make_lead):
    last_period.closed_at = timezone.now()
    last_period.save()
    assert services.roll_up_open() == 1
    assert set(Tally.objects.values_list("period", flat=True)) == {period.pk}


def test_only_what_has_moved_is_counted_again(
    people, town, period, last_period, make_lead, draft, django_assert_max_num_queries
):
    """And what has not stands as of now all the same."""
    lead = make_lead()
    assert services.roll_up_open() == 2
    counted = dict(RollUp.objects.values_list("period", "counted_at"))

    def counted_again() -> set[int]:
        services.roll_up_open()
        nonlocal counted
        before, counted = counted, dict(RollUp.objects.values_list("period", "counted_at"))
        return {key for key in counted if counted[key] != before[key]}

    with django_assert_max_num_queries(12):  # five a week, which there are, and what was counted
        assert counted_again() == set()
    stands = RollUp.objects.get(period=period)
    assert stands.as_of > stands.counted_at
    assert figures.counted(people.office, period)[1] == stands.as_of
    # What a unit does is of one week, what becomes of a lead is of all that are open.
    report = draft()
    assert counted_again() == {period.pk}
    weekly.submit(actor=people.east, report=report, expected_version=report.version)
    assert counted_again() == {period.pk}
    assert counts("report_status", period)["awaiting_signature"] == 1
    decline(lead=lead, actor=people.office, expected_version=lead.version, note="不属于线索")
    assert counted_again() == {period.pk, last_period.pk}
    assert counts("lead_state", period)["declined"] == 1
    late = timezone.now() - dt.timedelta(days=1)
    ReportPeriod.objects.filter(pk=last_period.pk).update(due_at=late)
    assert counted_again() == {last_period.pk}
    RollUp.objects.filter(period=period).update(counted_at=timezone.now() - AT_LEAST_EVERY)
    assert period.pk in counted_again()
    assert counted_again() == set()


@pytest.mark.django_db(transaction=True)
def test_a_lead_that_is_committed_late_is_not_overlooked(period, make_lead):
    """Its event has a lower key than one that was there when the week was counted."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('leads_leadevent', 'id'))")
        key = cursor.fetchone()[0]
    make_lead()
    assert services.roll_up_open() == 1
    late = LeadEvent.objects.latest("pk")
    late.pk, late._state.adding = key, True
    late.save(force_insert=True)
    assert services.roll_up_open() == 1


@pytest.mark.django_db(transaction=True)
def test_two_at_once_are_kept_apart(period, make_lead):
    make_lead()
    children = [fork(lambda: services.roll_up(period)) for _ in range(4)]
    assert wait(*children) == [0, 0, 0, 0]
    assert Tally.objects.values("as_of").distinct().count() == 1
    assert counts("lead_state", period)["registered"] == 1


def test_a_count_is_a_bounded_number_of_queries(period, make_lead, django_assert_max_num_queries):
    for _ in range(5):
        make_lead()
    with django_assert_max_num_queries(22):  # of which a few for each who reads the figures
        services.roll_up(period)


def test_who_sees_the_figures(people, far_people, period):
    services.roll_up(period)
    for name in ("office", "director", "town_leader"):
        assert Tally.objects.visible_to(getattr(people, name)).exists(), name
    for person in (people.east, people.sysadmin, people.auditor, far_people.office):
        assert not Tally.objects.visible_to(person).exists(), person


def test_a_towns_rows_belong_to_its_week(town, other_town):
    day = dt.date(2026, 11, 24)
    far, _ = open_period(jurisdiction=other_town.unit, day=day)
    services.roll_up(far)
    assert set(Tally.objects.values_list("jurisdiction", flat=True)) == {other_town.unit.pk}
