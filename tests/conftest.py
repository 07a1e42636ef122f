"""What every test starts from: the runtime role, and one small town with its people."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import ClassVar

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client

from departments.models import Account, Domain, Membership, Unit, UnitKind
from departments.roles import Role
from departments.services import add_unit, grant
from leads.models import Channel, Conduct
from tests.kept import made_once

# Playwright's synchronous interface runs an event loop in the thread of the test.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture(autouse=True)
def _runtime_role(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tests hold no right that the web and the workers would not hold."""
    fixtures = set(request.fixturenames)
    if not fixtures & {"db", "transactional_db", "live_server"}:
        yield
        return
    request.getfixturevalue("transactional_db" if "live_server" in fixtures else "db")
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {settings.RUNTIME_ROLE}")
    yield
    if not connection.needs_rollback:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")


@pytest.fixture
def as_owner() -> None:
    """The rights of the owner, for a test about what even the owner is refused."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


class Town:
    """A small town: an office, police, discipline, two departments and two villages."""

    def __init__(self, code: str = "town") -> None:
        self._code = code
        prefix = "" if code == "town" else f"{code}-"
        made_once(("town", code, Unit.objects.count()), (Unit,), lambda: self._make(prefix))
        found = {unit.code: unit for unit in Unit.objects.all()}
        self.unit = found[code]
        for name, short in self.UNITS.items():
            setattr(self, name, found[prefix + short])

    #: By the names that tests call them, the ends of their codes.
    UNITS: ClassVar = {
        "office": "shb",
        "police": "pcs",
        "discipline": "jw",
        "civil": "mzb",
        "land": "gts",
        "east": "dong",
        "west": "xi",
    }

    def _make(self, prefix: str) -> None:
        self.unit = add_unit(
            parent=None, code=self._code, name=f"{self._code}镇", kind=UnitKind.TOWN
        )
        works = {"receives_leads": True, "reports_weekly": True}
        self._add(prefix + "shb", "扫黑办", UnitKind.OFFICE)
        self._add(prefix + "pcs", "派出所", UnitKind.POLICE, **works)
        self._add(prefix + "jw", "纪委", UnitKind.DISCIPLINE, **works)
        self._add(prefix + "mzb", "民政办", UnitKind.DEPARTMENT, **works)
        self._add(prefix + "gts", "国土所", UnitKind.DEPARTMENT, **works)
        village = {"reports_weekly": True}
        self._add(prefix + "dong", "东村", UnitKind.VILLAGE, **village)
        self._add(prefix + "xi", "西村", UnitKind.VILLAGE, **village)

    def _add(self, code: str, name: str, kind: UnitKind, **fields: object) -> Unit:
        self.unit.refresh_from_db()
        return add_unit(parent=self.unit, code=code, name=name, kind=kind, **fields)


@pytest.fixture
def dictionaries(db: None) -> None:
    for code, name in [("hotline", "举报电话"), ("visit", "来访")]:
        Channel.objects.create(code=code, name=name)
    for code, name in [("market", "市场经营"), ("land", "征地拆迁")]:
        Domain.objects.create(code=code, name=name)
    for code, name in [("extortion", "收保护费"), ("loan", "非法放贷")]:
        Conduct.objects.create(code=code, name=name)


@pytest.fixture
def town(dictionaries: None) -> Town:
    return Town()


@pytest.fixture
def other_town(town: Town) -> Town:
    """A second town: nobody of the first may see anything of it."""
    return Town("far")


@pytest.fixture
def make_account(db: None) -> Callable[..., Account]:
    def make(username: str, unit: Unit, role: str, *, full_name: str = "") -> Account:
        account = Account.objects.create_user(
            username=username,
            email=f"{username}@example.invalid",
            password="correct horse",
            full_name=full_name or username,
            must_change_password=False,
        )
        grant(account=account, unit=unit, role=role)
        return account

    return make


class People:
    """One account for each kind of part to play, by name."""

    def __init__(self, town: Town, make: Callable[..., Account], prefix: str = "") -> None:
        self._town, self._make, self._prefix = town, make, prefix
        key = ("people", prefix, town.unit.pk, town.west.pk, Account.objects.count())
        made_once(key, (Account, Membership), self._make_all)
        found = {account.username: account for account in Account.objects.all()}
        for name, (username, *_) in self.PARTS.items():
            setattr(self, name, found[prefix + username])

    #: By the names that tests call them: user name, unit, role and, where it matters, full name.
    PARTS: ClassVar = {
        "office": ("office", "office", Role.OFFICE, "办公室甲"),
        "director": ("director", "office", Role.DIRECTOR, "主任乙"),
        "town_leader": ("town", "unit", Role.TOWN_LEADER, "镇领导丙"),
        "custodian": ("custodian", "office", Role.CUSTODIAN, ""),
        "police": ("liaison.pcs", "police", Role.LIAISON, "民警丁"),
        "police_leader": ("leader.pcs", "police", Role.LEADER, ""),
        "discipline": ("liaison.jw", "discipline", Role.LIAISON, ""),
        "civil": ("liaison.mzb", "civil", Role.LIAISON, ""),
        "east": ("liaison.dong", "east", Role.LIAISON, ""),
        "east_leader": ("leader.dong", "east", Role.LEADER, ""),
        "west": ("liaison.xi", "west", Role.LIAISON, ""),
        "sysadmin": ("sysadmin", "unit", Role.SYSTEM_ADMIN, ""),
        "secadmin": ("secadmin", "unit", Role.SECURITY_ADMIN, ""),
        "auditor": ("auditor", "unit", Role.AUDITOR, ""),
    }

    def _make_all(self) -> None:
        for username, unit, role, full_name in self.PARTS.values():
            at = getattr(self._town, unit)
            self._make(f"{self._prefix}{username}", at, role, full_name=full_name)

    def everyone(self) -> list[Account]:
        return [person for person in vars(self).values() if isinstance(person, Account)]

    @cached_property
    def discipline_leader(self) -> Account:
        """Made when a test first asks for them; who is not asked for gets no reminders."""
        return self._make(f"{self._prefix}leader.jw", self._town.discipline, Role.LEADER)

    @cached_property
    def civil_leader(self) -> Account:
        return self._make(f"{self._prefix}leader.mzb", self._town.civil, Role.LEADER)


@pytest.fixture
def people(town: Town, make_account: Callable[..., Account]) -> People:
    return People(town, make_account)


@pytest.fixture
def far_people(other_town: Town, make_account: Callable[..., Account]) -> People:
    return People(other_town, make_account, "far.")


@pytest.fixture
def client_for() -> Callable[[Account], Client]:
    def sign_in(account: Account) -> Client:
        client = Client()
        client.force_login(account)
        return client

    return sign_in


@pytest.fixture
def make_lead(town: Town, people: People) -> Callable[..., object]:
    """A lead as the office logs it; fields may be given."""
    import uuid

    from leads.services import register

    def make(**fields: object) -> object:
        values = {
            "channel": Channel.objects.get(code="hotline"),
            "title": "反映市场内有人强行收取费用",
            "allegation": "反映人称每月初有人到东村集市收取“管理费”，不交就不让摆摊。",
            "place": town.east,
            "domain": Domain.objects.get(code="market"),
        } | fields
        actor = values.pop("actor", people.office)
        lead, _ = register(actor=actor, submission=uuid.uuid4(), **values)
        return lead

    return make


@pytest.fixture
def make_assigned(town: Town, people: People, make_lead: Callable[..., object]):
    """A lead that the office has assigned, to the police unless other units are given."""
    import datetime as dt

    from leads import due
    from leads.services import assign

    def make(*units: Unit, due_on: dt.date | None = None, **fields: object):
        lead = make_lead(**fields)
        return assign(
            lead=lead,
            actor=people.office,
            units=units or (town.police,),
            due_on=due_on or due.default_deadline(is_major=False),
            expected_version=lead.version,
            domain=Domain.objects.get(code="market"),
            conduct=Conduct.objects.get(code="extortion"),
        )

    return make


@pytest.fixture
def collected_static(settings) -> None:
    """Static files as the server serves them."""
    call_command("collectstatic", interactive=False, verbosity=0)
