"""催办: one click, once in a while, on record."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from audit.machine import Conflict
from departments.services import grant
from leads import services
from leads.models import LeadEvent
from messaging.models import Message
from tests.leads.test_services import report
from tests.processes import fork, wait


@pytest.fixture
def task(make_assigned):
    return make_assigned().assignments.select_related("lead", "unit").get()


def told() -> list[str]:
    rows = Message.objects.filter(kind="lead_urged").order_by("recipient__username")
    return list(rows.values_list("recipient__username", flat=True))


def test_the_units_people_are_told_and_it_is_on_record(people, task):
    services.remind(assignment=task, actor=people.office)
    assert told() == ["leader.pcs", "liaison.pcs"]
    message = Message.objects.filter(kind="lead_urged").first()
    assert message.title == f"扫黑办催办线索，正常，剩 15 天（{task.lead.number}）"
    assert task.lead.title not in message.title + message.body
    event = task.events.get(verb="remind")
    assert (event.actor, event.verb_label, event.from_state, event.to_state) == (
        people.office,
        "催办",
        "pending",
        "pending",
    )


def test_the_second_within_four_hours_is_told_when_it_may_be(people, task, settings):
    services.remind(assignment=task, actor=people.office)
    with pytest.raises(Conflict, match=r"派出所已在 .* 催办过，.* 以后可以再次催办"):
        services.remind(assignment=task, actor=people.director)
    assert (len(told()), LeadEvent.objects.filter(verb="remind").count()) == (2, 1)
    settings.PORTAL_URGE_HOURS = 0
    services.remind(assignment=task, actor=people.director)
    assert len(told()) == 4


def test_nobody_is_urged_who_has_reported(people, task):
    services.sign(assignment=task, actor=people.police)
    report(task, people.police_leader)
    with pytest.raises(Conflict, match="无需催办"):
        services.remind(assignment=task, actor=people.office)
    with pytest.raises(Conflict, match="无需催办"):
        services.remind_lead(lead=task.lead, actor=people.office)
    assert told() == []


@pytest.mark.parametrize("name", ["police", "town_leader", "civil", "sysadmin"])
def test_only_the_office_urges(people, task, name):
    with pytest.raises(PermissionDenied):
        services.remind(assignment=task, actor=getattr(people, name))


def test_the_office_of_another_town_does_not(far_people, task):
    with pytest.raises(PermissionDenied):
        services.remind(assignment=task, actor=far_people.office)


def test_a_lead_with_two_units_urges_those_that_may_be(town, people, make_assigned):
    lead = make_assigned(town.police, town.civil)
    first = lead.assignments.select_related("lead", "unit").get(unit=town.police)
    services.remind(assignment=first, actor=people.office)
    assert services.remind_lead(lead=lead, actor=people.office) == 1
    assert told() == ["leader.pcs", "liaison.mzb", "liaison.pcs"]
    with pytest.raises(Conflict, match="催办过"):
        services.remind_lead(lead=lead, actor=people.office)


def test_a_person_who_also_belongs_to_a_named_unit_is_not_told(town, people, make_assigned):
    grant(account=people.police, unit=town.civil, role="liaison")
    lead = make_assigned(named_units=[town.civil])
    services.remind_lead(lead=lead, actor=people.office)
    assert told() == ["leader.pcs"]


def test_the_button(client_for, people, task):
    address = f"/leads/{task.lead.number}/"
    client = client_for(people.office)
    assert f'action="/leads/assignments/{task.pk}/remind/"' in client.get(address).content.decode()
    assert (
        "已催办派出所"
        in client.post(f"/leads/assignments/{task.pk}/remind/", follow=True).content.decode()
    )
    again = client.post(f"/leads/assignments/{task.pk}/remind/", follow=True).content.decode()
    assert "以后可以再次催办" in again
    assert "/remind/" not in client_for(people.police).get(address).content.decode()


@pytest.mark.django_db(transaction=True)
def test_two_at_once_urge_once(people, task):
    def click() -> None:
        services.remind(assignment=task, actor=people.office)

    assert sorted(wait(*[fork(click) for _ in range(4)])) == [0, 1, 1, 1]
    assert (len(told()), LeadEvent.objects.filter(verb="remind").count()) == (2, 1)
    assert timezone.now() - LeadEvent.objects.get(verb="remind").at < dt.timedelta(minutes=5)
