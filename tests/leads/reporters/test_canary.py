"""An identity stands nowhere in clear: in no table, session, message, mail, log or queue."""

from __future__ import annotations

import io
import logging
import uuid

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test import Client

from leads import due
from leads.models import Channel, Lead, Release
from messaging.deliveries import services as deliveries

SIGNS = ("Canary4711", "13900004711", "139 0000 4711", "110105199003074711", "CanaryLane")


def everything() -> str:
    """Every row of every table as text; sealed bytes as text too, where they are any."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT "{table}"::text FROM "{table}"')
            found += [row[0] for row in cursor.fetchall()]
    return "\n".join(found)


@pytest.fixture
def logged():
    """What was logged, at every level, by everything."""
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage() + str(record.exc_info or ""))

    root, keep = logging.getLogger(), Keep(level=logging.DEBUG)
    before = root.level
    root.addHandler(keep)
    root.setLevel(logging.DEBUG)
    yield lines
    root.removeHandler(keep)
    root.setLevel(before)


def test_an_identity_stands_nowhere_in_clear(
    people, client_for, logged, settings, django_capture_on_commit_callbacks
):
    office = client_for(people.office)
    typed = {
        "submission": str(uuid.uuid4()),
        "draft_version": "0",
        "owner": str(people.office.pk),
        "channel": str(Channel.objects.get(code="hotline").pk),
        "reporter_kind": "named",
        "received_on": due.today().isoformat(),
        "title": "反映收费",
        "allegation": "反映人称有人收取费用。",
        "reporters-TOTAL_FORMS": "1",
        "reporters-0-name": SIGNS[0],
        "reporters-0-phone": SIGNS[2],
        "reporters-0-id_number": SIGNS[3],
        "reporters-0-address": SIGNS[4],
    }
    office.post("/leads/drafts/", typed | {"submission": str(uuid.uuid4())})
    Client().post("/leads/new/", typed)
    office.post("/leads/new/", typed | {"received_on": "never"})
    office.post("/leads/similar/", typed)
    seen = office.post("/leads/new/", typed).context["form"].data["reporters_seen"]
    with django_capture_on_commit_callbacks(execute=True):
        page = office.post("/leads/new/", typed | {"reporters_seen": seen}, follow=True)
    lead = Lead.objects.get()
    assert not any(sign in page.content.decode() for sign in SIGNS)

    custodian, director = client_for(people.custodian), client_for(people.director)
    custodian.post("/leads/reporters/", {"phone": SIGNS[1]})
    custodian.post(f"/leads/reporters/{lead.number}/", {"reason": "回访"})
    corrected = {"name": SIGNS[0], "phone": SIGNS[1], "reason": "核对", "version": "1"}
    custodian.post(f"/leads/reporters/{lead.reporters.get().pk}/correct/", corrected)
    with django_capture_on_commit_callbacks(execute=True):
        office.post(
            f"/leads/{lead.number}/release/", {"reason": "回访", "submission": str(uuid.uuid4())}
        )
        director.post(f"/leads/releases/{Release.objects.get().pk}/approve/", {"days": "1"})
    shown = office.post(f"/leads/releases/{Release.objects.get().pk}/look/")
    assert SIGNS[0] in shown.content.decode()
    assert not Lead.objects.visible_to(people.office).containing(SIGNS[0]).exists()
    for client in (office, director):
        for address in ("/leads/", f"/leads/{lead.number}/", "/messages/", "/"):
            whole = client.get(address).content.decode()
            assert not [sign for sign in SIGNS if sign in whole]
    call_command("rotate_reporter_keys", stdout=io.StringIO())
    deliveries.deliver_due()

    rows = everything()
    assert lead.number in rows
    hidden = [sign for sign in SIGNS if sign in rows or sign.encode().hex() in rows]
    assert hidden == []
    for session in Session.objects.all():
        assert not [sign for sign in SIGNS if sign in repr(session.get_decoded())]
    letters = " ".join(f"{one.subject} {one.body}" for one in mail.outbox)
    assert lead.number in letters
    lines = " ".join(logged)
    for sign in SIGNS:
        assert sign not in letters
        assert sign not in lines
