"""澄清: for what was verified to be untrue, by whoever verified it, for that allegation alone."""

from __future__ import annotations

import datetime as dt
import io
import uuid

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone
from docx import Document

from audit.machine import Conflict
from departments.models import Account
from leads import due
from leads import services as leads
from leads.clarifications import services
from leads.clarifications.models import Clarification
from leads.fading import services as fading
from leads.models import Lead, Subject
from leads.states import Finding
from messaging.models import Message
from tests.leads.test_concurrency import together
from tests.owner import ignoring

TOLD = {
    "allegation": "每月到集市收取管理费。",
    "verified": "走访二十户摊主，均未被收费。\n票据与收款记录一致。",
    "basis": "走访笔录二十份。",
    "verifiers": "核查员一、核查员二",
}


def fresh(account):
    return Account.objects.get(pk=account.pk)


@pytest.fixture
def closed(close):
    return close(
        Finding.DISPROVEN,
        subjects=[Subject(name="王某某", alleged="收取管理费"), Subject(name="乙")],
    )


@pytest.fixture
def propose(people, town):
    def give(lead, **changes):
        values = TOLD | {
            "subject": lead.subjects.first(),
            "verified_by": town.police,
            "submission": uuid.uuid4(),
            "actor": people.office,
        }
        return services.propose(lead=lead, **(values | changes))

    return give


@pytest.fixture
def known(people, town):
    def give(made, **changes):
        values = {
            "way": "in_unit",
            "made_on": due.today(),
            "place": "东村村委会，全体村组干部",
            "made_by": town.police,
            "people": "民警丁宣布",
            "expected_version": made.version,
            "actor": people.office,
        }
        return services.make_known(clarification=made, **(values | changes))

    return give


def test_a_name_is_cleared(client_for, people, closed, propose, known):
    made = propose(closed)
    assert (made.state, made.finding, made.round) == ("proposed", "disproven", 1)
    told = Message.objects.get(kind="clarification_proposed")
    assert told.recipient == people.director
    assert "王某某" not in told.title + told.body
    made = services.approve(clarification=made, actor=people.director, expected_version=0)
    made = known(made)
    assert (made.state, made.recorded_by) == ("done", people.office)
    verbs = closed.events.order_by("-pk").values_list("verb", flat=True)[:3]
    assert list(verbs) == [
        "make_known_clarification",
        "approve_clarification",
        "propose_clarification",
    ]
    shown = client_for(people.office).get(f"/leads/clarifications/{made.pk}/").content.decode()
    assert "单位范围澄清" in shown
    assert "东村村委会" in shown
    assert "王某某" in client_for(people.office).get(f"/leads/{closed.number}/").content.decode()


@pytest.mark.parametrize("finding", [Finding.PROVEN, Finding.DOUBTFUL, Finding.UNVERIFIABLE])
def test_what_was_not_found_untrue_is_not_cleared(client_for, people, close, propose, finding):
    lead = close(finding, subjects=[Subject(name="王某某")])
    with pytest.raises(Conflict, match="未查实不等于不实"):
        propose(lead)
    client = client_for(people.office)
    assert "提出澄清" not in client.get(f"/leads/{lead.number}/").content.decode()
    assert client.get(f"/leads/{lead.number}/clarify/").status_code == 302
    with pytest.raises(IntegrityError), transaction.atomic():
        Clarification.objects.create(
            lead=lead,
            round=1,
            finding=finding,
            verified_by=lead.registered_unit,
            proposed_by=people.office,
            **TOLD,
        )


def test_nothing_is_cleared_before_the_lead_has_ended(people, make_assigned, propose):
    with pytest.raises(Conflict):
        propose(make_assigned())


def test_it_is_offered_on_the_page(client_for, people, closed, close):
    page = client_for(people.office).get(f"/leads/{closed.number}/").content.decode()
    assert "这条线索查否，可予澄清" in page
    partly = close(Finding.PARTLY_PROVEN)
    page = client_for(people.office).get(f"/leads/{partly.number}/").content.decode()
    assert "经核查不属实的部分可予澄清" in page
    for who in ("police", "town_leader"):
        shown = client_for(getattr(people, who)).get(f"/leads/{closed.number}/").content.decode()
        assert "可予澄清" not in shown


def test_the_form_proposes_once(client_for, people, closed, town):
    client = client_for(people.office)
    url = f"/leads/{closed.number}/clarify/"
    assert "公安派出所" in client.get(url).content.decode() or town.police.name
    values = TOLD | {
        "subject": closed.subjects.first().pk,
        "verified_by": town.police.pk,
        "submission": str(uuid.uuid4()),
    }
    assert client.post(url, values).status_code == 302
    assert client.post(url, values).status_code == 302
    assert Clarification.objects.count() == 1


def test_only_the_leads_own_people_and_who_verified_it(people, town, closed, close, propose):
    other = close(Finding.DISPROVEN, subjects=[Subject(name="丙")])
    with pytest.raises(ValidationError):
        propose(closed, subject=other.subjects.get())
    with pytest.raises(ValidationError):
        propose(closed, verified_by=town.civil)
    for who in ("police", "town_leader", "custodian"):
        with pytest.raises(PermissionDenied):
            propose(closed, actor=fresh(getattr(people, who)))


def test_the_director_decides(people, closed, propose):
    made = propose(closed)
    with pytest.raises(PermissionDenied):
        services.approve(clarification=made, actor=fresh(people.office), expected_version=0)
    with pytest.raises(ValidationError):
        services.reject(clarification=made, actor=people.director, note=" ", expected_version=0)
    made = services.reject(
        clarification=made, actor=people.director, note="依据不足", expected_version=0
    )
    assert made.state == "rejected"
    with pytest.raises(Conflict):
        services.approve(clarification=made, actor=people.director, expected_version=1)
    assert propose(closed).state == "proposed"


def test_two_who_approve_at_once_approve_once(transactional_db, people, closed, propose):
    made = propose(closed)

    def approve():
        return services.approve(
            clarification=made, actor=fresh(people.director), expected_version=0
        )

    outcomes = together(closed, approve, approve)
    assert sorted(type(one).__name__ for one in outcomes) == ["Clarification", "Conflict"]
    assert closed.events.filter(verb="approve_clarification").count() == 1


def test_a_new_round_stops_it(people, closed, propose):
    made = propose(closed)
    closed.refresh_from_db()
    leads.restart(lead=closed, actor=people.office, note="新情况", expected_version=closed.version)
    with pytest.raises(Conflict):
        services.approve(clarification=made, actor=people.director, expected_version=0)
    made = services.withdraw(
        clarification=made, actor=people.office, note="线索重启", expected_version=0
    )
    assert made.state == "withdrawn"


def test_how_it_was_made_known_is_told_whole(people, closed, propose, known):
    made = services.approve(
        clarification=propose(closed), actor=people.director, expected_version=0
    )
    for wrong in (
        {"place": ""},
        {"people": ""},
        {"made_on": due.today() + dt.timedelta(days=1)},
    ):
        with pytest.raises(ValidationError):
            known(made, **wrong)
    assert known(made, way="unwanted", place="").state == "done"


def test_the_database_keeps_it(people, closed, propose, known):
    made = propose(closed)
    rows = Clarification.objects.filter(pk=made.pk)
    for change in (
        {"verified": "别的"},
        {"state": "done"},
        {"way": "written"},
        {"decided_by": people.office},
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.delete()
    with (
        ignoring("leads.Clarification:clarification_states"),
        pytest.raises(IntegrityError),
        transaction.atomic(),
    ):
        rows.update(state="approved")


def test_the_letter_says_what_is_untrue_and_nothing_else(client_for, people, closed, propose):
    made = propose(closed)
    client = client_for(people.office)
    url = f"/leads/clarifications/{made.pk}/letter/"
    assert client.get(url).status_code == 404
    services.approve(clarification=made, actor=people.director, expected_version=0)
    answer = client.get(url)
    lines = [line.text for line in Document(io.BytesIO(b"".join(answer))).paragraphs]
    text = "\n".join(lines)
    assert "澄清函" in lines
    assert "王某某：" in lines
    assert "每月到集市收取管理费。" in lines
    assert "票据与收款记录一致。" in lines
    for hidden in (closed.number, closed.title, closed.allegation, "举报"):
        assert hidden not in text


def test_a_unit_sees_what_it_verified(client_for, people, town, closed, propose):
    made = propose(closed)
    assert client_for(people.police).get(f"/leads/clarifications/{made.pk}/").status_code == 200
    for who in ("town_leader", "civil", "custodian"):
        assert not Clarification.objects.visible_to(fresh(getattr(people, who))).exists()


def test_it_fades_with_the_lead(people, closed, propose):
    propose(closed)
    fading.restrict_due(timezone.now() + dt.timedelta(days=30))
    seen = {
        who
        for who in ("office", "director", "police", "town_leader")
        if Clarification.objects.visible_to(fresh(getattr(people, who))).exists()
    }
    assert seen == {"director"}


def test_it_waits_for_the_director_and_then_for_the_office(people, closed, propose, known):
    made = propose(closed)

    def waiting(account):
        return Lead.objects.waiting_for(fresh(account)).filter(pk=closed.pk).exists()

    assert (waiting(people.director), waiting(people.office)) == (True, False)
    made = services.approve(clarification=made, actor=people.director, expected_version=0)
    assert waiting(people.office)
    known(made)
    assert not waiting(people.office)
    assert not waiting(people.director)


def test_a_cleared_lead_is_not_corrected(people, closed, propose):
    from leads.corrections.services import correct

    propose(closed)
    closed.assignments.all()  # an imported lead has none; the state alone would allow it
    with ignoring("leads.Lead:lead_states"):
        Lead.objects.filter(pk=closed.pk).update(
            state="accepted", finding="", disposition="", closed_at=None
        )
    with pytest.raises(Conflict):
        correct(
            lead=Lead.objects.get(pk=closed.pk),
            actor=people.office,
            expected_version=closed.version,
            named_units=[],
            subjects=[],
            channel=closed.channel,
        )
