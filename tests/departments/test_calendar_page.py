"""The table of working days on its page: who changes it, and what that changes elsewhere."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from audit.machine import Conflict
from audit.models import AuditEntry
from audit.seen import mark_of
from departments import calendar
from departments.calendar import services
from departments.calendar.days import WorkingDays
from departments.models import CalendarDay, CalendarYear
from tests.processes import fork, wait

D = dt.date
URL = "/calendar/?year=2026"


@pytest.fixture
def seeded(db):
    calendar.seed(2026)


def make(actor, first="2026-11-26", last=None, kind="off", **given):
    first = D.fromisoformat(first)
    last = D.fromisoformat(last) if last else first
    return services.set_days(actor=actor, first=first, last=last, kind=kind, **given)


def posted(first="2026-11-26", last="", kind="off", name="运动会", seen=None):
    seen = mark_of(services.year_words(2026)) if seen is None else seen
    return {"first": first, "last": last, "kind": kind, "name": name, "seen": seen}


def test_everyone_sees_the_year_and_only_who_directs_every_town_changes_it(
    seeded, people, client_for
):
    for person in people.everyone():
        answer = client_for(person).get(URL)
        assert answer.status_code == 200
        assert answer.context["may_edit"] == (person == people.director), person
    page = client_for(people.office).get(URL).text
    assert "放假和调休" in page
    assert "只有同时担任各乡镇扫黑办主任的账号可以修改" in page


def test_the_director_of_one_of_two_towns_changes_nothing(seeded, people, far_people, client_for):
    assert client_for(people.director).post(URL, posted()).status_code == 403
    with pytest.raises(PermissionDenied):
        make(people.director)
    with pytest.raises(PermissionDenied):
        services.set_complete(actor=people.director, year=2027, is_complete=True)
    assert not CalendarDay.objects.filter(day=D(2026, 11, 26)).exists()


def test_a_day_is_made_off_on_record_and_plain_again(seeded, people, client_for):
    client = client_for(people.director)
    answer = client.post(URL, posted(), follow=True)
    assert "已修改 1 天。" in answer.text
    row = CalendarDay.objects.get(day=D(2026, 11, 26))
    assert (row.is_workday, row.name) == (False, "运动会")
    entry = AuditEntry.objects.filter(action="settings_changed").latest("pk")
    assert (entry.object_label, entry.reason) == ("2026年", "2026-11-26改为放假：运动会")
    make(people.director, kind="plain")
    assert not CalendarDay.objects.filter(day=D(2026, 11, 26)).exists()
    assert WorkingDays.between(D(2026, 11, 1), D(2026, 11, 30)).is_workday(D(2026, 11, 26))


def test_a_span_of_days_and_a_day_that_is_worked(seeded, people):
    assert make(people.director, "2026-12-21", "2026-12-25", name="停电").days == 5
    assert make(people.director, "2026-12-26", kind="on", name="补班").days == 1
    days = WorkingDays.between(D(2026, 12, 1), D(2026, 12, 31))
    worked = [one for one in range(18, 29) if days.is_workday(D(2026, 12, one))]
    assert worked == [18, 26, 28]


def test_the_same_again_changes_nothing_whatever_was_seen(seeded, people, client_for):
    client, given = client_for(people.director), posted()
    client.post(URL, given)
    again = client.post(URL, given, follow=True)
    assert "没有改动。" in again.text
    assert AuditEntry.objects.filter(action="settings_changed").count() == 1


def test_the_slower_of_two_is_told_and_keeps_what_he_typed(seeded, people, client_for):
    given = posted("2026-11-27")
    make(people.director, "2026-11-26", name="运动会")
    answer = client_for(people.director).post(URL, given)
    assert "刚刚在别处被修改过" in answer.text
    assert 'value="2026-11-27"' in answer.text
    assert not CalendarDay.objects.filter(day=D(2026, 11, 27)).exists()
    with pytest.raises(Conflict):
        make(people.director, "2026-11-27", seen=given["seen"])
    sent = {**given, "seen": answer.context["form"].data["seen"]}
    assert "已修改 1 天。" in client_for(people.director).post(URL, sent, follow=True).text


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("2026-11-26", "2026-11-25", "结束日不能早于开始日"),
        ("2026-12-31", "2027-01-03", "分两次填写"),
        ("2026-10-01", "2026-11-01", "一次最多 31 天"),
    ],
)
def test_spans_that_are_refused(seeded, people, client_for, first, last, words):
    with pytest.raises(ValidationError, match=words):
        make(people.director, first, last)
    assert words in client_for(people.director).post(URL, posted(first, last)).text


def test_a_year_without_data_says_so_until_it_is_called_complete(seeded, people, client_for):
    client = client_for(people.director)
    said = "2027年节假日数据尚未录入"
    assert said not in client.get(URL).text
    assert said in client.get("/calendar/?year=2027").text
    # One day entered is not a year entered.
    make(people.director, "2027-01-01", name="元旦")
    assert said in client.get("/calendar/?year=2027").text
    assert calendar.years_without_data([2026, 2027]) == {2027}
    client.post("/calendar/complete/", {"year": 2027, "is_complete": "1"})
    client.post("/calendar/complete/", {"year": 2027, "is_complete": "1"})
    assert said not in client.get("/calendar/?year=2027").text
    assert AuditEntry.objects.filter(reason="确认节假日已录全").count() == 1
    client.post("/calendar/complete/", {"year": 2027})
    assert calendar.years_without_data([2026, 2027]) == {2027}


def test_a_year_that_the_seed_knows_is_filled_from_it(people):
    make(people.director, "2026-10-10", kind="off", name="本镇放假")
    change = services.set_complete(actor=people.director, year=2026, is_complete=True)
    assert change.days == 24
    assert CalendarDay.objects.get(day=D(2026, 10, 10)).name == "本镇放假"
    assert CalendarYear.objects.filter(year=2026).exists()


def test_what_follows_a_change_is_shown(seeded, people, client_for, monkeypatch):
    told = []

    def react(actor, first, last):
        told.append((actor, first, last))
        return [f"第{number}周改期" for number in range(7)]

    monkeypatch.setattr(services, "_followers", [react])
    answer = client_for(people.director).post(URL, posted(last="2026-11-27"), follow=True)
    assert told == [(people.director, D(2026, 11, 26), D(2026, 11, 27))]
    assert "第4周改期" in answer.text
    assert "另有 2 项调整。" in answer.text


@pytest.mark.parametrize("query", ["year=x", "year=1", "year=²026", "day=2026-02-30", "day=9999"])
def test_nonsense_in_the_address_is_the_current_year(seeded, people, client_for, query):
    answer = client_for(people.office).get(f"/calendar/?{query}")
    assert answer.context["year"] == dt.date.today().year


def test_a_day_that_is_clicked_on_fills_the_form(seeded, people, client_for):
    answer = client_for(people.director).get("/calendar/?day=2026-10-10")
    assert answer.context["form"].initial["kind"] == "on"
    assert answer.context["form"].initial["name"] == "调休上班"


def test_the_year_costs_few_queries(seeded, people, client_for, django_assert_max_num_queries):
    client = client_for(people.director)
    with django_assert_max_num_queries(14):
        client.get(URL)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_are_one_change(people):
    calendar.seed(2026)
    seen = mark_of(services.year_words(2026))

    def change():
        make(people.director, name="运动会", seen=seen)

    assert wait(fork(change), fork(change)) == [0, 0]
    assert AuditEntry.objects.filter(action="settings_changed").count() == 1
