"""Reminders of deadlines: exactly one per person, assignment and round."""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter

import pytest
from django.utils import timezone

from departments.models import Account
from departments.services import grant
from leads import due, services
from leads.deadlines.reminders import DEADLINES, WEEKS
from leads.models import Assignment
from messaging import reminders
from messaging import services as messaging
from messaging.models import Delivery, Message
from messaging.reminders import fire
from tests.leads.test_services import report
from tests.processes import fork, kill_after, wait

UNIT = {"liaison.pcs", "leader.pcs"}
OFFICE = {"office", "director"}


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr(messaging, "knock", lambda: None)


def at(days: int, hour: int = 9) -> dt.datetime:
    """So many days from today, at an hour of that day."""
    day = due.today() + dt.timedelta(days=days)
    return dt.datetime.combine(day, dt.time(hour), tzinfo=timezone.get_default_timezone())


@pytest.fixture
def task(make_assigned) -> Assignment:
    """Due in ten days, near from the seventh on."""
    lead = make_assigned(due_on=due.today() + dt.timedelta(days=10))
    return lead.assignments.get()


def told() -> Counter[str]:
    rows = Message.objects.filter(kind="deadline")
    return Counter(rows.values_list("recipient__username", flat=True))


def rounds() -> list[str]:
    rows = Message.objects.filter(kind="deadline").order_by("pk")
    return list(dict.fromkeys(turn.split(":")[0] for turn in rows.values_list("round", flat=True)))


@pytest.mark.parametrize(
    ("days", "code", "names"),
    [
        (6, None, set()),
        (7, "near", {"liaison.pcs"}),
        (9, "near", {"liaison.pcs"}),
        (10, "today", {"liaison.pcs"}),
        (11, "overdue", UNIT | {"director"}),
        (17, "overdue", UNIT | {"director"}),
        (18, "week1", UNIT | OFFICE),
        (24, "week1", UNIT | OFFICE),
        (25, "week2", UNIT | OFFICE),
        (11 + 7 * WEEKS, f"week{WEEKS}", UNIT | OFFICE),
        (17 + 7 * WEEKS, f"week{WEEKS}", UNIT | OFFICE),
        (18 + 7 * WEEKS, None, set()),
    ],
)
def test_who_is_told_when(people, task, days, code, names):
    assert fire(DEADLINES, at(days)) == len(names)
    assert fire(DEADLINES, at(days, 23)) == 0
    assert told() == dict.fromkeys(names, 1)
    if code:
        assert set(Message.objects.filter(kind="deadline").values_list("round", flat=True)) == {
            f"{code}:{task.due_on}"
        }


def test_nobody_is_told_before_the_hour(people, task, settings):
    assert fire(DEADLINES, at(8, 8)) == 0
    settings.PORTAL_REMIND_HOUR = 8
    assert fire(DEADLINES, at(8, 8)) == 1


def test_each_round_once_over_two_months(people, task):
    for days in [*range(6, 13), *range(13, 60, 5)]:
        fire(DEADLINES, at(days))
    weeks = [f"week{week}" for week in range(1, 7)]
    assert rounds() == ["near", "today", "overdue", *weeks]
    assert told() == {"liaison.pcs": 9, "leader.pcs": 7, "director": 7, "office": 6}


def test_what_it_says(people, task):
    fire(DEADLINES, at(11))
    number, until = task.lead.number, f"{task.due_on.month}月{task.due_on.day}日"
    message = Message.objects.get(kind="deadline", recipient=people.police)
    assert message.title == f"线索办理期限：逾期 1 天（{number}）"
    assert message.body == (
        f"线索 {number} 的办理期限为{until}，逾期 1 天。"
        "请抓紧核查反馈；不能按期办结的，请说明情况。"
    )
    assert message.url == f"/leads/{number}/"
    assert Message.objects.get(kind="deadline", recipient=people.director).body.endswith(
        "请督促承办单位办理。"
    )
    assert Delivery.objects.filter(message__kind="deadline").count() == 3


def test_it_stops_when_the_unit_has_reported_and_goes_on_when_it_came_back(people, task):
    fire(DEADLINES, at(8))
    services.sign(assignment=task, actor=people.police)
    report(task, people.police_leader)
    assert fire(DEADLINES, at(11)) == 0
    task.refresh_from_db()
    services.return_feedback(
        assignment=task, actor=people.office, note="补充", expected_version=task.version
    )
    assert fire(DEADLINES, at(8)) == 0, "of the same round"
    assert fire(DEADLINES, at(11)) == 3


def test_a_new_deadline_begins_new_rounds(people, task):
    fire(DEADLINES, at(8))
    later = task.due_on + dt.timedelta(days=5)
    Assignment.objects.filter(pk=task.pk).update(due_on=later)
    assert fire(DEADLINES, at(11)) == 0, "not near any more"
    assert fire(DEADLINES, at(12)) == 1
    assert rounds() == ["near"]
    assert told() == {"liaison.pcs": 2}


def test_a_round_that_nobody_sent_in_its_time_is_not_made_up_for(people, task):
    assert fire(DEADLINES, at(13)) == 3
    assert rounds() == ["overdue"]


def test_a_unit_without_a_liaison_has_its_leader_told(town, people, make_account, make_assigned):
    Account.objects.filter(pk=people.police.pk).update(is_active=False)
    make_assigned(due_on=due.today())
    fire(DEADLINES, at(0))
    assert told() == {"leader.pcs": 1}


def test_who_must_not_learn_of_the_lead_is_not_told(town, people, make_assigned):
    grant(account=people.police, unit=town.civil, role="liaison")
    grant(account=people.director, unit=town.civil, role="leader")
    make_assigned(due_on=due.today(), named_units=[town.civil])
    fire(DEADLINES, at(1))
    # With its only director barred, the office hears of it instead.
    assert told() == {"leader.pcs": 1, "office": 1}


def test_two_units_of_one_lead_are_two_reminders(town, people, make_assigned):
    make_assigned(town.police, town.civil, due_on=due.today())
    fire(DEADLINES, at(1))
    assert told() == {"liaison.pcs": 1, "leader.pcs": 1, "liaison.mzb": 1, "director": 2}


def test_the_cost_does_not_grow_with_the_assignments(
    people, make_assigned, django_assert_max_num_queries
):
    for _ in range(6):
        make_assigned(due_on=due.today())
    with django_assert_max_num_queries(14):
        assert fire(DEADLINES, at(1)) == 18


def test_batches_are_bounded_and_nothing_is_left_out(people, make_assigned, monkeypatch):
    monkeypatch.setattr(reminders, "BATCH", 2)
    monkeypatch.setattr(reminders, "LISTED", 3)
    for _ in range(5):
        make_assigned(due_on=due.today())
    assert fire(DEADLINES, at(0)) == 5
    assert fire(DEADLINES, at(0)) == 0


@pytest.mark.django_db(transaction=True)
def test_many_at_once_remind_once(people, make_assigned, monkeypatch):
    monkeypatch.setattr(reminders, "BATCH", 2)
    for _ in range(4):
        make_assigned(due_on=due.today())
    children = [fork(lambda: fire(DEADLINES, at(1))) for _ in range(5)]
    assert wait(*children) == [0] * 5
    assert told() == dict.fromkeys(UNIT | {"director"}, 4)
    assert Delivery.objects.filter(message__kind="deadline").count() == 12


@pytest.mark.django_db(transaction=True)
def test_kill_9_in_the_middle_twenty_times(people, make_assigned, monkeypatch):
    """Killed while letters go in: a batch is whole or not there; the next tick does the rest."""
    monkeypatch.setattr(reminders, "BATCH", 2)
    monkeypatch.setattr(messaging, "INSERTED_AT_ONCE", 1)
    for _ in range(6):
        make_assigned(due_on=due.today())
    insert = messaging._insert

    def slowly(*args) -> int:
        time.sleep(0.01)
        return insert(*args)

    with monkeypatch.context() as slow:
        slow.setattr(messaging, "_insert", slowly)
        codes = []
        for number in range(20):
            beside = fork(lambda: fire(DEADLINES, at(1))) if number % 5 == 4 else None
            codes.append(kill_after(fork(lambda: fire(DEADLINES, at(1))), 0.012 * (number % 8)))
            if beside:
                kill_after(beside, 0.01)
            assert set(told().values()) <= {0, 2, 4, 6}, "a batch is whole or not there"
    assert codes.count(-9) >= 10
    deadline = time.monotonic() + 60
    while sum(told().values()) < 18:
        fire(DEADLINES, at(1))
        assert time.monotonic() < deadline
    assert told() == dict.fromkeys(UNIT | {"director"}, 6)
    assert Delivery.objects.filter(message__kind="deadline").count() == 18
