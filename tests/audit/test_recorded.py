"""What goes on record, with whom, from where and with which outcome; never what was read."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from audit.models import Action, AuditEntry
from audit.seen import mark_of
from audit.services import attribute
from departments.models import Account, Membership
from departments.roles import Role
from departments.services import contact_words, grant

ADDRESS = {"REMOTE_ADDR": "192.0.2.7"}


def entries(action: Action) -> list[tuple]:
    found = AuditEntry.objects.filter(action=action).order_by("pk")
    fields = ("actor_name", "address", "object_type", "object_label", "reason", "outcome")
    return list(found.values_list(*fields))


@pytest.fixture
def last_rights(people):
    """The changes of rights since the people of the town were given theirs."""
    before = AuditEntry.objects.filter(action=Action.RIGHTS_CHANGED).count()
    return lambda: entries(Action.RIGHTS_CHANGED)[before:]


def test_a_role_that_is_given_or_taken_is_on_record(people, town, last_rights):
    grant(account=people.police, unit=town.land, role=Role.LIAISON, actor=people.secadmin)
    with transaction.atomic():
        attribute(people.secadmin)
        Membership.objects.filter(account=people.police, unit=town.land).delete()
    said = [(row[0], row[2:5]) for row in last_rights()]
    assert said == [
        ("secadmin", ("账号", "liaison.pcs", "授予：单位联络员（国土所）")),
        ("secadmin", ("账号", "liaison.pcs", "撤销：单位联络员（国土所）")),
    ]


def test_rights_that_are_changed_past_the_portal_are_on_record_too(people, last_rights):
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE departments_membership SET role = 'leader' WHERE account_id = %s",
            [people.police.pk],
        )
        cursor.execute(
            "UPDATE departments_account SET is_active = false, is_superuser = true WHERE id = %s",
            [people.police.pk],
        )
    assert [(row[0], row[4]) for row in last_rights()] == [
        ("（数据库角色 portal_app）", "撤销：单位联络员（派出所）"),
        ("（数据库角色 portal_app）", "授予：单位主要负责人（派出所）"),
        ("（数据库角色 portal_app）", "停用账号"),
        ("（数据库角色 portal_app）", "授予全部权限"),
    ]


def test_a_sign_in_is_no_change_of_rights(client, people, last_rights):
    client.post("/login/", {"username": "office", "password": "correct horse"})
    Account.objects.get(username="office").save()
    assert last_rights() == []


def test_what_a_service_records_comes_from_the_address_of_the_request(client_for, people, town):
    client = client_for(people.director)
    page = client.get("/leads/deadlines/")
    values = {}
    for row in page.context["rows"]:
        values |= {f"{row.prefix}-{name}": row[name].value() for name in row.fields}
    values["ordinary-days"] = 20
    assert client.post("/leads/deadlines/", values, **ADDRESS).status_code == 302
    [said] = entries(Action.SETTINGS_CHANGED)
    assert said[:4] == ("director", "192.0.2.7", "期限规则", "一般线索办理")
    assert said[4].startswith("改为：20 ")
    assert said[5] == "done"


def test_the_contact_of_a_unit_is_a_setting(client_for, people, town):
    values = {"seen": mark_of(contact_words(town.police)), "hotline": "12345"}
    url = f"/units/{town.police.code}/contact/"
    assert client_for(people.police).post(url, values, **ADDRESS).status_code == 302
    row = ("liaison.pcs", "192.0.2.7", "单位", "派出所", "修改联系方式", "done")
    assert entries(Action.SETTINGS_CHANGED) == [row]


def test_a_hint_is_a_look_at_the_lead_that_it_shows(client_for, people, make_lead):
    shown, other = make_lead(), make_lead()
    client = client_for(people.office)
    client.get(f"/leads/{other.number}/similar/", **ADDRESS)
    row = ("office", "192.0.2.7", "线索", shown.number, "", "done")
    assert entries(Action.HINT_VIEWED) == [row]


def test_the_form_of_a_correction_shows_the_lead(client_for, people, make_lead):
    lead = make_lead()
    client_for(people.office).get(f"/leads/{lead.number}/correct/", **ADDRESS)
    row = ("office", "192.0.2.7", "线索", lead.number, "更正", "done")
    assert entries(Action.LEAD_VIEWED) == [row]


def test_a_refusal_and_a_hidden_lead_are_on_record(client_for, people, make_lead):
    lead = make_lead()
    client = client_for(people.east)
    assert client.get(f"/leads/{lead.number}/", **ADDRESS).status_code == 404
    assert client.get("/leads/setup/", **ADDRESS).status_code == 403
    path = f"/leads/{lead.number}/"
    hidden = ("liaison.dong", "192.0.2.7", "", "", path, "refused")
    denied = ("liaison.dong", "192.0.2.7", "", "", "/leads/setup/", "refused")
    assert entries(Action.HIDDEN) == [hidden]
    assert entries(Action.DENIED) == [denied]


def test_an_address_that_does_not_exist_is_nobodys_business(client_for, people):
    assert client_for(people.east).get("/王某某/").status_code == 404
    assert entries(Action.HIDDEN) == []


def test_words_in_an_address_are_not_kept(client_for, people):
    client = client_for(people.director)
    assert client.get("/leads/setup/papers/王某某/").status_code == 404
    assert "王某某" not in str(entries(Action.HIDDEN))
