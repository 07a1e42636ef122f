"""Weeks: their dates, their deadlines by the calendar, and how they open."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction

from departments import calendar
from departments.models import CalendarDay, Unit
from reporting.periods import services, week
from reporting.periods.models import ReportExpectation, ReportPeriod
from tests.processes import fork, wait

D = dt.date
SHANGHAI = dt.timezone(dt.timedelta(hours=8))


@pytest.mark.parametrize(
    ("day", "first"),
    [
        (D(2026, 11, 20), D(2026, 11, 14)),  # a Friday ends its week
        (D(2026, 11, 21), D(2026, 11, 21)),  # a Saturday begins one
        (D(2026, 11, 24), D(2026, 11, 21)),
        (D(2026, 11, 27), D(2026, 11, 21)),
        (D(2027, 1, 1), D(2026, 12, 26)),
        (D(2028, 2, 29), D(2028, 2, 26)),
    ],
)
def test_a_week_begins_on_saturday(day, first):
    assert week.starts_on(day) == first


@pytest.mark.parametrize(
    ("first", "label"),
    [
        (D(2026, 11, 21), "2026年第47周（11月21日—11月27日）"),
        (D(2026, 1, 3), "2026年第1周（1月3日—1月9日）"),
        (D(2026, 12, 26), "2026年第52周（12月26日—2027年1月1日）"),
        (D(2027, 1, 2), "2027年第1周（1月2日—1月8日）"),
        (D(2028, 1, 1), "2028年第1周（1月1日—1月7日）"),
        (D(2028, 12, 30), "2028年第53周（12月30日—2029年1月5日）"),
    ],
)
def test_a_week_is_named_by_its_number_and_days(first, label):
    assert week.label(first) == label


@pytest.mark.parametrize(
    ("first", "due_on", "basis", "guessed"),
    [
        (D(2026, 11, 21), D(2026, 11, 27), "friday", False),
        # Fridays off in 2026, each with the last working day before it.
        (D(2026, 2, 14), D(2026, 2, 14), "moved", False),  # Spring Festival, make-up Saturday
        (D(2026, 4, 25), D(2026, 4, 30), "moved", False),  # Labour Day
        (D(2026, 6, 13), D(2026, 6, 18), "moved", False),  # Dragon Boat
        (D(2026, 9, 19), D(2026, 9, 24), "moved", False),  # Mid-Autumn
        (D(2026, 9, 26), D(2026, 9, 30), "moved", False),  # National Day
        # Years without data count weekdays, and say so; a week that crosses into one, too.
        (D(2027, 10, 2), D(2027, 10, 8), "friday", True),
        (D(2026, 12, 26), D(2027, 1, 1), "friday", True),
    ],
)
def test_due_on_the_last_working_day(calendar_2026, first, due_on, basis, guessed):
    schedule = week.schedule(first)
    assert schedule.due_at == dt.datetime.combine(due_on, dt.time(12), tzinfo=SHANGHAI)
    assert schedule.remind_at == dt.datetime.combine(due_on, dt.time(9), tzinfo=SHANGHAI)
    assert (schedule.due_basis, schedule.calendar_guessed) == (basis, guessed)


def test_new_year_friday_off_moves_to_the_year_before(calendar_2026):
    calendar.seed(2025)
    schedule = week.schedule(D(2025, 12, 27))
    assert schedule.due_at.date() == D(2025, 12, 31)
    assert not schedule.calendar_guessed


def test_a_week_wholly_off_stays_on_friday_and_is_marked(calendar_2026):
    for offset in range(7):
        day = D(2026, 11, 21) + dt.timedelta(days=offset)
        CalendarDay.objects.update_or_create(day=day, defaults={"is_workday": False})
    schedule = week.schedule(D(2026, 11, 21))
    assert schedule.due_at.date() == D(2026, 11, 27)
    assert schedule.due_basis == "week_off"


def test_hours_are_settings(calendar_2026, settings):
    settings.PORTAL_REPORT_DUE_HOUR, settings.PORTAL_REMIND_HOUR = 17, 8
    schedule = week.schedule(D(2026, 11, 21))
    assert (schedule.due_at.hour, schedule.remind_at.hour) == (17, 8)


def test_open_periods_opens_one_week_per_town_and_expects_its_units(town, other_town):
    friday_night = dt.datetime(2026, 11, 27, 23, 59, tzinfo=SHANGHAI)
    assert services.open_periods(friday_night) == 2
    assert services.open_periods(friday_night) == 0
    period = ReportPeriod.objects.get(jurisdiction=town.unit)
    assert (period.starts_on, period.ends_on) == (D(2026, 11, 21), D(2026, 11, 27))
    codes = period.expectations.order_by("unit__path").values_list("unit__code", flat=True)
    assert list(codes) == ["pcs", "jw", "mzb", "gts", "dong", "xi"]
    assert services.open_periods(friday_night + dt.timedelta(minutes=1)) == 2
    assert ReportPeriod.objects.filter(starts_on=D(2026, 11, 28)).count() == 2


def test_later_changes_of_units_leave_an_open_week_as_it_was(town):
    period, _ = services.open_period(jurisdiction=town.unit, day=D(2026, 11, 24))
    Unit.objects.filter(code="dong").update(reports_weekly=False)
    Unit.objects.filter(code="shb").update(reports_weekly=True)
    again, opened = services.open_period(jurisdiction=town.unit, day=D(2026, 11, 25))
    assert (again, opened) == (period, False)
    assert period.expectations.filter(unit__code="dong").exists()
    assert not period.expectations.filter(unit__code="shb").exists()


def test_a_town_without_reporting_units_has_no_week(town):
    Unit.objects.update(reports_weekly=False)
    assert services.open_periods() == 0


def test_weeks_close_when_their_grace_is_over(town):
    period, _ = services.open_period(jurisdiction=town.unit, day=D(2026, 11, 24))
    closing = dt.datetime(2026, 12, 12, tzinfo=SHANGHAI)
    assert services.close_periods(closing - dt.timedelta(seconds=1)) == 0
    assert services.close_periods(closing) == 1
    period.refresh_from_db()
    assert period.closed_at == closing


def test_the_database_refuses_a_week_that_is_no_week(period):
    with pytest.raises(IntegrityError), transaction.atomic():
        ReportPeriod.objects.filter(pk=period.pk).update(
            starts_on=period.starts_on + dt.timedelta(days=1),
            ends_on=period.ends_on + dt.timedelta(days=1),
        )


def test_due_note_says_what_is_unusual(period):
    period.due_basis, period.calendar_guessed = "friday", False
    assert period.due_note == ""
    period.due_basis, period.calendar_guessed = "moved", True
    assert period.due_note.startswith("周五放假")
    assert "节假日数据尚未录入" in period.due_note


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_open_one_week(town):
    now = dt.datetime(2026, 11, 24, 9, tzinfo=SHANGHAI)
    children = [fork(lambda: services.open_periods(now)) for _ in range(4)]
    assert wait(*children) == [0, 0, 0, 0]
    assert ReportPeriod.objects.count() == 1
    assert ReportExpectation.objects.count() == 6


def test_opening_costs_the_same_for_many_units(town, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        services.open_period(jurisdiction=town.unit, day=D(2026, 11, 24))


def test_the_runtime_role_is_in_force(town):
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone()[0] == "portal_app"
