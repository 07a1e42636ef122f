"""Deadlines over the holidays of 2026, over year ends and through years without data; and that
words, lists and counts agree to the day.
"""

from __future__ import annotations

import datetime as dt

import pytest

from departments import calendar
from leads import due
from leads.deadlines.kinds import Basis, DeadlineKind, Rule
from leads.deadlines.rules import Rules, kind_of
from leads.models import Assignment, Lead

WORKING, CALENDAR = Basis.WORKING, Basis.CALENDAR
NO_2027 = "2027年节假日数据尚未录入，工作日按周一至周五推算，请以通知为准"


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text if len(text) == 10 else f"2026-{text}")


@pytest.fixture
def year_2026(db) -> None:
    calendar.seed(2026)


@pytest.mark.parametrize(
    ("basis", "days", "first", "last", "note"),
    [
        (CALENDAR, 15, "11-24", "12-09", ""),
        (CALENDAR, 7, "02-13", "02-20", ""),  # calendar days run on through the holiday
        (CALENDAR, 15, "12-25", "2027-01-09", ""),  # and need no calendar in the next year
        (WORKING, 1, "11-24", "11-25", ""),
        (WORKING, 3, "11-27", "12-02", ""),  # a Friday
        (WORKING, 1, "11-28", "11-30", ""),  # a Saturday: the next Monday is the first
        (WORKING, 1, "02-13", "02-14", ""),  # 春节: the Saturday before it is worked
        (WORKING, 2, "02-13", "02-24", ""),
        (WORKING, 5, "02-13", "02-27", ""),
        (WORKING, 6, "02-13", "02-28", ""),  # and the Saturday after it
        (WORKING, 7, "02-13", "03-02", ""),
        (WORKING, 1, "02-18", "02-24", ""),  # begun in the middle of it
        (WORKING, 1, "05-08", "05-09", ""),  # 劳动节's make-up Saturday
        (WORKING, 3, "09-30", "10-10", ""),  # 国庆 and its make-up Saturday
        (WORKING, 4, "09-30", "10-12", ""),
        (WORKING, 1, "12-30", "12-31", ""),
        (WORKING, 2, "12-30", "2027-01-01", NO_2027),  # a holiday, but nobody has said so
        (WORKING, 3, "12-30", "2027-01-04", NO_2027),
        (WORKING, 5, "2027-02-05", "2027-02-12", NO_2027),
    ],
)
def test_deadlines_of_2026_and_beyond(year_2026, basis, days, first, last, note):
    rules = Rules({DeadlineKind.ORDINARY: Rule(days, basis, 0)})
    found = rules.deadline(DeadlineKind.ORDINARY, day(first))
    assert (found.due_on, found.note) == (day(last), note)


@pytest.mark.parametrize(
    ("basis", "near", "due_on", "near_days"),
    [
        (CALENDAR, 3, "12-09", 3),
        (WORKING, 1, "12-09", 1),
        (WORKING, 1, "11-30", 3),  # a Monday: near from Friday on
        (WORKING, 1, "02-24", 10),  # the first working day after 春节: near before the holiday
        (WORKING, 2, "02-24", 11),
        (WORKING, 3, "10-10", 10),
        (WORKING, 0, "12-09", 0),
        (WORKING, 2, "2027-01-04", 4),
    ],
)
def test_the_warning_begins_so_many_days_before_in_the_same_basis(
    year_2026, basis, near, due_on, near_days
):
    rules = Rules({DeadlineKind.ORDINARY: Rule(30, basis, near)})
    assert rules.near_days(DeadlineKind.ORDINARY, day(due_on)) == near_days


def test_a_year_that_is_entered_later_is_no_longer_a_guess(year_2026):
    from departments.models import CalendarDay, CalendarYear

    rules = Rules({DeadlineKind.ORDINARY: Rule(2, WORKING, 0)})
    CalendarYear.objects.create(year=2027)
    CalendarDay.objects.create(day="2027-01-01", is_workday=False, name="元旦")
    found = rules.deadline(DeadlineKind.ORDINARY, day("12-30"))
    assert (found.due_on, found.note) == (day("2027-01-04"), "")


@pytest.mark.parametrize(
    ("is_major", "is_double", "unit_kind", "kind"),
    [
        (False, False, "police", "ordinary"),
        (True, False, "police", "major"),
        (False, True, "police", "to_police"),
        (True, True, "discipline", "to_discipline"),
        (True, True, "department", "major"),
        (False, False, "", "ordinary"),
    ],
)
def test_the_kind_of_a_deadline(is_major, is_double, unit_kind, kind):
    assert kind_of(is_major=is_major, is_double=is_double, unit_kind=unit_kind) == kind


@pytest.mark.parametrize(
    ("left", "near_days", "label", "tone"),
    [
        (4, 3, "正常，剩 4 天", "ok"),
        (3, 3, "临期，剩 3 天", "warn"),
        (1, 1, "临期，剩 1 天", "warn"),
        (2, 1, "正常，剩 2 天", "ok"),
        (0, 0, "临期，今日到期", "warn"),
        (-1, 3, "逾期 1 天", "late"),
        (-400, 3, "逾期 400 天", "late"),
    ],
)
def test_the_words(left, near_days, label, tone):
    today = day("11-24")
    due_on = today + dt.timedelta(days=left)
    found = due.standing(due_on, ended=False, near_days=near_days, day=today)
    assert (found.label, found.tone) == (label, tone)
    assert due.standing(due_on, ended=True, near_days=near_days, day=today) is None
    assert due.standing(None, ended=False, day=today) is None


def test_lists_and_words_agree_to_the_day(make_assigned, monkeypatch):
    """Every distance from the deadline, with every length of warning, asked on many days."""
    first = due.today()
    for number in range(9):
        lead = make_assigned(due_on=first + dt.timedelta(days=number))
        for rows in (Lead.objects.filter(pk=lead.pk), lead.assignments.all()):
            rows.update(near_days=number % 5)
    for number in range(-2, 12):
        today = first + dt.timedelta(days=number)
        monkeypatch.setattr(due, "today", lambda today=today: today)
        for model in (Lead, Assignment):
            said = {"overdue": set(), "near": set(), "normal": set()}
            for row in model.objects.all():
                said[row.due.code].add(row.pk)
            assert set(model.objects.overdue().values_list("pk", flat=True)) == said["overdue"]
            assert set(model.objects.near_due().values_list("pk", flat=True)) == said["near"]


def test_what_the_unit_has_reported_is_neither_near_nor_overdue(make_assigned, people):
    from tests.leads.test_services import report

    lead = make_assigned(due_on=due.today())
    task = lead.assignments.get()
    assert list(Assignment.objects.near_due()) == [task]
    from leads.services import sign

    sign(assignment=task, actor=people.police)
    report(task, people.police_leader)
    later = due.today() + dt.timedelta(days=9)
    assert list(Assignment.objects.near_due()) == list(Assignment.objects.overdue(later)) == []
    assert Assignment.objects.get().due is None
