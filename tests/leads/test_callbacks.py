"""Reporters who gave a name hear from the office in time; the office is reminded of it, once."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from importlib import import_module

import pytest
from django.db import connection
from django.utils import timezone

from departments.services import grant
from leads import due, services
from leads.callbacks.models import Callback
from leads.callbacks.reminders import CALLBACKS
from leads.corrections.services import correct
from leads.deadlines.kinds import USUAL, Basis, DeadlineKind, Rule
from leads.deadlines.services import settle
from leads.deadlines.tasks import remind_deadlines
from leads.models import Lead
from leads.states import Attitude, ContactWay
from messaging import services as messaging
from messaging.models import Delivery, Message
from messaging.reminders import fire
from tests.leads.test_corrections import fields
from tests.owner import ignoring
from tests.processes import fork, wait


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr(messaging, "knock", lambda: None)


def at(days: int, hour: int = 9) -> dt.datetime:
    """So many days from today, at an hour of that day."""
    day = due.today() + dt.timedelta(days=days)
    return dt.datetime.combine(day, dt.time(hour), tzinfo=timezone.get_default_timezone())


def later(days: int) -> dt.date:
    return due.today() + dt.timedelta(days=days)


@pytest.fixture
def lead(make_lead):
    """Came in today: to be called back in thirty days, near from the twenty-fifth on."""
    return make_lead(reporter_kind="named")


def told() -> Counter[str]:
    rows = Message.objects.filter(kind="callback")
    return Counter(rows.values_list("recipient__username", flat=True))


def call(lead, actor, way=ContactWay.PHONE):
    lead.refresh_from_db()
    return services.follow_up(
        lead=lead,
        actor=actor,
        contacted_on=due.today(),
        way=way,
        attitude=Attitude.NOT_SAID,
        expected_version=lead.version,
    )


@pytest.mark.parametrize("kind", ["anonymous", "none"])
def test_nothing_is_owed_to_who_gave_no_name(make_lead, kind):
    make_lead(reporter_kind=kind)
    assert not Callback.objects.exists()


def test_it_counts_from_the_day_on_which_the_lead_came_in(make_lead):
    lead = make_lead(reporter_kind="named", received_on=later(-4))
    assert (lead.callback.due_on, lead.callback.near_days) == (later(26), 5)


def test_the_town_s_rule_counts_and_a_later_one_changes_nothing(people, town, make_lead, lead):
    rules = USUAL | {DeadlineKind.CONTACT: Rule(10, Basis.CALENDAR, 2)}
    settle(actor=people.director, town=town.unit.pk, rules=rules, versions=dict.fromkeys(rules, 0))
    lead.callback.refresh_from_db()
    assert lead.callback.due_on == later(30)
    other = make_lead(reporter_kind="named")
    assert (other.callback.due_on, other.callback.near_days) == (later(10), 2)


@pytest.mark.parametrize(
    ("days", "code", "names"),
    [
        (24, None, set()),
        (25, "near", {"office"}),
        (30, "near", {"office"}),
        (31, "overdue", {"office", "director"}),
        (36, "overdue", {"office", "director"}),
        (37, None, set()),
    ],
)
def test_who_is_told_when(people, lead, days, code, names):
    assert fire(CALLBACKS, at(days)) == len(names)
    assert fire(CALLBACKS, at(days, 23)) == 0
    assert told() == dict.fromkeys(names, 1)
    if code:
        turns = set(Message.objects.filter(kind="callback").values_list("round", flat=True))
        assert turns == {f"{code}:{lead.callback.due_on}"}


def test_once_near_and_once_overdue_over_two_months(people, lead):
    for days in range(20, 60):
        fire(CALLBACKS, at(days))
    assert told() == {"office": 2, "director": 1}


def test_nobody_is_told_before_the_hour(people, lead):
    assert fire(CALLBACKS, at(26, 8)) == 0


def test_what_it_says(people, lead):
    fire(CALLBACKS, at(31))
    until = lead.callback.due_on
    message = Message.objects.get(kind="callback", recipient=people.director)
    assert message.title == f"联系实名举报人：逾期 1 天（{lead.number}）"
    assert message.body == (
        f"线索 {lead.number} 为实名举报，应在{until.month}月{until.day}日以前联系举报人，"
        "逾期 1 天。联系后请在线索页面“记录回访”。"
    )
    assert message.url == f"/leads/{lead.number}/"
    assert Delivery.objects.filter(message__kind="callback").count() == 2


def test_a_follow_up_ticks_it_off(people, make_assigned):
    lead = make_assigned(reporter_kind="named")
    call(lead, people.office)
    assert Callback.objects.get().done_on == due.today()
    assert fire(CALLBACKS, at(26)) == 0
    assert fire(CALLBACKS, at(31)) == 0


def test_a_call_that_reached_nobody_does_not(people, make_assigned):
    lead = make_assigned(reporter_kind="named")
    call(lead, people.office, ContactWay.NOT_REACHED)
    assert Callback.objects.get().done_on is None
    assert fire(CALLBACKS, at(26)) == 1


def test_the_first_call_counts(people, make_assigned):
    lead = make_assigned(reporter_kind="named")
    call(lead, people.office)
    Callback.objects.update(done_on=later(-3))
    call(lead, people.office)
    assert Callback.objects.get().done_on == later(-3)


def test_an_early_end_does_not_settle_it(people, lead):
    services.decline(
        lead=lead, actor=people.office, note="不属于受理范围", expected_version=lead.version
    )
    assert fire(CALLBACKS, at(26)) == 1


def test_a_merged_lead_is_spoken_for_by_the_other(people, make_lead, lead):
    into = make_lead()
    services.merge(
        lead=lead,
        into=into,
        actor=people.office,
        note="同一事项",
        expected_version=lead.version,
    )
    assert fire(CALLBACKS, at(26)) == 0


def test_a_correction_sets_it_anew(people, make_lead):
    lead = make_lead(reporter_kind="anonymous")
    lead = correct(
        lead=lead,
        actor=people.office,
        expected_version=lead.version,
        **fields(lead, reporter_kind="named"),
    )
    assert lead.callback.due_on == later(30)
    lead = correct(
        lead=lead,
        actor=people.office,
        expected_version=lead.version,
        **fields(lead, received_on=later(-2)),
    )
    assert Callback.objects.get().due_on == later(28)
    correct(
        lead=lead,
        actor=people.office,
        expected_version=lead.version,
        **fields(lead, reporter_kind="anonymous"),
    )
    assert fire(CALLBACKS, at(26)) == 0


def test_who_must_keep_away_is_not_told(people, town, make_lead):
    grant(account=people.office, unit=town.civil, role="liaison")
    make_lead(reporter_kind="named", named_units=[town.civil], actor=people.director)
    fire(CALLBACKS, at(26))
    # With its only clerk barred, the rest of the office hears of it.
    assert told() == {"director": 1}


def test_the_minute_s_task_sends_it(people, lead, settings):
    settings.PORTAL_REMIND_HOUR = 0
    Callback.objects.update(due_on=later(2))
    remind_deadlines()
    assert told() == {"office": 1}


def test_the_cost_does_not_grow_with_the_leads(people, make_lead, django_assert_max_num_queries):
    for _ in range(6):
        make_lead(reporter_kind="named")
    with django_assert_max_num_queries(13):
        assert fire(CALLBACKS, at(31)) == 12


@pytest.mark.django_db(transaction=True)
def test_many_at_once_remind_once(people, make_lead):
    for _ in range(4):
        make_lead(reporter_kind="named")
    children = [fork(lambda: fire(CALLBACKS, at(31))) for _ in range(5)]
    assert wait(*children) == [0] * 5
    assert told() == {"office": 4, "director": 4}


def test_the_page_says_until_when_and_that_it_was_done(client_for, people, make_assigned):
    lead = make_assigned(reporter_kind="named")
    office = client_for(people.office)
    page = office.get(f"/leads/{lead.number}/").content.decode()
    assert f"应在 {later(30):%Y-%m-%d} 以前" in page
    call(lead, people.office)
    page = office.get(f"/leads/{lead.number}/").content.decode()
    assert f"已于 {due.today():%Y-%m-%d} 联系" in page


def test_leads_from_before_get_theirs(people, town, make_lead, make_assigned):
    """What the migration does: for open leads alone, by their town's rule; calls made count."""
    called = make_assigned(reporter_kind="named")
    call(called, people.office)
    missed = make_assigned(reporter_kind="named")
    call(missed, people.office, ContactWay.NOT_REACHED)
    ended = make_lead(reporter_kind="named")
    services.decline(
        lead=ended, actor=people.office, note="不属于受理范围", expected_version=ended.version
    )
    make_lead()
    with ignoring():
        Callback.objects.all().delete()
    rules = USUAL | {DeadlineKind.CONTACT: Rule(20, Basis.WORKING, 5)}
    settle(actor=people.director, town=town.unit.pk, rules=rules, versions=dict.fromkeys(rules, 0))
    with connection.cursor() as cursor:
        cursor.execute(import_module("leads.migrations.0014_callbacks").OPEN_LEADS)
    rows = Callback.objects.values_list("lead", "due_on", "near_days", "done_on").order_by("lead")
    assert list(rows) == [
        (called.pk, later(28), 7, due.today()),
        (missed.pk, later(28), 7, None),
    ]


@pytest.mark.parametrize(
    ("days", "tone", "words"),
    [(20, None, None), (3, "callout-warn", "临期，剩 3 天"), (-2, "callout-late", "逾期 2 天")],
)
def test_the_page_says_on_top_that_somebody_waits_to_be_called(
    lead, people, client_for, days, tone, words
):
    Lead.objects.filter(pk=lead.pk).update(state="accepted")
    Callback.objects.update(due_on=later(days))
    url = f"/leads/{lead.number}/"
    shown = client_for(people.office).get(url).content.decode()
    assert (tone is not None) is (f"联系实名举报人：{words}" in shown)
    if tone:
        assert tone in shown
        Callback.objects.update(done_on=due.today())
        assert f"联系实名举报人：{words}" not in client_for(people.office).get(url).content.decode()
