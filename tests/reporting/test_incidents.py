"""Incidents: whom each is told to at once, what the office does about it, and what of it shows."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction
from django.utils import timezone

from audit.machine import Conflict
from audit.models import AuditEntry
from departments.models import Account
from departments.services import grant
from leads.alerts.reminders import REPEATS
from leads.drafts import services as drafts
from leads.models import Channel, Lead, LeadDraft, Subject
from leads.services import register
from messaging import services as messaging
from messaging.models import Contact, Delivery, Message
from messaging.reminders import fire
from reporting.incidents import services
from reporting.incidents.models import Incident, IncidentEvent
from reporting.incidents.reminders import INCIDENTS
from tests.owner import ignoring
from tests.reporting.test_pages import edit_url, shown_messages, typed

URL = "/reports/incidents/"
NEW = f"{URL}new/"
HOSTILE = '<script>alert("甲")</script>{{ 7*7 }}'


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr(messaging, "knock", lambda: None)


@pytest.fixture
def incident(people, town):
    """What the east village reports; fields may be given."""

    def make(**given: object) -> Incident:
        values = {
            "actor": people.east,
            "unit": town.east,
            "what": "金丝雀经过",
            "place": town.east,
            "happened_at": timezone.now(),
            "handling": "金丝雀处置",
            "in_danger": False,
            "submission": uuid.uuid4(),
        }
        return services.report(**(values | given))[0]

    return make


def told(kind: str = "incident") -> Counter[str]:
    return Counter(Message.objects.filter(kind=kind).values_list("recipient__username", flat=True))


def verbs(made: Incident) -> list[tuple[str, str]]:
    return list(made.events.order_by("pk").values_list("verb", "actor__username"))


def sent(**given: object) -> dict[str, object]:
    at = f"{timezone.localtime():%Y-%m-%dT%H:%M}"
    values = {"what": "有人聚集。", "handling": "已到现场。", "happened_at": at, "place": ""}
    return values | {"submission": uuid.uuid4()} | given


def test_the_office_is_told_at_once_by_every_way_and_again_until_somebody_knows(
    people, far_people, settings, incident
):
    settings.PORTAL_SMS_URL = "https://sms.example.invalid/"
    Contact.objects.create(account=people.office, phone="13800000000", by_sms=False)
    made = incident()
    assert told() == {"office": 1, "director": 1}
    message = Message.objects.filter(kind="incident", recipient=people.office).get()
    year = timezone.localdate().year
    assert made.number == f"ZS-{year}-0001"
    assert message.title == f"东村上报重大事项（{made.number}）"
    assert "金丝雀" not in message.title + message.body
    assert message.url == f"{URL}{made.pk}/"
    ways = Delivery.objects.filter(message=message).values_list("channel", "may_wait")
    assert sorted(ways) == [("email", False), ("sms", False)]
    now = timezone.now()
    assert fire(INCIDENTS) == 0
    for hours in range(1, 20):
        fire(INCIDENTS, now + dt.timedelta(hours=hours, minutes=1))
    assert told() == {"office": 1 + REPEATS, "director": 1 + REPEATS}
    second = incident()
    assert second.number == f"ZS-{year}-0002"
    services.acknowledge(actor=people.office, incident=second)
    assert fire(INCIDENTS, now + dt.timedelta(hours=2)) == 0


def test_who_reports_and_what(people, far_people, town, other_town, incident):
    token = uuid.uuid4()
    first = incident(submission=token)
    assert incident(submission=token, what="别的") == first
    assert told() == {"office": 1, "director": 1}
    with pytest.raises(PermissionDenied):
        incident(actor=people.east_leader, submission=token)
    for stranger in (people.west, people.office, far_people.east):
        with pytest.raises(PermissionDenied):
            incident(actor=stranger)
    now = timezone.now()
    for wrong, words in [
        ({"what": " \n"}, "请填写"),
        ({"handling": "字" * 1001}, "最多 1000 字"),
        ({"happened_at": now + dt.timedelta(hours=1)}, "不能晚于现在"),
        ({"happened_at": now - dt.timedelta(days=400)}, "一年前"),
        ({"place": other_town.east}, "本镇的村居"),
        ({"place": town.police}, "本镇的村居"),
    ]:
        with pytest.raises(ValidationError, match=words):
            incident(**wrong)
    assert Incident.objects.count() == 1
    far = incident(actor=far_people.east, unit=other_town.east, place=other_town.east)
    assert far.serial == 1
    assert told() == {"office": 1, "director": 1, "far.office": 1, "far.director": 1}


def test_the_database_keeps_what_was_reported(people, incident, as_owner):
    made = services.acknowledge(actor=people.office, incident=incident())
    for change in (
        made.delete,
        lambda: Incident.objects.update(what="别的"),
        lambda: Incident.objects.update(acknowledged_at=None, acknowledged_by=None),
        lambda: Incident.objects.update(lead_token=uuid.uuid4()),
        lambda: IncidentEvent.objects.update(note="别的"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_one_of_the_office_acknowledges_and_answers(people, far_people, incident):
    made = incident()
    for stranger in (people.east, people.east_leader, people.town_leader, far_people.office):
        for act in (services.acknowledge, services.begin_lead):
            with pytest.raises(PermissionDenied):
                act(actor=stranger, incident=made)
        with pytest.raises(PermissionDenied):
            services.answer(actor=stranger, incident=made, words="好")
    services.acknowledge(actor=people.office, incident=made)
    with pytest.raises(Conflict, match="办公室甲已确认知悉"):
        services.acknowledge(actor=people.director, incident=made)
    for _ in range(2):
        services.answer(actor=people.director, incident=made, words=" 已派人。 ")
    with pytest.raises(ValidationError, match="最多 500 字"):
        services.answer(actor=people.director, incident=made, words="字" * 501)
    assert verbs(made) == [
        ("raise", "liaison.dong"),
        ("acknowledge", "office"),
        ("answer", "director"),
    ]
    assert told("incident_answered") == {"liaison.dong": 1, "leader.dong": 1}
    assert "已派人" not in Message.objects.filter(kind="incident_answered").first().body
    second = services.answer(actor=people.office, incident=incident(), words="知道了。")
    assert second.acknowledged_by == people.office


def test_the_lead_that_comes_of_it_is_logged_by_a_person(
    town, people, make_account, incident, client_for, make_lead
):
    made = incident()
    office, director = client_for(people.office), client_for(people.director)
    answer = office.post(f"{URL}{made.pk}/lead/", follow=True)
    form = answer.context["form"]
    assert "东村上报重大事项" in form["allegation"].value()
    assert "金丝雀经过\n现场处置：金丝雀处置" in form["allegation"].value()
    assert form["place"].value() == str(town.east.pk)
    made.refresh_from_db()
    assert (made.lead_by, made.acknowledged_by) == (people.office, people.office)
    assert office.post(f"{URL}{made.pk}/lead/").url.endswith(str(made.lead_token))
    taken = ["办公室甲已在把这件重大事项登记为线索。"]
    assert shown_messages(director.post(f"{URL}{made.pk}/lead/", follow=True)) == taken
    draft = LeadDraft.objects.get()
    drafts.discard(actor=people.office, draft=draft)
    director.post(f"{URL}{made.pk}/lead/")
    made.refresh_from_db()
    assert made.lead_by == people.director
    lead, _ = register(
        actor=people.director,
        submission=made.lead_token,
        channel=Channel.objects.get(code="visit"),
        title="金丝雀名称",
        allegation="有人聚集。",
        named_units=[town.east],
        draft_version=1,
    )
    assert Lead.objects.filter(submission=made.lead_token).get() == lead
    taken = ["主任乙已在把这件重大事项登记为线索。"]
    assert shown_messages(office.post(f"{URL}{made.pk}/lead/", follow=True)) == taken
    assert lead.number in office.get(f"{URL}{made.pk}/").text
    text = client_for(people.east).get(f"{URL}{made.pk}/").text
    assert lead.number not in text
    assert "登记为线索" not in text
    # From whom the lead is kept, it is kept here too.
    member = make_account("office2", town.office, "office")
    grant(account=member, unit=town.east, role="leader")
    client = client_for(member)
    assert lead.number not in client.get(f"{URL}{made.pk}/").text
    assert shown_messages(client.post(f"{URL}{made.pk}/lead/", follow=True)) == taken


def test_what_became_a_lead_is_kept_from_those_from_whom_the_lead_is_kept(
    people, make_account, town, incident, client_for
):
    made = incident()
    member = make_account("office2", town.office, "office")
    client = client_for(member)
    services.begin_lead(actor=people.office, incident=made)
    assert client.get(f"{URL}{made.pk}/").status_code == 200, "not a lead yet"
    [seen] = AuditEntry.objects.filter(action="incident_viewed")
    assert (seen.actor, seen.object_label) == (member, f"重大事项 {made.number}")
    made.refresh_from_db()
    register(
        actor=people.office,
        submission=made.lead_token,
        channel=Channel.objects.get(code="visit"),
        title="名称",
        allegation="有人聚集。",
        subjects=[Subject(name=member.full_name)],
        draft_version=1,
    )

    def words_for(person: Account) -> bool:
        """Whether page and list have the words; they have the number for all."""
        seen = [client_for(person).get(url).text for url in (f"{URL}{made.pk}/", URL)]
        assert all(made.number in text for text in seen)
        found = {"金丝雀经过" in text for text in seen}
        assert len(found) == 1
        return found.pop()

    readers = (people.office, people.director, people.east)
    assert [words_for(one) for one in (*readers, member)] == [True, True, True, False]
    taken = ["办公室甲已在把这件重大事项登记为线索。"]
    assert shown_messages(client.post(f"{URL}{made.pk}/lead/", follow=True)) == taken
    ended = {"state": "closed", "finding": "disproven", "disposition": "no_action"}
    with ignoring("leads.Lead:lead_states"):
        Lead.objects.update(**ended, closed_at=timezone.now(), restricted_at=timezone.now())
    assert [words_for(one) for one in readers] == [False, True, True]
    # As years later, when the lead has been disposed of: it cannot be logged anew.
    with ignoring("reporting.Incident:incident_is_fixed"):
        Incident.objects.update(
            lead_token=uuid.uuid4(), raised_at=timezone.now() - dt.timedelta(days=1500)
        )
    assert [words_for(one) for one in readers] == [False, False, True]
    with pytest.raises(Conflict):
        services.begin_lead(actor=people.office, incident=made)


def test_the_pages(people, town, incident, client_for, django_assert_max_num_queries):
    client = client_for(people.east)
    page = client.get(NEW)
    assert "请先拨打 110" in page.text
    assert page.context["form"]["place"].value() == town.east.pk
    data = sent(what=HOSTILE, in_danger="on")
    answer = client.post(NEW, data, follow=True)
    made = Incident.objects.get()
    assert shown_messages(answer) == [f"重大事项 {made.number} 已报扫黑办。"]
    assert "<script>alert" not in answer.text
    answer = client.post(NEW, data, follow=True)
    assert shown_messages(answer) == [f"重大事项 {made.number} 此前已经上报，没有重复上报。"]
    answer = client.post(NEW, data | {"what": "另一件事"})
    assert f"这一页已经上报为重大事项 {made.number}" in answer.text
    data["submission"] = answer.context["form"]["submission"].value()
    client.post(NEW, data | {"what": "另一件事"})
    assert Incident.objects.count() == 2
    for wrong in (
        {"happened_at": "0001-01-01T00:00"},
        {"happened_at": "9999-12-31T00:00"},
        {"what": ""},
        {"place": town.police.pk},
    ):
        assert client.post(NEW, sent(**wrong)).status_code == 200
    assert Incident.objects.count() == 2

    office = client_for(people.office)
    for url in ("/", "/reports/", "/reports/notes/all/", URL):
        text = office.get(url).text
        assert f'已知悉<span class="visually-hidden"> {made.number}</span>' in text, url
        assert HOSTILE not in text
    assert "有人正处于危险中" in office.get("/").text
    for other in (people.town_leader, people.west, people.east):
        assert "待知悉的重大事项" not in client_for(other).get("/").text
    assert "请马上核实是否已报警" in office.get(f"{URL}{made.pk}/").text
    answer = office.post(f"{URL}{made.pk}/acknowledge/", follow=True)
    assert shown_messages(answer) == [f"已确认知悉重大事项 {made.number}。"]
    assert made.number not in office.get("/").text
    assert office.post(f"{URL}{made.pk}/answer/", {"note": "已派人。"}).status_code == 302
    assert "已派人。" in client.get(f"{URL}{made.pk}/").text
    for _ in range(60):
        incident()
    for one, url in ((office, URL), (client, URL), (office, f"{URL}{made.pk}/"), (office, "/")):
        with django_assert_max_num_queries(24):
            assert one.get(url).status_code == 200
    assert len(office.get(URL).context["page"].rows) == 50
    assert office.get(URL).context["page"].total == 62


def test_the_weekly_report_is_offered_a_line_without_the_words(
    people, period, town, incident, client_for
):
    made = incident()
    incident(actor=people.west, unit=town.west)
    today = timezone.localdate()
    line = f"{today.month}月{today.day}日：上报重大事项 1 件（{made.number}）。"
    client = client_for(people.east)
    text = client.get(edit_url(period)).text
    assert line in text
    assert "金丝雀" not in text
    assert text.count("上报重大事项 1 件") == 1
    answer = client.post(edit_url(period), typed("gather.progress", progress=""))
    assert answer.context["form"]["progress"].value() == line
