"""Reminders: exactly one per unit, recipient and round."""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from departments.models import Account, Unit
from messaging import reminders
from messaging import services as messaging
from messaging.models import Delivery, Message
from reporting.periods.models import ReportPeriod
from reporting.reminders import services
from reporting.weekly import services as weekly
from reporting.weekly.models import WeeklyReport
from tests.processes import fork, kill_after, wait

#: Everyone who acts for one of the small town's reporting units.
EVERYONE = {
    "liaison.pcs",
    "leader.pcs",
    "liaison.jw",
    "liaison.mzb",
    "liaison.dong",
    "leader.dong",
    "liaison.xi",
}


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr(messaging, "knock", lambda: None)


@pytest.fixture
def morning(period) -> dt.datetime:
    return period.remind_at


def reminded() -> Counter:
    return Counter(
        Message.objects.filter(kind="weekly_reminder").values_list("recipient__username", flat=True)
    )


def test_everyone_who_owes_is_reminded_once_a_round(people, period, morning):
    assert services.remind_due(morning - dt.timedelta(seconds=1)) == 7
    assert services.remind_due(morning) == 7
    assert services.remind_due(morning + dt.timedelta(minutes=1)) == 0
    assert reminded() == dict.fromkeys(EVERYONE, 2)
    assert Delivery.objects.count() == 14
    assert set(Message.objects.values_list("round", flat=True)) == {"eve", "friday"}


def test_what_it_says(people, period, morning, draft):
    draft()
    services.remind_due(morning)
    message = Message.objects.get(recipient=people.east)
    due = timezone.localtime(period.due_at)
    assert message.title == "请按时报送周报：东村"
    assert message.body == (
        f"东村{period.label}周报目前为“草稿”，请于{due.month}月{due.day}日 12:00前经主要负责人"
        "签字报送。本周确无情况的，也须报送零报告。"
    )
    assert message.url == f"/reports/weeks/{period.pk}/dong/edit/"
    assert "“未报”" in Message.objects.get(recipient=people.west).body


def test_who_has_signed_is_left_alone_and_who_was_returned_is_not(people, morning, signed):
    report = signed()
    assert services.remind_due(morning) == 5
    assert set(reminded()) == EVERYONE - {"liaison.dong", "leader.dong"}
    weekly.give_back(
        actor=people.office, report=report, expected_version=report.version, note="补充"
    )
    assert services.remind_due(morning) == 2
    assert reminded() == dict.fromkeys(EVERYONE, 1)


def test_inactive_people_and_units_are_not_reminded(people, town, morning):
    Account.objects.filter(username="liaison.xi").update(is_active=False)
    Unit.objects.filter(pk=town.police.pk).update(is_active=False)
    assert services.remind_due(morning) == 4
    assert set(reminded()) == EVERYONE - {"liaison.xi", "liaison.pcs", "leader.pcs"}


def test_one_person_at_two_units_hears_of_both(people, town, morning):
    from departments.services import grant

    grant(account=people.east, unit=town.west, role="liaison")
    grant(account=people.east, unit=town.east, role="leader")
    assert services.remind_due(morning) == 8
    assert reminded()["liaison.dong"] == 2


def test_nobody_is_reminded_of_a_closed_week(people, period, morning):
    ReportPeriod.objects.update(closed_at=timezone.now())
    assert services.remind_due(morning) == 0
    assert Message.objects.count() == 0


def test_a_round_that_a_late_worker_finds_is_still_sent_before_the_deadline(people, period):
    assert services.remind_due(period.due_at - dt.timedelta(seconds=1)) == 7


def test_a_batch_stands_or_falls_together(people, morning, monkeypatch):
    def fail(**values):
        messaging.send_letters(**values)
        raise RuntimeError

    with monkeypatch.context() as failing:
        failing.setattr(reminders, "send_letters", fail)
        with pytest.raises(RuntimeError):
            services.remind_due(morning)
    assert Message.objects.count() == 0
    assert services.remind_due(morning) == 7


def test_the_cost_does_not_grow_with_the_units(
    people, period, morning, django_assert_max_num_queries
):
    with django_assert_max_num_queries(27):
        services.remind_due(morning)


def test_the_command_takes_a_time(people, period):
    out = StringIO()
    call_command("remind_weekly", now=period.remind_at.isoformat(), stdout=out)
    assert out.getvalue() == "新发 7 条催报消息\n"
    local = timezone.localtime(period.remind_at).replace(tzinfo=None)
    call_command("remind_weekly", now=local.isoformat(), stdout=out)
    assert out.getvalue().endswith("新发 0 条催报消息\n")
    for wrong in ("yesterday", "2026-13-01T09:00"):
        with pytest.raises(CommandError, match="ISO"):
            call_command("remind_weekly", now=wrong)


@pytest.mark.django_db(transaction=True)
def test_many_at_once_remind_once(people, period, morning):
    children = [fork(lambda: services.remind_due(morning)) for _ in range(6)]
    assert wait(*children) == [0] * 6
    assert reminded() == dict.fromkeys(EVERYONE, 1)
    assert Delivery.objects.count() == 7


@pytest.mark.django_db(transaction=True)
def test_kill_9_in_the_middle_twenty_times(people, period, morning, monkeypatch):
    """Killed while letters go in, before the mark: each time all of it is undone, and done anew."""
    monkeypatch.setattr(messaging, "INSERTED_AT_ONCE", 1)
    insert = messaging._insert

    def slowly(*args) -> int:
        time.sleep(0.02)
        return insert(*args)

    with monkeypatch.context() as slow:
        slow.setattr(messaging, "_insert", slowly)
        codes = []
        for number in range(20):
            beside = fork(lambda: services.remind_due(morning)) if number % 5 == 4 else None
            codes.append(
                kill_after(fork(lambda: services.remind_due(morning)), 0.01 * (number % 12))
            )
            if beside:
                kill_after(beside, 0.01)
    assert codes.count(-9) >= 10
    deadline = time.monotonic() + 60
    while sum(reminded().values()) < 7:
        services.remind_due(morning)
        assert time.monotonic() < deadline
    assert reminded() == dict.fromkeys(EVERYONE, 1)
    assert Delivery.objects.count() == 7
    assert WeeklyReport.objects.count() == 0
