"""The demo accounts: a part to play each, with role names instead of people's names."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from departments.models import Account, Unit, UnitKind
from departments.roles import Role
from departments.services import grant

OFFICE = (
    ("office", Role.OFFICE, "扫黑办工作人员"),
    ("director", Role.DIRECTOR, "扫黑办主任"),
    ("custodian", Role.CUSTODIAN, "信息保管员"),
)
TOWN = (
    ("town", Role.TOWN_LEADER, "镇领导"),
    ("sysadmin", Role.SYSTEM_ADMIN, "系统管理员"),
    ("secadmin", Role.SECURITY_ADMIN, "安全管理员"),
    ("auditor", Role.AUDITOR, "审计员"),
)
MAIL_DOMAIN = "example.invalid"


@dataclass(frozen=True)
class Part:
    """An account to be: its name for signing in, and the one role it holds."""

    username: str
    full_name: str
    unit: Unit
    role: Role

    @property
    def email(self) -> str:
        return f"{self.username}@{MAIL_DOMAIN}"


@dataclass(frozen=True)
class People:
    """The accounts by what they do; liaisons and leaders by their unit's key."""

    office: Account
    director: Account
    liaison: dict[int, Account]
    leader: dict[int, Account]


def parts(town: Unit) -> Iterator[Part]:
    """Every part in the town. The office has its own people, and no liaison or leader."""
    units = list(Unit.objects.active().filter(jurisdiction=town).order_by("path"))
    for unit in units:
        if unit.kind == UnitKind.OFFICE:
            for username, role, words in OFFICE:
                yield Part(username, f"演示·{words}", unit, role)
        elif unit.kind == UnitKind.TOWN:
            for username, role, words in TOWN:
                yield Part(username, f"演示·{words}", unit, role)
        else:
            yield Part(f"liaison.{unit.code}", f"演示·{unit.name}联络员", unit, Role.LIAISON)
            yield Part(f"leader.{unit.code}", f"演示·{unit.name}负责人", unit, Role.LEADER)


@transaction.atomic
def ensure(town: Unit, *, password: str = "") -> tuple[People, str]:
    """Make the accounts that are missing. Returns all, and the password to tell, if it is new.

    A given `password` is made to hold for them all, also for those from before; without one, old
    accounts keep theirs, and the first call invents one. One hash serves all: it is slow to
    make, and everybody knows the password anyway.
    """
    wanted = {part.username: part for part in parts(town)}
    there = {
        account.username: account
        for account in Account.objects.filter(username__in=wanted).order_by("pk")
    }
    hashed = next((account.password for account in there.values()), "")
    invented = ""
    if password and not (hashed and check_password(password, hashed)):
        hashed = make_password(password)
        Account.objects.filter(pk__in=[account.pk for account in there.values()]).update(
            password=hashed, must_change_password=False
        )
    elif not hashed:
        invented = secrets.token_urlsafe(9)
        hashed = make_password(invented)
    missing = [part for username, part in wanted.items() if username not in there]
    made = Account.objects.bulk_create(
        Account(
            username=part.username,
            email=part.email,
            full_name=part.full_name,
            password=hashed,
            must_change_password=False,
        )
        for part in missing
    )
    for account, part in zip(made, missing, strict=True):
        grant(account=account, unit=part.unit, role=part.role)
        there[account.username] = account
    return _people(wanted, there), invented


def _people(wanted: dict[str, Part], there: dict[str, Account]) -> People:
    by_role = {
        role: {
            part.unit.pk: there[username] for username, part in wanted.items() if part.role == role
        }
        for role in (Role.LIAISON, Role.LEADER)
    }
    return People(
        office=there["office"],
        director=there["director"],
        liaison=by_role[Role.LIAISON],
        leader=by_role[Role.LEADER],
    )
