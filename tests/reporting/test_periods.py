"""Weeks: their dates, their deadlines by the calendar, and how they open."""

import datetime as dt

import pytest
from django.db import IntegrityError, InternalError, connection, transaction
from django.utils import timezone

from departments import calendar
from departments.calendar.services import set_complete, set_days
from departments.models import CalendarDay, Unit
from reporting.periods import services, week
from reporting.periods.models import ReportExpectation, ReportPeriod
from reporting.periods.rules import Rule, Weekday
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


def off(first: dt.date, days: int) -> None:
    for offset in range(days):
        day = first + dt.timedelta(days=offset)
        CalendarDay.objects.update_or_create(day=day, defaults={"is_workday": False})


@pytest.mark.parametrize(
    ("days_off", "ends_on", "basis"),
    [
        (6, D(2026, 11, 27), "friday"),
        (7, D(2026, 12, 4), "friday"),
        (13, D(2026, 12, 4), "friday"),  # one worked day is enough to report on
        (14, D(2026, 12, 11), "friday"),
        # More than two weeks are no holiday: somebody has to look at the table.
        (28, D(2026, 12, 11), "week_off"),
    ],
)
def test_weeks_wholly_off_are_one_with_the_next(calendar_2026, days_off, ends_on, basis):
    off(D(2026, 11, 21), days_off)
    schedule = week.schedule(D(2026, 11, 21))
    assert (schedule.ends_on, schedule.due_at.date()) == (ends_on, ends_on)
    assert schedule.due_basis == basis


def test_a_merged_week_with_its_friday_off_is_due_before_it(calendar_2026):
    off(D(2026, 11, 21), 7)
    off(D(2026, 12, 4), 1)
    schedule = week.schedule(D(2026, 11, 21))
    assert (schedule.due_at.date(), schedule.due_basis) == (D(2026, 12, 3), "moved")


@pytest.mark.parametrize(
    ("weekday", "due_on", "basis"),
    [
        (Weekday.WEDNESDAY, D(2026, 9, 30), "friday"),  # of the week of National Day
        (Weekday.THURSDAY, D(2026, 9, 30), "moved"),
        (Weekday.SATURDAY, D(2026, 9, 28), "later"),  # nothing worked before it in its week
    ],
)
def test_another_day_moves_the_same_way(calendar_2026, weekday, due_on, basis):
    rule = Rule(weekday=weekday, due_time=dt.time(17, 30), grace_days=3)
    schedule = week.schedule(D(2026, 9, 26), rule)
    assert schedule.due_at == dt.datetime.combine(due_on, dt.time(17, 30), tzinfo=SHANGHAI)
    assert schedule.due_basis == basis
    assert schedule.closes_at == dt.datetime(2026, 10, 6, tzinfo=SHANGHAI)


def test_a_week_merged_with_the_next_opens_once(town, calendar_2026):
    off(D(2026, 11, 21), 7)
    monday = dt.datetime(2026, 11, 23, 9, tzinfo=SHANGHAI)
    assert services.open_periods(monday) == 1
    assert services.open_periods(monday + dt.timedelta(days=8)) == 0
    period = ReportPeriod.objects.get()
    assert (period.starts_on, period.ends_on) == (D(2026, 11, 21), D(2026, 12, 4))
    assert period.label == "2026年第47—48周（11月21日—12月4日）"
    assert period.due_note == "前一周全部放假，并入本周期一次报送"
    assert services.open_periods(monday + dt.timedelta(days=14)) == 1


def test_a_week_off_is_merged_also_when_nobody_opened_it(town, calendar_2026):
    off(D(2026, 11, 21), 7)
    period, _ = services.open_period(jurisdiction=town.unit, day=D(2026, 12, 1))
    assert (period.starts_on, period.ends_on) == (D(2026, 11, 21), D(2026, 12, 4))


def test_a_week_off_that_was_opened_before_stays_alone(town, calendar_2026):
    services.open_period(jurisdiction=town.unit, day=D(2026, 11, 24))
    off(D(2026, 11, 21), 7)
    period, _ = services.open_period(jurisdiction=town.unit, day=D(2026, 12, 1))
    assert (period.starts_on, period.ends_on) == (D(2026, 11, 28), D(2026, 12, 4))


def test_the_database_refuses_weeks_that_overlap(town, other_town, calendar_2026):
    period, _ = services.open_period(jurisdiction=town.unit, day=D(2026, 11, 24))
    services.open_period(jurisdiction=other_town.unit, day=D(2026, 11, 24))
    period.pk, period.starts_on, period.ends_on = None, D(2026, 11, 14), D(2026, 11, 27)
    with pytest.raises(IntegrityError, match="periods_do_not_overlap"), transaction.atomic():
        period.save()


def test_only_the_day_of_the_cut_off_may_be_what_is_reported_on(town, calendar_2026):
    period, _ = services.open_period(jurisdiction=town.unit, day=D(2026, 11, 24))
    period.scope = "day"
    first = dt.datetime(2026, 11, 27, tzinfo=SHANGHAI)
    assert period.bounds == (first, first + dt.timedelta(days=1))


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
    period.usual_on = period.ends_on
    period.due_at -= dt.timedelta(days=1)
    assert period.due_note.startswith("周五放假")


@pytest.mark.parametrize(
    ("first", "days", "said"),
    [
        (dt.date(2027, 1, 2), 6, "2027年节假日数据尚未录入，按周一至周五推算"),
        (dt.date(2026, 12, 26), 6, "2026年、2027年节假日数据尚未录全，按周一至周五推算"),
    ],
)
def test_the_years_that_are_not_entered_are_named(first, days, said):
    period = ReportPeriod(
        starts_on=first,
        ends_on=first + dt.timedelta(days=days),
        due_basis="friday",
        calendar_guessed=True,
    )
    assert period.due_note.startswith(said)


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_open_one_week(town):
    now = dt.datetime(2026, 11, 24, 9, tzinfo=SHANGHAI)
    children = [fork(lambda: services.open_periods(now)) for _ in range(4)]
    assert wait(*children) == [0, 0, 0, 0]
    assert ReportPeriod.objects.count() == 1
    assert ReportExpectation.objects.count() == 6


def test_opening_costs_the_same_for_many_units(town, django_assert_max_num_queries):
    with django_assert_max_num_queries(18):
        services.open_period(jurisdiction=town.unit, day=D(2026, 11, 24))


def test_the_runtime_role_is_in_force(town):
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone()[0] == "portal_app"


# A change of the calendar


@pytest.fixture
def tuesday(monkeypatch):
    """The clock stands at Tuesday morning of the week of 21 November."""
    now = dt.datetime(2026, 11, 24, 9, tzinfo=SHANGHAI)
    monkeypatch.setattr("reporting.periods.services.timezone.now", lambda: now)
    return now


@pytest.fixture
def this_week(town, calendar_2026, tuesday):
    return services.open_period(jurisdiction=town.unit, day=D(2026, 11, 24))[0]


def set_off(actor, first, last=None, kind="off"):
    return set_days(actor=actor, first=first, last=last or first, kind=kind)


def test_a_day_off_moves_the_open_week_and_its_book_says_so(people, this_week):
    change = set_off(people.director, D(2026, 11, 27))
    this_week.refresh_from_db()
    assert this_week.due_at == dt.datetime(2026, 11, 26, 12, tzinfo=SHANGHAI)
    assert this_week.remind_at == dt.datetime(2026, 11, 26, 9, tzinfo=SHANGHAI)
    assert this_week.due_note == "周五放假，提前到此前最后一个工作日（11月26日）"
    words = "截止时间由11-27 12:00改为11-26 12:00"
    assert change.effects == [f"town镇2026年第47周：{words}（{this_week.due_note}）。"]
    event = this_week.events.get()
    assert (event.verb, event.actor, event.actor_name) == ("replanned", people.director, "主任乙")
    assert event.words == f"{words}（{this_week.due_note}）"
    set_off(people.director, D(2026, 11, 27), kind="plain")
    this_week.refresh_from_db()
    assert this_week.due_at == dt.datetime(2026, 11, 27, 12, tzinfo=SHANGHAI)
    assert this_week.due_note == ""


def test_a_change_that_moves_nothing_is_not_in_the_book(people, this_week):
    assert set_off(people.director, D(2026, 11, 25)).effects == []
    assert set_off(people.director, D(2026, 12, 4)).effects == []
    assert not this_week.events.exists()


def test_a_cut_off_is_never_moved_into_the_past(people, this_week, signed):
    report = signed()
    change = set_off(people.director, D(2026, 11, 24), D(2026, 11, 27))
    this_week.refresh_from_db()
    report.refresh_from_db()
    assert this_week.due_at == dt.datetime(2026, 11, 27, 12, tzinfo=SHANGHAI)
    assert not report.is_late
    assert [event.verb for event in this_week.events.all()] == ["kept"]
    assert change.effects == [
        "town镇2026年第47周：按新日历应于11-23 12:00截止，已经过去，仍按原时间截止。"
    ]


def test_a_week_that_was_due_stays_as_it_was(people, this_week):
    past = dt.datetime(2026, 11, 23, 12, tzinfo=SHANGHAI)
    ReportPeriod.objects.update(due_at=past)
    assert set_off(people.director, D(2026, 11, 27)).effects == []
    this_week.refresh_from_db()
    assert this_week.due_at == past


def test_an_open_week_made_wholly_off_runs_on_into_the_next(people, this_week, tuesday):
    set_off(people.director, D(2026, 11, 21), D(2026, 11, 27))
    this_week.refresh_from_db()
    assert (this_week.starts_on, this_week.ends_on) == (D(2026, 11, 21), D(2026, 12, 4))
    assert this_week.due_at == dt.datetime(2026, 12, 4, 12, tzinfo=SHANGHAI)
    assert services.open_periods(tuesday + dt.timedelta(days=7)) == 0
    # And back, as long as nobody was told to wait.
    set_off(people.director, D(2026, 11, 21), D(2026, 11, 27), kind="plain")
    this_week.refresh_from_db()
    assert (this_week.ends_on, this_week.due_at.day) == (D(2026, 11, 27), 27)


def test_a_week_cannot_run_on_into_one_that_is_open(people, town, this_week):
    services.open_period(jurisdiction=town.unit, day=D(2026, 12, 1))
    change = set_off(people.director, D(2026, 11, 21), D(2026, 11, 27))
    assert "仍分别报送" in change.effects[0]
    this_week.refresh_from_db()
    assert this_week.ends_on == D(2026, 11, 27)


def test_a_year_called_complete_takes_the_doubt_off_its_weeks(people, town, tuesday):
    period, _ = services.open_period(jurisdiction=town.unit, day=D(2026, 11, 24))
    assert period.calendar_guessed
    change = set_complete(actor=people.director, year=2026, is_complete=True)
    period.refresh_from_db()
    assert not period.calendar_guessed
    assert change.effects == ["town镇2026年第47周：截止时间仍为11-27 12:00。"]


def test_the_book_cannot_be_rewritten(people, this_week, as_owner):
    set_off(people.director, D(2026, 11, 27))
    with pytest.raises(InternalError, match="Cannot update or delete"), transaction.atomic():
        this_week.events.update(words="")


@pytest.mark.django_db(transaction=True)
def test_a_week_opened_while_the_calendar_changes_fits_what_it_becomes(town, people):
    calendar.seed(2026)
    day = timezone.localdate() + dt.timedelta(days=7)
    friday = week.starts_on(day) + week.LENGTH

    def change():
        set_days(actor=people.director, first=friday, last=friday, kind="off")

    def opening():
        services.open_period(jurisdiction=town.unit, day=day)

    for _ in range(3):
        assert wait(fork(change), fork(opening)) == [0, 0]
        period = ReportPeriod.objects.get()
        assert timezone.localdate(period.due_at) < friday or period.events.filter(verb="kept")
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE reporting_periodevent, reporting_reportperiod CASCADE")
        CalendarDay.objects.filter(day=friday).delete()
