"""Units, accounts and roles: what may be joined, also when somebody goes around the services."""

from __future__ import annotations

import itertools

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from departments.models import Account, Membership, Unit, UnitKind
from departments.roles import ADMIN_ROLES, OFFICE_ROLES, UNIT_ROLES, Role
from departments.services import add_unit, grant

OTHER_ROLES = sorted(set(Role) - ADMIN_ROLES)


@pytest.fixture
def account(db) -> Account:
    return Account.objects.create_user("someone", full_name="某账号")


def insert(account: Account, unit: Unit, role: str) -> None:
    """Give a role by plain SQL, past every service and model."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO departments_membership (account_id, unit_id, role) VALUES (%s, %s, %s)",
            [account.pk, unit.pk, role],
        )


def roles(account: Account) -> list[str]:
    return sorted(Membership.objects.filter(account=account).values_list("role", flat=True))


def test_a_person_may_hold_several_ordinary_roles(town, account):
    grant(account=account, unit=town.east, role=Role.LIAISON)
    grant(account=account, unit=town.east, role=Role.LEADER)
    grant(account=account, unit=town.west, role=Role.LIAISON)
    account = Account.objects.get(pk=account.pk)
    assert account.unit_ids() == {town.east.pk, town.west.pk}
    assert account.unit_ids(Role.LEADER) == {town.east.pk}
    assert account.main_unit == town.east
    assert account.acts_for_unit
    assert not account.is_office


def test_granting_twice_is_one_membership(town, account):
    first = grant(account=account, unit=town.east, role=Role.LIAISON)
    assert grant(account=account, unit=town.east, role=Role.LIAISON) == first
    assert roles(account) == ["liaison"]


PAIRS = [
    *itertools.permutations(sorted(ADMIN_ROLES), 2),
    *itertools.product(sorted(ADMIN_ROLES), OTHER_ROLES),
    *itertools.product(OTHER_ROLES, sorted(ADMIN_ROLES)),
    *itertools.product(sorted(set(OTHER_ROLES) - {Role.CUSTODIAN}), [Role.CUSTODIAN]),
    *itertools.product([Role.CUSTODIAN], sorted(set(OTHER_ROLES) - {Role.CUSTODIAN})),
]


@pytest.mark.parametrize(("held", "wanted"), PAIRS)
def test_roles_that_are_held_apart(town, account, held, wanted):
    grant(account=account, unit=town.unit, role=held)
    with pytest.raises(ValidationError, match="管理员账号不能兼任其他角色"):
        grant(account=account, unit=town.unit, role=wanted)
    assert roles(account) == [held]


@pytest.mark.parametrize(("held", "wanted"), PAIRS)
def test_roles_that_are_held_apart_by_sql(town, account, held, wanted):
    insert(account, town.unit, held)
    with pytest.raises(IntegrityError):
        insert(account, town.unit, wanted)
    assert roles(account) == [held]


@pytest.mark.parametrize("role", sorted(ADMIN_ROLES))
def test_an_administrator_is_one_at_one_place(town, other_town, account, role):
    grant(account=account, unit=town.unit, role=role)
    with pytest.raises(ValidationError, match="管理员账号不能兼任其他角色"):
        grant(account=account, unit=other_town.unit, role=role)


def test_a_role_is_not_changed_into_an_administrators_by_sql(town, account):
    grant(account=account, unit=town.east, role=Role.LIAISON)
    insert(account, town.east, Role.LEADER)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE departments_membership SET role = 'auditor' "
            "WHERE account_id = %s AND role = 'leader'",
            [account.pk],
        )
    assert roles(account) == ["leader", "liaison"]


def test_the_groups_of_roles_do_not_overlap():
    groups = [ADMIN_ROLES, OFFICE_ROLES, UNIT_ROLES, {Role.TOWN_LEADER}, {Role.CUSTODIAN}]
    assert sorted(itertools.chain(*groups)) == sorted(Role)


def test_units_stand_in_a_tree_and_know_their_town(db):
    district = add_unit(parent=None, code="d", name="某区", kind=UnitKind.DISTRICT)
    town = add_unit(parent=district, code="t", name="某镇", kind=UnitKind.TOWN)
    second = add_unit(parent=district, code="t2", name="二镇", kind=UnitKind.TOWN)
    office = add_unit(parent=town, code="o", name="扫黑办", kind=UnitKind.OFFICE)
    village = add_unit(parent=second, code="v", name="某村", kind=UnitKind.VILLAGE)
    assert district.jurisdiction is None
    assert (town.jurisdiction, second.jurisdiction) == (town, second)
    assert (office.jurisdiction, village.jurisdiction) == (town, second)
    tree = [(unit.code, unit.depth) for unit in Unit.objects.all()]
    assert tree == [("d", 1), ("t", 2), ("o", 3), ("t2", 2), ("v", 3)]
    assert Unit.objects.find_problems() == ([], [], [], [], [])


@pytest.mark.parametrize("kind", [UnitKind.OFFICE, UnitKind.DEPARTMENT, UnitKind.VILLAGE])
def test_only_towns_and_districts_stand_alone(db, kind):
    with pytest.raises(ValidationError, match="必须隶属于乡镇"):
        add_unit(parent=None, code="lost", name="无所属", kind=kind)
    assert not Unit.objects.exists()


def test_a_code_is_given_once(town):
    with pytest.raises(ValidationError) as refused:
        add_unit(parent=town.unit, code="pcs", name="又一派出所", kind=UnitKind.POLICE)
    assert list(refused.value.message_dict) == ["code"]


def test_a_unit_keeps_its_domains_and_is_found_by_them(town, dictionaries):
    from departments.models import Domain

    market = Domain.objects.get(code="market")
    town.civil.domains.add(market)
    assert list(Unit.objects.recipients_in(town.unit).filter(domains=market)) == [town.civil]


def test_the_directory_ends_at_the_town(town, other_town, people):
    seen = set(Unit.objects.visible_to(people.east).values_list("code", flat=True))
    assert "pcs" in seen
    assert not any(code.startswith("far") for code in seen)


def test_retired_units_report_and_receive_nothing(town):
    Unit.objects.filter(pk=town.police.pk).update(is_active=False)
    assert town.police not in Unit.objects.recipients_in(town.unit)
    assert town.police not in Unit.objects.reporting_in(town.unit)


def test_members_are_counted_once_and_only_while_active(town, account):
    grant(account=account, unit=town.east, role=Role.LIAISON)
    grant(account=account, unit=town.east, role=Role.LEADER)
    assert list(Account.objects.members_of(town.east, UNIT_ROLES)) == [account]
    Account.objects.filter(pk=account.pk).update(is_active=False)
    assert list(Account.objects.members_of(town.east, UNIT_ROLES)) == []
