"""The custodian sees one lead's reporters at a time, for a reason, and finds leads of the same."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from audit.machine import Conflict
from audit.models import Action, AuditEntry
from leads.models import IdentityLook, Reporter, ReporterRevision
from leads.reporters import services
from leads.reporters.identity import Identity

DESK = "/leads/reporters/"


@pytest.fixture
def custodian(client_for, people):
    return client_for(people.custodian)


def test_an_identity_is_shown_for_a_typed_reason_and_recorded(custodian, people, named, reporter):
    address = f"{DESK}{named.number}/"
    for answer in (custodian.get(address), custodian.post(address, {"reason": " "})):
        assert answer.status_code == 200
        assert reporter.name not in answer.content.decode()
    assert IdentityLook.objects.count() == 0
    page = custodian.post(address, {"reason": "领导交办回访"}).content.decode()
    assert reporter.name in page
    assert reporter.address in page
    entry = AuditEntry.objects.get(action=Action.REPORTER_VIEWED)
    assert (entry.actor, entry.object_label, entry.reason) == (
        people.custodian,
        named.number,
        "领导交办回访",
    )
    assert "领导交办回访" in custodian.get(address).content.decode()


@pytest.mark.parametrize(
    "who", ["office", "director", "police", "town_leader", "auditor", "secadmin"]
)
def test_nobody_else_opens_the_desk(client_for, people, named, who):
    client = client_for(getattr(people, who))
    assert client.get(DESK).status_code == 403
    assert client.post(f"{DESK}{named.number}/", {"reason": "看看"}).status_code == 404
    with pytest.raises(PermissionDenied):
        services.look(lead=named, actor=getattr(people, who), reason="看看")


def test_a_custodian_of_another_town_sees_and_finds_nothing(
    named, far_people, reporter, client_for
):
    client = client_for(far_people.custodian)
    assert client.get(f"{DESK}{named.number}/").status_code == 404
    assert services.find(actor=far_people.custodian, phone=reporter.phone) == []


def test_leads_of_the_same_reporter_are_found_by_number_alone(
    custodian, named, make_lead, reporter
):
    again = make_lead(
        reporter_kind="named", reporters=[Identity(name="又", phone="+86 138 0000 4711")]
    )
    other = make_lead(reporter_kind="named", reporters=[Identity(name="他人", phone="13900000000")])
    page = custodian.post(DESK, {"phone": "１３８-0000-4711"}).content.decode()
    assert named.number in page
    assert again.number in page
    assert other.number not in page
    assert reporter.name not in page
    assert named.title not in page
    page = custodian.post(DESK, {"id_number": "11010519491231002x"}).content.decode()
    assert named.number in page
    assert again.number not in page
    assert "请填写电话或身份证号" in custodian.post(DESK, {"phone": " "}).content.decode()
    entries = AuditEntry.objects.filter(action=Action.REPORTER_SOUGHT)
    assert sorted(one.reason for one in entries) == ["按电话，2 条线索", "按身份证号，1 条线索"]


def test_a_correction_keeps_what_was_told_before_under_seal(custodian, named, reporter):
    kept = named.reporters.get()
    form = {"name": "更正名", "phone": "13700000000", "reason": "姓名记错", "version": "1"}
    page = custodian.get(f"{DESK}{kept.pk}/correct/").content.decode()
    assert reporter.name not in page
    assert custodian.post(f"{DESK}{kept.pk}/correct/", form).status_code == 302
    kept.refresh_from_db()
    assert (kept.identity.name, kept.version) == ("更正名", 2)
    assert ReporterRevision.objects.get().identity == reporter
    # Sent again by who was slower: told, and nothing is written.
    page = custodian.post(f"{DESK}{kept.pk}/correct/", form | {"name": "另一名"}).content.decode()
    assert "他人更正过" in page
    assert Reporter.objects.get().version == 2
    earlier = f"{DESK}{kept.pk}/earlier/"
    assert reporter.name not in custodian.get(earlier).content.decode()
    assert reporter.name in custodian.post(earlier, {"reason": "核对"}).content.decode()


def test_a_later_reporter_is_added_with_a_reason(custodian, people, named):
    form = {"name": "后来的人", "reason": "来电补充", "version": "0", "phone": "138"}
    page = custodian.post(f"{DESK}{named.number}/add/", form).content.decode()
    assert "电话不像手机号" in page
    assert named.reporters.count() == 1
    custodian.post(f"{DESK}{named.number}/add/", form | {"seen": "phone"})
    assert named.reporters.last().identity.name == "后来的人"


def test_only_a_lead_with_named_reporters_takes_one(people, make_lead, reporter):
    lead = make_lead()
    with pytest.raises(ValidationError):
        services.add(lead=lead, actor=people.custodian, identity=reporter, reason="补充")


def test_the_slower_of_two_corrections_is_told(named, people, reporter):
    kept = named.reporters.get()
    values = {"actor": people.custodian, "identity": reporter, "reason": "核对"}
    services.correct(reporter=kept, expected_version=1, **values)
    with pytest.raises(Conflict):
        services.correct(reporter=kept, expected_version=1, **values)
