"""Major leads: put before the director and the police at once, until somebody says they know."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.machine import Conflict
from departments.models import Account
from departments.services import grant
from leads import due, services
from leads.alerts.reminders import ALERTS, REPEATS
from leads.models import Alert, LeadEvent
from messaging import services as messaging
from messaging.models import Delivery, Message
from messaging.reminders import fire
from tests.leads.test_services import close, report
from tests.processes import fork, wait


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr(messaging, "knock", lambda: None)


def told(kind: str = "major_lead") -> Counter[str]:
    return Counter(Message.objects.filter(kind=kind).values_list("recipient__username", flat=True))


def assign(lead, people, units, **fields):
    return services.assign(
        lead=lead,
        actor=people.office,
        units=units,
        due_on=due.today(),
        expected_version=lead.version,
        domain=lead.domain,
        **fields,
    )


def minutes(count: int) -> dt.datetime:
    return timezone.now() + dt.timedelta(minutes=count)


def test_a_major_lead_is_put_before_the_director_at_once(people, make_lead):
    lead = make_lead(is_major=True)
    assert told() == {"director": 1}
    message = Message.objects.get(kind="major_lead")
    assert message.title == f"重大线索（{lead.number}）"
    assert lead.title not in message.title + message.body
    assert message.url == f"/leads/{lead.number}/"
    assert Delivery.objects.filter(message=message).count() == 1
    assert Alert.objects.get() == lead.alerts.get(unit=None)


def test_an_ordinary_lead_is_not(people, make_lead, make_assigned):
    make_lead()
    make_assigned()
    assert Alert.objects.count() == 0
    assert told() == told("major_lead_coming") == {}


def test_the_police_hear_the_number_and_get_no_way_in(client_for, people, make_lead):
    lead = make_lead(is_major=True)
    assert told("major_lead_coming") == {"liaison.pcs": 1, "leader.pcs": 1}
    message = Message.objects.filter(kind="major_lead_coming").first()
    assert (message.title, message.url) == (f"有重大线索待扫黑办转办（{lead.number}）", "")
    client = client_for(people.police)
    assert client.get(f"/leads/{lead.number}/").status_code == 404
    assert "重大线索" not in client.get("/").content.decode()


@pytest.mark.parametrize("case", ["umbrella", "named"])
def test_the_police_hear_nothing_of_what_may_concern_them(town, people, make_lead, case):
    if case == "umbrella":
        make_lead(is_major=True, umbrella_suspected=True)
    else:
        make_lead(is_major=True, named_units=[town.police])
    assert told("major_lead_coming") == {}
    assert told() == {"director": 1}


def test_once_it_is_assigned_to_them_it_is_put_before_the_police(town, people, make_lead):
    lead = assign(make_lead(is_major=True), people, [town.police, town.civil])
    assert told() == {"director": 1, "liaison.pcs": 1, "leader.pcs": 1}
    assert set(lead.alerts.values_list("unit__name", flat=True)) == {None, "派出所"}


def test_assessment_can_make_a_lead_major(town, people, make_lead):
    lead = assign(make_lead(), people, [town.civil], is_major=True)
    assert told() == {"director": 1}
    assert lead.alerts.count() == 1


def test_who_belongs_to_a_named_unit_is_not_told_and_sees_nothing(
    town, people, make_account, make_lead, client_for
):
    grant(account=people.director, unit=town.civil, role="leader")
    make_lead(is_major=True, named_units=[town.civil])
    assert told() == {"office": 1}
    assert not Alert.objects.waiting_for(people.director)
    assert "已知悉" not in client_for(people.director).get("/").content.decode()


def test_it_is_repeated_to_the_whole_office_and_then_no_more(people, make_lead):
    make_lead(is_major=True)
    assert fire(ALERTS) == 0
    assert fire(ALERTS, minutes(59)) == 0
    assert fire(ALERTS, minutes(61)) == 2
    assert fire(ALERTS, minutes(61)) == 0
    for hours in range(2, 50):
        fire(ALERTS, minutes(60 * hours + 1))
    assert told() == {"director": 1 + REPEATS, "office": REPEATS}


def test_it_is_not_repeated_once_acknowledged_or_over(people, make_lead):
    first, second = make_lead(is_major=True), make_lead(is_major=True)
    services.acknowledge(alert=first.alerts.get(), actor=people.director)
    services.decline(
        lead=second, actor=people.office, note="不属于线索。", expected_version=second.version
    )
    assert fire(ALERTS, minutes(61)) == 0


def test_acknowledging_is_on_record_and_the_second_is_told(people, make_lead):
    lead = make_lead(is_major=True)
    alert = services.acknowledge(alert=lead.alerts.get(), actor=people.director)
    assert (alert.acknowledged_by, alert.acknowledged_at is None) == (people.director, False)
    event = lead.events.get(verb="acknowledge")
    assert (event.actor_name, event.verb_label) == ("主任乙", "知悉重大线索")
    with pytest.raises(Conflict, match="主任乙已确认知悉"):
        services.acknowledge(alert=alert, actor=people.director)
    assert LeadEvent.objects.filter(verb="acknowledge").count() == 1


@pytest.mark.parametrize("name", ["office", "police", "town_leader", "custodian"])
def test_only_those_before_whom_it_was_put_acknowledge(people, make_lead, name):
    alert = make_lead(is_major=True).alerts.get()
    with pytest.raises(PermissionDenied):
        services.acknowledge(alert=alert, actor=getattr(people, name))


def test_an_office_without_a_director_acknowledges_itself(people, make_lead):
    Account.objects.filter(pk=people.director.pk).update(is_active=False)
    lead = make_lead(is_major=True)
    assert told() == {"office": 1}
    services.acknowledge(alert=lead.alerts.get(), actor=people.office)


def test_what_the_police_acknowledge_stays_between_them_and_the_office(town, people, make_lead):
    lead = assign(make_lead(is_major=True), people, [town.police, town.civil])
    alert = lead.alerts.get(unit=town.police)
    services.acknowledge(alert=alert, actor=people.police)

    def verbs(user) -> list[str]:
        return [event.verb for event in lead.events_for(user)]

    assert "acknowledge" in verbs(people.police)
    assert "acknowledge" in verbs(people.office)
    assert "acknowledge" not in verbs(people.civil)
    assert [row.unit for row in Alert.objects.waiting_for(people.director)] == [None]


def test_the_polices_own_falls_away_when_they_have_reported(town, people, make_lead):
    lead = assign(make_lead(is_major=True), people, [town.police])
    assert Alert.objects.waiting_for(people.police).count() == 1
    task = lead.assignments.get()
    services.sign(assignment=task, actor=people.police)
    report(task, people.police_leader)
    assert Alert.objects.waiting_for(people.police).count() == 0
    assert Alert.objects.waiting_for(people.director).count() == 1
    close(lead, people.director)
    assert Alert.objects.waiting_for(people.director).count() == 0


@pytest.mark.parametrize("address", ["/", "/leads/", "/leads/?tab=todo", "detail"])
def test_it_stands_on_top_until_acknowledged(client_for, people, make_lead, address):
    lead = make_lead(is_major=True)
    address = f"/leads/{lead.number}/" if address == "detail" else address
    director, office = client_for(people.director), client_for(people.office)
    button = f'action="/leads/alerts/{lead.alerts.get().pk}/acknowledge/"'
    assert button in director.get(address).content.decode()
    page = office.get(address).content.decode()
    assert "尚无人确认知悉" in page
    assert button not in page
    done = director.post(f"/leads/alerts/{lead.alerts.get().pk}/acknowledge/", follow=True)
    assert "知悉重大线索" in done.content.decode()
    for client in (director, office):
        assert "尚无人确认知悉" not in client.get(address).content.decode()


def test_of_many_the_oldest_are_shown(client_for, people, make_lead, django_assert_max_num_queries):
    for _ in range(7):
        make_lead(is_major=True)
    client = client_for(people.director)
    with django_assert_max_num_queries(25):
        page = client.get("/leads/").content.decode()
    assert page.count("尚无人确认知悉") == 5
    assert "另有重大线索尚未确认知悉" in page


def test_the_page_of_a_lead_shows_its_own_alone(client_for, people, make_lead):
    first, second = make_lead(is_major=True), make_lead(is_major=True)
    page = client_for(people.director).get(f"/leads/{second.number}/")
    assert [row.lead for row, _ in page.context["banner"].rows] == [second.number]
    assert f"/leads/alerts/{first.alerts.get().pk}/" not in page.content.decode()


def test_the_database_keeps_one_alert_for_each(people, make_lead):
    lead = make_lead(is_major=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.create(lead=lead, unit=None, raised_by=people.office)
    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.update(acknowledged_by=people.office)


@pytest.mark.django_db(transaction=True)
def test_at_once_one_acknowledges_and_each_repetition_is_sent_once(people, make_lead):
    alert = make_lead(is_major=True).alerts.get()
    children = [fork(lambda: fire(ALERTS, minutes(61))) for _ in range(3)]
    assert wait(*children) == [0, 0, 0]
    assert told() == {"director": 2, "office": 1}

    def click() -> None:
        services.acknowledge(alert=alert, actor=people.director)

    assert sorted(wait(*[fork(click) for _ in range(3)])) == [0, 1, 1]
    assert LeadEvent.objects.filter(verb="acknowledge").count() == 1
