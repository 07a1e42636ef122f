"""Who gets what answer at which address: one table over the whole URLconf."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from jobs.models import Job, JobState
from leads import due
from messaging.models import Message
from reporting.periods import services as periods
from reporting.weekly import form as weekly_form
from reporting.weekly import services as weekly

#: What a cell says, GET before the stroke and POST (of an empty form) after it.
ANSWERS = {
    200: "ok",  # the page
    302: "go",  # done, or sent on
    403: "no",  # they see the thing but may not do this
    404: "--",  # for them there is no such thing
    405: "xx",  # this address does not take this method
}

#: The roles of the columns, each with the person of `conftest.People` that plays it.
ROLES = {
    "office": "office",
    "director": "director",
    "liaison": "police",
    "leader": "police_leader",
    "town_leader": "town_leader",
    "custodian": "custodian",
    "system": "sysadmin",
    "security": "secadmin",
    "auditor": "auditor",
}

#: One row per address. `thing` is what it is about (see `World`); the role's columns are about
#: their own: their town's, their unit's, or addressed to them. `foreign` holds for every role.
TABLE = """
# address                thing   office direc. liais. leader town   custo. system secur. audit. foreign
home                     .       ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  .
healthz                  .       ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  .
login                    .       go/go  go/go  go/go  go/go  go/go  go/go  go/go  go/go  go/go  .
logout                   .       xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  .
password_change          .       ok/ok  ok/ok  ok/ok  ok/ok  ok/ok  ok/ok  ok/ok  ok/ok  ok/ok  .

leads:list               .       ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  no/xx  no/xx  no/xx  no/xx  .
leads:create             .       ok/ok  ok/ok  ok/ok  ok/ok  no/no  no/no  no/no  no/no  no/no  .
leads:detail             lead    ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  --/xx  --/xx  --/xx  --/xx  --/xx
leads:assign             lead    ok/ok  ok/ok  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--
leads:decline            lead    ok/ok  ok/ok  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--
leads:close              lead    ok/ok  ok/ok  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--
leads:sign               task    xx/no  xx/no  xx/go  xx/go  xx/no  xx/--  xx/--  xx/--  xx/--  xx/--
leads:report             task    no/no  no/no  ok/ok  ok/ok  no/no  --/--  --/--  --/--  --/--  --/--
leads:return             task    ok/ok  ok/ok  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--

reporting:board          .       ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  no/xx  no/xx  no/xx  no/xx  .
reporting:export         .       xx/go  xx/go  xx/no  xx/no  xx/go  xx/no  xx/no  xx/no  xx/no  .
reporting:mine           .       no/xx  no/xx  ok/xx  ok/xx  no/xx  no/xx  no/xx  no/xx  no/xx  .
reporting:edit           owed    no/no  no/no  go/ok  go/ok  no/no  --/--  --/--  --/--  --/--  --/--
reporting:report         report  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  --/xx  --/xx  --/xx  --/xx  --/xx
reporting:submit         report  xx/no  xx/no  xx/ok  xx/ok  xx/no  xx/--  xx/--  xx/--  xx/--  xx/--
reporting:withdraw       report  xx/no  xx/no  xx/ok  xx/ok  xx/no  xx/--  xx/--  xx/--  xx/--  xx/--
reporting:sign           report  xx/no  xx/no  xx/no  xx/ok  xx/no  xx/--  xx/--  xx/--  xx/--  xx/--
reporting:receive        report  xx/ok  xx/ok  xx/no  xx/no  xx/no  xx/--  xx/--  xx/--  xx/--  xx/--
reporting:return         report  xx/ok  xx/ok  xx/no  xx/no  xx/no  xx/--  xx/--  xx/--  xx/--  xx/--

messaging:inbox          .       ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  .
messaging:read_all       .       xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  .
messaging:read           note    xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/--

jobs:list                .       ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  .
jobs:detail              job     ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  --/xx
jobs:file                job     ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  --/xx

departments:list         .       ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  .
departments:detail       unit    ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  --/xx

audit:list               .       no/xx  no/xx  no/xx  no/xx  no/xx  no/xx  no/xx  no/xx  ok/xx  .
"""  # noqa: E501

#: Who has not signed in is sent to the sign-in page from everywhere but here.
OPEN_TO_ANYONE = {"login": "ok/ok", "healthz": "ok/xx"}


@dataclass(frozen=True)
class Row:
    thing: str
    own: dict[str, str]
    foreign: str


def parse(table: str) -> dict[str, Row]:
    rows = {}
    for line in table.splitlines():
        if not line or line.startswith("#"):
            continue
        name, thing, *cells, foreign = line.split()
        assert name not in rows, f"{name} stands twice in the table"
        assert len(cells) == len(ROLES), f"{name} has a cell too many or too few"
        rows[name] = Row(thing, dict(zip(ROLES, cells, strict=True)), foreign)
    return rows


ROWS = parse(TABLE)


def addresses(patterns: list[Any], namespace: str = "") -> Iterator[str | None]:
    """The full name of every address of the portal; None for one without a name."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            below = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from addresses(pattern.url_patterns, below)
        elif isinstance(pattern, URLPattern):
            yield namespace + pattern.name if pattern.name else None


class World:
    """A thing of each kind that is the person's own, and ones that are not."""

    def __init__(self, town: Any, people: Any, far_people: Any, make_assigned: Any, far: Any):
        self.town, self.people = town, people
        self.lead, self.neighbours_lead = make_assigned(), make_assigned(town.civil)
        self.far_lead = far
        self.report = self._report(people.police, people.police_leader, town.police)
        self.neighbours_report = self._report(people.civil, None, town.civil)
        far_police = far_people.police.main_unit
        self.far_report = self._report(far_people.police, far_people.police_leader, far_police)
        self.far_unit, self.stranger = far_police, far_people.civil

    @staticmethod
    def _report(liaison: Any, leader: Any, unit: Any) -> Any:
        """A signed report where there is a leader to sign it, else a draft."""
        period, _ = periods.open_period(jurisdiction=unit.jurisdiction, day=due.today())
        content = weekly_form.Content(
            figures={item.code: 0 for item in weekly_form.CURRENT.figures}
        )
        report = weekly.save(
            actor=liaison, period=period, unit=unit, content=content, expected_version=0
        )
        if leader is None:
            return report
        return weekly.sign(actor=leader, report=report, expected_version=report.version)

    def own(self, thing: str, account: Any) -> dict[str, Any]:
        match thing:
            case ".":
                return {}
            case "lead":
                return {"number": self.lead.number}
            case "task":
                return {"pk": self.lead.assignments.get().pk}
            case "unit":
                return {"code": self.town.police.code}
            case "owed":
                return self._owed(self.report)
            case "report":
                return {"pk": self.report.pk}
            case "note":
                return {"pk": self._note(account).pk}
            case "job":
                return {"public_id": self._job(account).public_id}
        raise LookupError(thing)

    def foreign(self, thing: str, account: Any) -> list[dict[str, Any]]:
        """Another town's, another unit's for those who act for a unit, or another person's."""
        beside = account.acts_for_unit
        match thing:
            case "lead":
                found = [self.far_lead, *([self.neighbours_lead] if beside else [])]
                return [{"number": lead.number} for lead in found]
            case "task":
                found = [self.far_lead, *([self.neighbours_lead] if beside else [])]
                return [{"pk": lead.assignments.get().pk} for lead in found]
            case "unit":
                return [{"code": self.far_unit.code}]
            case "owed":
                found = [self.far_report, *([self.neighbours_report] if beside else [])]
                return [self._owed(report) for report in found]
            case "report":
                # A draft is its unit's own paper: foreign to the office too.
                return [{"pk": self.far_report.pk}, {"pk": self.neighbours_report.pk}]
            case "note":
                return [{"pk": self._note(self.stranger).pk}]
            case "job":
                return [{"public_id": self._job(self.stranger).public_id}]
        raise LookupError(thing)

    @staticmethod
    def _owed(report: Any) -> dict[str, Any]:
        return {"period_id": report.period_id, "code": report.unit.code}

    @staticmethod
    def _note(account: Any) -> Message:
        return Message.objects.create(
            recipient=account, kind="test", subject_key=str(uuid.uuid4()), title="提醒"
        )

    @staticmethod
    def _job(account: Any) -> Job:
        """A finished job, with its file."""
        job = Job.objects.create(
            kind="test",
            title="测试",
            requested_by=account,
            submission=uuid.uuid4(),
            state=JobState.DONE,
            stored_as=f"permissions-{uuid.uuid4()}",
            file_name="测试.xlsx",
        )
        job.path.parent.mkdir(parents=True, exist_ok=True)
        job.path.write_bytes(b"file")
        return job


@pytest.fixture
def far_lead(make_lead, far_people, other_town):
    """A lead of the other town, assigned there."""
    from departments.models import Domain
    from leads.models import Conduct
    from leads.services import assign

    lead = make_lead(actor=far_people.office, place=None)
    return assign(
        lead=lead,
        actor=far_people.office,
        units=[other_town.police],
        due_on=due.today(),
        expected_version=lead.version,
        domain=Domain.objects.first(),
        conduct=Conduct.objects.first(),
    )


@pytest.fixture
def world(town, people, far_people, make_assigned, far_lead, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return World(town, people, far_people, make_assigned, far_lead)


def answer(account: Any, url: str) -> str:
    """What `account` (None: nobody) gets there by GET and by POST; nothing of it stays."""
    words = []
    for method in ("get", "post"):
        with transaction.atomic():
            client = Client()
            if account is not None:
                client.force_login(account)
            response: HttpResponse = getattr(client, method)(url)
            response.close()
            words.append(ANSWERS.get(response.status_code, str(response.status_code)))
            transaction.set_rollback(True)
    return "/".join(words)


def test_the_table_has_a_row_for_every_address_and_no_other():
    assert sorted(addresses(get_resolver().url_patterns), key=str) == sorted(ROWS)


@pytest.mark.parametrize("name", ROWS)
def test_each_role_gets_the_answer_of_the_table(name, world):
    row = ROWS[name]
    got = {}
    for role, person in ROLES.items():
        account = getattr(world.people, person)
        got[role] = answer(account, reverse(name, kwargs=world.own(row.thing, account)))
    assert got == row.own


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.thing != "."])
def test_nobody_reaches_what_is_foreign(name, world):
    row = ROWS[name]
    got = {
        f"{role} {kwargs}": answer(account, reverse(name, kwargs=kwargs))
        for role, account in ((role, getattr(world.people, who)) for role, who in ROLES.items())
        for kwargs in world.foreign(row.thing, account)
    }
    assert got == dict.fromkeys(got, row.foreign)
    assert len(got) >= len(ROLES)


@pytest.mark.parametrize("name", ROWS)
def test_who_is_not_signed_in_is_sent_to_sign_in(name, world):
    url = reverse(name, kwargs=world.own(ROWS[name].thing, world.stranger))
    assert answer(None, url) == OPEN_TO_ANYONE.get(name, "go/go")
    if name not in OPEN_TO_ANYONE:
        assert Client().get(url)["Location"] == f"{reverse('login')}?next={url}"
        assert Client().post(url)["Location"] == f"{reverse('login')}?next={url}"
