"""Words put into every sensitive field of a lead, and looked for in every byte that people receive.

What a person may receive is what `leads.fields` grants to their standings towards that lead.
"""

from __future__ import annotations

import io
import json
import re
import uuid
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from departments.models import Account
from jobs import services as jobs
from leads import due
from leads.attachments.services import add
from leads.circle import services as circle
from leads.codes.models import QueryCode, ReporterReply
from leads.codes.services import read_supplement, supplement
from leads.conflicts.models import ConflictOfInterest
from leads.fields import FIELDS, Sees
from leads.lists import columns
from leads.models import (
    Access,
    Assignment,
    Extension,
    Feedback,
    FollowUp,
    Lead,
    LeadEvent,
    LeadRevision,
    Referral,
    Reward,
    RewardTier,
    Subject,
)
from leads.models.feedback import FeedbackSignature
from leads.states import Secrecy
from tests.campaign.test_permissions import KEYS, ROWS
from tests.files.samples import stored

#: The things of an address that belong to one lead.
OF_A_LEAD = ("lead", "task", "more", "letter", "paper", "bar", "access", "reward", "added")
FOUND = re.compile(rb"(?i)zq([ab])([a-z]+)qz")


def canary(mark: str, field: str) -> str:
    return f"zq{mark}{field.replace('_', '')}qz"


def _fill(lead: Lead, mark: str, people: Any) -> None:
    """Give every sensitive field of `lead` its own word."""

    def word(field: str) -> str:
        return canary(mark, field)

    named = ("title", "allegation", "place_detail", "external_number")
    Lead.objects.filter(pk=lead.pk).update(
        **{name: word(name) for name in named},
        closing_words=word("closing_words"),
        archive_ref=word("archive_ref"),
        reporter_kind="named",
    )
    Subject.objects.create(
        lead=lead, name=word("subjects"), position=word("subjects"), alleged=word("subjects")
    )
    task = lead.assignments.get()
    Assignment.objects.filter(pk=task.pk).update(instructions=word("instructions"))
    texts = ("first_verifier", "second_verifier", "verified_facts", "basis", "opinion")
    told = Feedback.objects.create(
        assignment=task,
        finding="doubtful",
        by=people.police,
        **{name: word("feedback")[:30] for name in texts},
    )
    FeedbackSignature.objects.create(feedback=told, digest=told.digest, by=people.police_leader)
    Extension.objects.create(
        assignment=task,
        old_due_on=task.due_on,
        new_due_on=task.due_on + timezone.timedelta(days=1),
        reason=word("extensions"),
        asked_by=people.police,
    )
    FollowUp.objects.create(
        lead=lead,
        contacted_on=due.today(),
        way="phone",
        attitude="satisfied",
        words=word("follow_ups"),
        by=people.office,
    )
    Referral.objects.create(
        lead=lead, round=1, authority=word("referrals"), referred_on=due.today(), by=people.office
    )
    ConflictOfInterest.objects.create(
        lead=lead, account=people.custodian, why="recused", reason=word("conflicts")
    )
    change = {"field": "title", "label": "线索名称", "before": "", "after": ""}
    change |= {"before_words": word("revisions"), "after_words": ""}
    LeadRevision.objects.create(lead=lead, replaced=0, changes=[change], by=people.office)
    for verb, field, part in (("progress", "notes", task), ("follow_up", "office_notes", None)):
        LeadEvent.write(
            lead, actor=people.office, verb=verb, target="", note=word(field), assignment=part
        )
    LeadEvent.write(
        lead, actor=people.director, verb="grant_reading", target="", note=word("office_steps")
    )
    Access.objects.create(
        lead=lead,
        account=people.custodian,
        kind="granted",
        reason=word("readings"),
        given_by=people.director,
        ends_at=timezone.now() + timezone.timedelta(hours=1),
    )
    add(lead=lead, actor=people.office, uploads=[_file(word("attachments"), people.office)])
    _fill_what_reporters_have(lead, people, word)


def _fill_what_reporters_have(lead: Lead, people: Any, word: Callable[[str], str]) -> None:
    """A code, a reply, two additions of which one is passed on to the units, and a reward."""
    QueryCode.objects.create(
        lead=lead, serial=word("codes"), digest=word("codes"), key_id="k", issued_by=people.office
    )
    ReporterReply.objects.create(lead=lead, words=word("replies"), by=people.office)
    for field in ("supplements", "unread"):
        added, _ = supplement(
            lead=lead,
            actor=people.office,
            submission=uuid.uuid4(),
            way="phone",
            text=word(field),
        )
        if field == "supplements":
            read_supplement(supplement=added, actor=people.director, share=True)
    tier, _ = RewardTier.objects.get_or_create(
        jurisdiction=lead.jurisdiction, name="一般", low=1, high=9
    )
    Reward.objects.create(
        number=f"JL-{lead.number}",
        lead=lead,
        beneficiary=lead,
        tier=tier,
        tier_name=tier.name,
        low=1,
        high=9,
        amount=5,
        basis=word("rewards"),
        proposed_by=people.office,
    )


def _file(words: str, actor: Account) -> Any:
    return stored(actor, words.encode(), f"{words}.txt")


@pytest.fixture
def world(settings, tmp_path, town, people, far_people, make_assigned, make_account):
    settings.MEDIA_ROOT = tmp_path
    leads = {mark: make_assigned(is_major=True) for mark in "ab"}
    circle.set_circle(
        lead=leads["b"],
        actor=people.office,
        secrecy=Secrecy.LIMITED,
        expected_version=leads["b"].version,
    )
    for mark, lead in leads.items():
        _fill(lead, mark, people)
        leads[mark] = Lead.objects.get(pk=lead.pk)
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
    return leads, [*everyone, outside, granted, urgent, barred]


def _read(body: bytes) -> bytes:
    """The bytes; of an office file, what is in it."""
    if body[:2] != b"PK":
        return body
    with zipfile.ZipFile(io.BytesIO(body)) as parts:
        return b"".join(parts.read(name) for name in parts.namelist())


def _answer(client: Client, url: str) -> bytes:
    with transaction.atomic():
        response = client.get(url)
        body = b"".join(response) if response.streaming else response.content
        words = json.dumps(dict(response.headers)).encode()
        transaction.set_rollback(True)
    return _read(body) + words


def _addresses(leads: dict[str, Lead]) -> set[str]:
    """Every address about a lead or about nothing in particular, for both leads."""
    found = set()
    for name, row in ROWS.items():
        if name == "logout":
            continue
        if row.thing == ".":
            found.add(reverse(name))
        for lead in leads.values() if row.thing in OF_A_LEAD else ():
            thing = {
                "paper": lead.attachments.first(),
                "bar": lead.conflicts.first(),
                "access": lead.accesses.first(),
            }.get(row.thing, lead)
            kwargs = (
                {"pk": lead.supplements.unread().get().pk}
                if row.thing == "added"
                else KEYS[row.thing](thing)
            )
            found.add(reverse(name, kwargs=kwargs))
    return found


def _may(account: Account, leads: dict[str, Lead]) -> set[tuple[str, str]]:
    """The canaries that the table grants; with all of what was added goes what is unread."""
    user, may = Account.objects.get(pk=account.pk), set()
    for mark, lead in leads.items():
        seen = Lead.objects.get(pk=lead.pk).seen_by(user)
        may |= {(mark, field.replace("_", "")) for field in seen}
        if seen.get("supplements") is Sees.ALL:
            may.add((mark, "unread"))
    return may


def _ledger(account: Account) -> bytes:
    """All that an export of the town's leads gives the person; nothing where they have none."""
    user = Account.objects.get(pk=account.pk)
    try:
        job = jobs.request_export(
            actor=user,
            export_id="lead_ledger",
            params={"query": "", "columns": list(columns.BY_CODE)},
            purpose="核对",
            submission=uuid.uuid4(),
        )
    except PermissionDenied:
        return b""
    jobs.run(job.pk)
    client = Client()
    client.force_login(user)
    return _answer(client, reverse("jobs:file", args=[job.public_id]))


def _canaries(body: bytes) -> set[tuple[str, str]]:
    return {(mark.decode().lower(), field.decode().lower()) for mark, field in FOUND.findall(body)}


def test_nobody_receives_a_word_that_the_table_does_not_grant(world, caplog):
    leads, everyone = world
    addresses = sorted(_addresses(leads))
    received = {}
    for account in everyone:
        client = Client()
        client.force_login(Account.objects.get(pk=account.pk))
        may, got = _may(account, leads), set()
        for url in addresses:
            found = _canaries(_answer(client, url))
            assert found <= may, f"{account.username} {url}"
            got |= found
        found = _canaries(_ledger(account))
        assert found <= may, f"{account.username} ledger"
        received[account.username] = got | found
    sensitive = {name.replace("_", "") for name in FIELDS} & {
        field for _mark, field in received["director"]
    }
    assert len(sensitive) >= 21
    # What is granted does arrive: the search is not blind.
    assert received["office"] == received["director"]
    assert {("a", "codes"), ("a", "replies"), ("a", "unread")} <= received["office"]
    assert ("a", "supplements") in received["liaison.pcs"]
    assert {("b", "supplements"), ("b", "rewards")} <= received["granted"]
    assert ("a", "title") in received["outside"]
    assert not {field for mark, field in received["outside"] if mark == "b"}
    assert ("b", "allegation") in received["urgent"] & received["granted"]
    for nobody in ("barred", "custodian", "sysadmin", "secadmin", "auditor", "far.director"):
        assert received[nobody] == set()
    assert received["liaison.mzb"] == received["leader.dong"] == set()
    _nothing_lies_about(caplog.text)


def _nothing_lies_about(logged: str) -> None:
    """Neither logs nor mails, messages, jobs, sessions and the trail hold a lead's words."""
    assert not _canaries(logged.encode())
    assert not _canaries("".join(letter.subject + letter.body for letter in mail.outbox).encode())
    for session in Session.objects.all():
        assert not _canaries(json.dumps(session.get_decoded()).encode())
    tables = ("messaging_message", "messaging_delivery", "jobs_job", "audit_auditentry")
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT coalesce(string_agg(t::text, ''), '') FROM {table} t")
            assert not _canaries(cursor.fetchone()[0].encode()), table


def test_a_hidden_word_is_not_found_by_searching_for_it(world):
    leads, everyone = world
    for account in everyone:
        client = Client()
        client.force_login(Account.objects.get(pk=account.pk))
        may = _may(account, leads)
        for mark, lead in leads.items():
            for field in ("title", "allegation", "place_detail", "subjects", "feedback"):
                word = canary(mark, field)
                for part in (word, word[2:9]):
                    response = client.get(reverse("leads:list"), {"q": part, "tab": ""})
                    if response.status_code == 403:
                        continue
                    rows = {row.pk for row in response.context["page"].rows}
                    readable = (mark, "allegation") in may
                    assert lead.pk not in rows or readable, f"{account.username} {part}"
