"""Accounts and roles: one makes, another grants, a third looks on."""

from __future__ import annotations

import re
from contextlib import suppress
from io import StringIO

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client

from access.accounts import services
from access.factors.services import has_factor
from access.models import RoleProposal
from audit.machine import Conflict
from audit.models import Action, AuditEntry
from departments.models import Account, Membership
from departments.roles import Role
from messaging.models import Message
from tests.access.phones import bind
from tests.processes import fork, wait


def shown_password(page: str) -> str:
    return re.search(r'factor-key">([a-z2-9-]{14})<', page).group(1)


def recorded(account: Account) -> list[tuple[str, str]]:
    rows = AuditEntry.objects.filter(object_label=account.username).order_by("pk")
    return [(row.actor_name, row.reason) for row in rows]


def test_from_a_new_account_to_its_first_lead(client_for, people, town):
    system, security = client_for(people.sysadmin), client_for(people.secadmin)
    values = {"username": "fresh", "full_name": "新人", "email": ""}
    values |= {"unit": town.land.pk, "role": "liaison"}
    page = system.post("/account/people/new/", values)
    password = shown_password(page.text)
    account = Account.objects.get(username="fresh")
    assert not account.memberships.exists()
    again = system.post("/account/people/new/", values)
    assert again.status_code == 200
    assert Account.objects.filter(username="fresh").count() == 1

    proposal = account.role_proposals.get()
    assert "新人" in security.get("/account/people/").text
    decide = f"/account/people/proposals/{proposal.pk}/"
    assert security.post(decide, {"is_granted": "1"})["Location"].endswith(f"/{account.pk}/")
    assert "已经有人决定" in security.post(decide, {"is_granted": "1"}).text
    assert account.memberships.get().role == Role.LIAISON
    assert recorded(account) == [
        ("sysadmin", "建立账号"),
        ("sysadmin", "申请授予：单位联络员（国土所）"),
        ("secadmin", "授予：单位联络员（国土所）"),
    ]

    client = Client()
    client.post("/login/", {"username": "fresh", "password": password})
    assert client.get("/leads/")["Location"] == "/password/"
    new = "my own longer horse"
    changed = {"old_password": password, "new_password1": new, "new_password2": new}
    client.post("/password/", changed)
    assert client.get("/leads/").status_code == 200


def test_a_refusal_needs_its_reason_and_grants_nothing(client_for, people, town):
    proposal = services.propose(
        actor=people.sysadmin, account=people.west, unit=town.west, role=Role.LEADER
    )
    security = client_for(people.secadmin)
    address = f"/account/people/proposals/{proposal.pk}/"
    assert "请写明不同意的理由" in security.post(address, {"is_granted": "0"}).text
    security.post(address, {"is_granted": "0", "reason": "已有负责人"})
    assert people.west.memberships.get().role == Role.LIAISON
    proposal.refresh_from_db()
    assert (proposal.is_granted, proposal.reason) == (False, "已有负责人")


def test_the_same_is_not_proposed_twice(people, town):
    values = {"actor": people.sysadmin, "account": people.west, "unit": town.west}
    services.propose(role=Role.LEADER, **values)
    for role in (Role.LEADER, Role.LIAISON):
        with pytest.raises(Exception, match=r"等待安全管理员决定|已经担任"):
            services.propose(role=role, **values)


@pytest.mark.parametrize("role", [Role.SECURITY_ADMIN, Role.OFFICE])
def test_an_administrator_is_given_no_other_role(client_for, people, town, role):
    # Proposed before the person became an administrator: now it would be refused.
    proposal = RoleProposal.objects.create(
        proposed_by=people.sysadmin, account=people.auditor, unit=town.office, role=role
    )
    page = client_for(people.secadmin).post(
        f"/account/people/proposals/{proposal.pk}/", {"is_granted": "1"}
    )
    assert "管理员账号不能兼任其他角色" in page.text
    proposal.refresh_from_db()
    assert proposal.is_granted is None
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(account=people.auditor, unit=town.office, role=role)


def test_nobody_decides_what_they_proposed_even_by_sql(people, town):
    proposal = services.propose(
        actor=people.sysadmin, account=people.west, unit=town.west, role=Role.LEADER
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        RoleProposal.objects.filter(pk=proposal.pk).update(decided_by=people.sysadmin)


def test_a_role_that_is_taken_ends_the_sessions(client_for, people):
    person, security = client_for(people.west), client_for(people.secadmin)
    held = people.west.memberships.get()
    address = f"/account/people/roles/{held.pk}/take/"
    assert "请填写此项" in security.post(address, {"reason": ""}).text
    security.post(address, {"reason": "调离"})
    assert person.get("/leads/")["Location"] == "/login/?next=/leads/"
    assert recorded(people.west)[-3:] == [
        ("secadmin", "撤销：单位联络员（西村）"),
        ("secadmin", "撤销理由：调离"),
        ("secadmin", "角色变更，1 处"),
    ]


def test_an_account_is_switched_off_and_on(client_for, people):
    person, system = client_for(people.west), client_for(people.sysadmin)
    address = f"/account/people/{people.west.pk}/switch/"
    system.post(address, {"reason": "长期休假"})
    assert person.get("/leads/")["Location"] == "/login/?next=/leads/"
    people.west.refresh_from_db()
    assert not people.west.is_active
    system.post(address, {"reason": "回来了"})
    people.west.refresh_from_db()
    assert people.west.is_active


def test_a_reset_password_is_shown_once_and_the_person_and_the_auditor_are_told(client_for, people):
    person, system = client_for(people.west), client_for(people.sysadmin)
    address = f"/account/people/{people.west.pk}/password/"
    password = shown_password(system.post(address, {"reason": "忘记密码", "seen": "-"}).text)
    assert person.get("/leads/")["Location"] == "/login/?next=/leads/"
    second = system.post(address, {"reason": "忘记密码", "seen": "-"}).text
    assert "刚刚改过" in second
    people.west.refresh_from_db()
    assert people.west.check_password(password)
    assert people.west.must_change_password
    entry = AuditEntry.objects.get(action=Action.CREDENTIALS_RESET)
    assert (entry.actor, entry.reason) == (people.sysadmin, "重置密码：忘记密码")
    told = Message.objects.filter(kind="access.reset")
    assert {message.recipient for message in told} == {people.west, people.auditor}
    assert password not in "".join(message.title + message.body for message in told)


def test_no_administrator_alone_resets_both_password_and_phone(people):
    bind(people.director)
    with pytest.raises(PermissionDenied):
        services.reset_password(
            actor=people.secadmin, account=people.director, seen="-", reason="忘记"
        )
    with pytest.raises(PermissionDenied):
        services.reset_factor(actor=people.sysadmin, account=people.director, reason="丢失")
    # Nobody but the security administrator is left for the system administrator's own.
    assert services.reset_password(
        actor=people.secadmin, account=people.sysadmin, seen="-", reason="忘记"
    )


@pytest.mark.parametrize("role", ["security_admin", "auditor", "office", "custodian"])
def test_what_can_never_be_granted_is_not_proposed(people, town, role):
    for account in (people.sysadmin, people.auditor):
        with pytest.raises(ValidationError):
            services.propose(actor=people.sysadmin, account=account, unit=town.unit, role=role)
    assert RoleProposal.objects.count() == 0


def test_a_lost_phone_is_reset(client_for, people):
    bind(people.west)
    security = client_for(people.secadmin)
    address = f"/account/people/{people.west.pk}/factor/"
    security.post(address, {"reason": "手机丢失，本人到场"})
    assert not has_factor(people.west)
    assert "没有绑定手机验证" in security.post(address, {"reason": "再来"}).text
    entry = AuditEntry.objects.get(action=Action.CREDENTIALS_RESET)
    assert entry.reason == "重置手机验证：手机丢失，本人到场"


def test_administrators_do_nothing_to_themselves(people):
    for act in (
        lambda: services.reset_factor(actor=people.secadmin, account=people.secadmin, reason="x"),
        lambda: services.switch(
            actor=people.sysadmin, account=people.sysadmin, is_active=False, reason="x"
        ),
        lambda: services.take(
            actor=people.secadmin, membership=people.secadmin.memberships.get(), reason="x"
        ),
    ):
        with pytest.raises(Exception, match="不能"):
            act()


def test_another_towns_account_is_out_of_reach(people, far_people):
    with pytest.raises(Conflict):
        services.switch(actor=people.sysadmin, account=far_people.west, is_active=False, reason="x")


def test_the_first_administrators_come_from_the_command_line(town):
    output = StringIO()
    wanted = {"name": "系统员", "role": "system_admin", "unit": town.unit.code}
    call_command("add_administrator", "root", stdout=output, **wanted)
    account = Account.objects.get(username="root")
    assert account.check_password(output.getvalue().strip().rpartition("：")[2])
    assert account.must_change_password
    assert account.memberships.get().role == Role.SYSTEM_ADMIN
    with pytest.raises(CommandError, match="已存在"):
        call_command("add_administrator", "root", **wanted)


def test_the_list_costs_the_same_however_long_it_is(
    client_for, people, town, make_account, django_assert_max_num_queries
):
    client = client_for(people.auditor)
    for number in range(30):
        make_account(f"more{number}", town.east, Role.LIAISON)
    with django_assert_max_num_queries(14):
        page = client.get("/account/people/").text
    assert "more29" in page
    assert "系统管理员：sysadmin" in page


@pytest.mark.parametrize("name", ["secadmin", "auditor"])
def test_the_last_of_the_three_administrators_is_not_switched_off(people, client_for, name):
    last = getattr(people, name)
    page = client_for(people.sysadmin).post(
        f"/account/people/{last.pk}/switch/", {"is_active": "0", "reason": "调离"}
    )
    assert page.status_code == 200
    assert f"只有这一个在用的{last.memberships.get().get_role_display()}" in page.text
    last.refresh_from_db()
    assert last.is_active


@pytest.mark.parametrize("name", ["sysadmin", "auditor"])
def test_the_last_of_the_three_administrators_keeps_the_role(people, client_for, name):
    last = getattr(people, name).memberships.get()
    page = client_for(people.secadmin).post(
        f"/account/people/roles/{last.pk}/take/", {"reason": "调离"}
    )
    assert page.status_code == 200
    assert f"只有这一个在用的{last.get_role_display()}" in page.text
    assert Membership.objects.filter(pk=last.pk).exists()


def test_with_a_second_one_in_use_the_first_can_go(people, far_people, make_account, town):
    """One of another town, or one who is switched off, does not count."""
    other = make_account("other", town.unit, Role.AUDITOR)
    Account.objects.filter(pk=other.pk).update(is_active=False)
    with pytest.raises(ValidationError):
        services.switch(
            actor=people.sysadmin, account=people.auditor, is_active=False, reason="调离"
        )
    services.take(actor=people.secadmin, membership=other.memberships.get(), reason="早已停用")
    another = make_account("another", town.unit, Role.AUDITOR)
    services.switch(actor=people.sysadmin, account=people.auditor, is_active=False, reason="调离")
    with pytest.raises(ValidationError):
        services.take(actor=people.secadmin, membership=another.memberships.get(), reason="调离")


@pytest.mark.django_db(transaction=True)
def test_of_two_that_go_at_once_one_stays(people, make_account, town):
    other = make_account("other", town.unit, Role.AUDITOR)

    def off(account: Account) -> None:
        with suppress(ValidationError):
            services.switch(actor=people.sysadmin, account=account, is_active=False, reason="x")

    assert wait(fork(lambda: off(people.auditor)), fork(lambda: off(other))) == [0, 0]
    assert Account.objects.filter(memberships__role=Role.AUDITOR, is_active=True).count() == 1
