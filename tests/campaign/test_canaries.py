"""Words put into every sensitive field, and looked for in every byte that people receive.

What a person may receive of a lead is what `leads.fields` grants to their standings towards it.
"""

from __future__ import annotations

import json
import logging
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import reverse

from departments.models import Account
from jobs import services as jobs
from leads import due
from leads.circle import services as circle
from leads.conflicts.models import ConflictOfInterest
from leads.fields import FIELDS, Sees
from leads.lists import columns
from leads.models import ImportBatch, Lead, LeadDraft, Release
from leads.states import Secrecy
from messaging.deliveries import services as deliveries
from reporting.incidents.models import Incident
from reporting.notes.models import DailyNote
from tests.campaign.canaries import (
    BESIDE_ANOTHER,
    ID_NUMBER,
    PHONE,
    WITHOUT_WORDS,
    WORDLESS,
    Beside,
    assigned,
    bare_columns,
    canary,
    fill,
    found_in,
)
from tests.campaign.test_permissions import KEYS, ROWS
from tests.forms import Form
from tests.leaks import kept_in, unwrapped

#: The things of an address that belong to one lead, each with what names it there.
OF_A_LEAD: dict[str, Any] = {
    name: lambda lead, name=name: [KEYS[name](lead)]
    for name in ("lead", "task", "more", "letter", "reward", "alert", "untrue", "told", "kept")
} | {
    "paper": lambda lead: [KEYS["paper"](one) for one in lead.attachments.all()],
    "bar": lambda lead: [KEYS["bar"](lead.conflicts.first())],
    "access": lambda lead: [KEYS["access"](lead.accesses.first())],
    "added": lambda lead: [{"pk": one.pk} for one in lead.supplements.all()],
}
#: What says on a form which state of a thing its reader had before them.
SEEN = ("version", "seen", "draft_version")
HTMX = {"HX-Request": "true"}


@dataclass
class World:
    """Two leads of which every field has its word, what is secret besides, and who asks."""

    leads: dict[str, Lead]
    beside: Beside
    everyone: list[Account]
    filled: set[str] = field(default_factory=set)
    #: Addresses that answer a request for a fragment with the page's own templates.
    alike: set[str] = field(default_factory=set)

    def addresses(self) -> dict[str, tuple[bool, bool]]:
        """Every address about these things or about nothing in particular: GET and POST or not."""
        found = {}
        for name, row in ROWS.items():
            if name == "logout":
                continue
            cells = [cell.split("/") for cell in row.own.values()]
            takes = tuple(any(cell[place] != "xx" for cell in cells) for place in (0, 1))
            for kwargs in self._things(row.thing):
                found[reverse(name, kwargs=kwargs)] = takes
        return dict(sorted(found.items()))

    def _things(self, thing: str) -> Iterator[dict[str, Any]]:
        if thing == ".":
            yield {}
        for lead in self.leads.values() if thing in OF_A_LEAD else ():
            yield from OF_A_LEAD[thing](lead)
        beside = {"batch": self.beside.batch, "grave": self.beside.incident}
        beside |= {"line": self.beside.note, "draft": self.beside.draft}
        owed = self.beside.owed
        beside |= {"unit": owed.unit} | dict.fromkeys(("owed", "counted", "week", "missed"), owed)
        if thing in beside:
            yield KEYS[thing](beside[thing])

    def may(self, account: Account) -> set[tuple[str, str]]:
        """The canaries that are for this person."""
        user, may = Account.objects.get(pk=account.pk), set()
        for mark, lead in self.leads.items():
            seen = Lead.objects.get(pk=lead.pk).seen_by(user)
            may |= {(mark, field.replace("_", "")) for field in seen}
            if seen.get("supplements") is Sees.ALL:
                may.add((mark, "unread"))
            if Release.objects.visible_to(user).filter(lead=lead).exists():
                may.add((mark, "release"))
        kinds = {"draft": LeadDraft, "ledger": ImportBatch, "incident": Incident, "note": DailyNote}
        may |= {("c", name) for name, kind in kinds.items() if kind.objects.visible_to(user)}
        if ("c", "draft") in may:
            may.add(("c", "identity"))  # which they have just typed themselves
        return may

    def literals(self) -> set[bytes]:
        """What is for nobody, in whatever page."""
        return {self.beside.secret.encode(), PHONE.encode(), ID_NUMBER.encode()}


@pytest.fixture
def _no_temporary_files(monkeypatch, settings, tmp_path) -> None:
    """Files lie in a folder of the test's own; a temporary one, in clear, meets an error."""
    settings.MEDIA_ROOT = tmp_path / "files"
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))


@pytest.fixture
def world(
    _no_temporary_files,
    town,
    people,
    far_people,
    make_assigned,
    make_account,
    django_capture_on_commit_callbacks,
) -> World:
    with django_capture_on_commit_callbacks(execute=True):
        leads = {mark: assigned(make_assigned, mark, people) for mark in "ab"}
        circle.set_circle(
            lead=leads["b"],
            actor=people.office,
            secrecy=Secrecy.LIMITED,
            expected_version=leads["b"].version,
        )
        filled = [fill(lead, mark, people) for mark, lead in leads.items()]
        leads = {mark: Lead.objects.get(pk=lead.pk) for mark, lead in leads.items()}
        beside = Beside(people)
    outside = make_account("outside", town.office, "office")
    granted = make_account("granted", town.unit, "town_leader")
    circle.grant_reading(
        lead=leads["b"], actor=people.director, account=granted, reason="协调", ends_on=due.today()
    )
    urgent = make_account("urgent", town.office, "office")
    circle.look_urgently(lead=leads["b"], actor=urgent, reason="警情")
    barred = make_account("barred", town.office, "office")
    for lead in leads.values():
        ConflictOfInterest.objects.create(lead=lead, account=barred, why="recused", reason="亲属")
    everyone = [people.office, people.director, people.police, people.police_leader]
    everyone += [people.civil, people.east_leader, people.town_leader, people.custodian]
    everyone += [people.sysadmin, people.secadmin, people.auditor, far_people.director]
    return World(leads, beside, [*everyone, outside, granted, urgent, barred], filled[0])


class Reader:
    """One person at the portal: what they asked for, and the canaries that came back."""

    def __init__(self, world: World, account: Account) -> None:
        self.account, self.literals, self.alike = account, world.literals(), world.alike
        self.may, self.received = world.may(account), set()
        self.client = Client()
        self.client.force_login(Account.objects.get(pk=account.pk))

    def visit(self, url: str, *, gets: bool, posts: bool) -> None:
        """The page, its fragment, and the answer to a form: nothing that happens stays."""
        typed: dict[str, Any] = {}
        if gets:
            response = self.ask("get", url)
            is_page = response.headers["Content-Type"].startswith("text/html")
            if response.status_code == 200 and is_page:
                if url not in self.alike:
                    fragment = self.ask("get", url, headers=HTMX)
                    assert fragment.status_code == 200
                    if _templates(fragment) == _templates(response):
                        self.alike.add(url)
                typed = _outdated(Form(response.text).values)
        if posts:
            self.ask("post", url, typed)

    def ask(self, method: str, url: str, *args: Any, **kwargs: Any) -> HttpResponse:
        with transaction.atomic():
            response = getattr(self.client, method)(url, *args, **kwargs)
            body = b"".join(response) if response.streaming else response.content
            transaction.set_rollback(True)
        assert response.status_code < 500, f"{self.account.username} {method} {url}"
        self._read(unwrapped(body) + _around(response), f"{method} {url}")
        return response

    def export(self) -> None:
        """All that an export of the town's leads gives the person; nothing where it is refused."""
        try:
            job = jobs.request_export(
                actor=Account.objects.get(pk=self.account.pk),
                export_id="lead_ledger",
                params={"query": "", "columns": list(columns.BY_CODE)},
                purpose="核对",
                submission=uuid.uuid4(),
            )
        except PermissionDenied:
            return
        jobs.run(job.pk)
        self.ask("get", reverse("jobs:file", args=[job.public_id]))

    def _read(self, answer: bytes, where: str) -> None:
        found = found_in(answer)
        assert found <= self.may, f"{self.account.username} {where}"
        literal = [one for one in self.literals if one in answer]
        assert literal == [], f"{self.account.username} {where}"
        self.received |= found


def _templates(response: HttpResponse) -> list[str]:
    return [template.name for template in response.templates]


def _outdated(values: dict[str, list[str]]) -> dict[str, list[str]]:
    """A form as the page shows it, sent by somebody who saw an earlier state of the thing."""
    return {
        name: ["0"] if name.rpartition("-")[2] in SEEN else given for name, given in values.items()
    }


def _around(response: HttpResponse) -> bytes:
    """What comes with the body: headers, cookies, and the messages in them."""
    told = [json.dumps(dict(response.headers)), response.cookies.output()]
    request = HttpRequest()
    request.COOKIES = {name: cookie.value for name, cookie in response.cookies.items()}
    told += [str(message) for message in CookieStorage(request)]
    return "\n".join(told).encode()


def test_every_field_of_the_table_has_a_word_or_none_can_be_written(world):
    assert world.filled - {"unread"} == set(FIELDS) - WORDLESS
    assert sorted(bare_columns() ^ WITHOUT_WORDS ^ BESIDE_ANOTHER) == []


def test_nobody_receives_a_word_that_the_table_does_not_grant(
    world, caplog, django_capture_on_commit_callbacks
):
    caplog.set_level(logging.DEBUG)
    addresses, received = world.addresses(), {}
    for account in world.everyone:
        reader = Reader(world, account)
        for url, (gets, posts) in addresses.items():
            reader.visit(url, gets=gets, posts=posts)
        with django_capture_on_commit_callbacks(execute=True):
            reader.export()
        received[account.username] = reader.received
    # What is granted does arrive: the search is not blind.
    sensitive = {name.replace("_", "") for name in set(FIELDS) - WORDLESS}
    shown_later = {"proposal", "closingwords", "rounds", "referrals"}  # of a lead that has ended
    assert sensitive - {field for _mark, field in received["director"]} == shown_later
    assert received["office"] - received["director"] == {("c", "draft")}
    assert received["director"] - received["office"] == set()
    assert {("a", "codes"), ("a", "replies"), ("a", "unread")} <= received["office"]
    assert ("a", "supplements") in received["liaison.pcs"]
    assert {("c", "incident"), ("c", "note")} <= received["liaison.pcs"]
    assert {("b", "supplements"), ("b", "rewards")} <= received["granted"]
    assert ("a", "title") in received["outside"]
    assert not {field for mark, field in received["outside"] if mark == "b"}
    assert ("b", "allegation") in received["urgent"] & received["granted"]
    for nobody in ("custodian", "sysadmin", "secadmin", "auditor", "far.director"):
        assert received[nobody] == set()
    assert not {field for mark, field in received["barred"] if mark in "ab"}
    assert received["liaison.mzb"] == received["leader.dong"] == set()
    deliveries.deliver_due()
    _nothing_lies_about(world, caplog.text)


def _nothing_lies_about(world: World, logged: str) -> None:
    """Neither logs, mails, files, messages, jobs, sessions nor the trail hold a word.

    The queue of a running portal is looked at by `tests/e2e/test_leaks.py`.
    """
    lying = {"logs": logged.encode()}
    letters = "".join(letter.subject + letter.body for letter in mail.outbox)
    assert letters
    lying["letters"] = letters.encode()
    folders = (Path(configured.MEDIA_ROOT), Path(configured.VAR))
    lying |= {str(path): inside for path, inside in kept_in(*folders)}
    assert len(lying) > 10
    for number, session in enumerate(Session.objects.all()):
        lying[f"session {number}"] = json.dumps(session.get_decoded()).encode()
    with connection.cursor() as cursor:
        for table in ("messaging_message", "messaging_delivery", "jobs_job", "audit_auditentry"):
            cursor.execute(f"SELECT coalesce(string_agg(t::text, ''), '') FROM {table} t")
            lying[table] = cursor.fetchone()[0].encode()
    assert {where for where, data in lying.items() if found_in(data)} == set()
    literals = world.literals()
    assert {where for where, data in lying.items() if any(one in data for one in literals)} == set()


def test_a_hidden_word_is_not_found_by_searching_for_it(world):
    for account in world.everyone:
        client = Client()
        client.force_login(Account.objects.get(pk=account.pk))
        may = world.may(account)
        for mark, lead in world.leads.items():
            for name in ("title", "allegation", "place_detail", "subjects", "feedback"):
                word = canary(mark, name)
                for part in (word, word[2:9]):
                    response = client.get(reverse("leads:list"), {"q": part, "tab": ""})
                    if response.status_code == 403:
                        continue
                    rows = {row.pk for row in response.context["page"].rows}
                    readable = (mark, "allegation") in may
                    assert lead.pk not in rows or readable, f"{account.username} {part}"
