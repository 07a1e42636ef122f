"""One form sent many times at once, and a draft that is saved while its lead is registered."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from audit.machine import Conflict
from leads import due
from leads.corrections.services import correct
from leads.models import Channel, Lead, LeadDraft, LeadEvent, LeadRevision, NumberSeries, Subject
from tests.processes import at_once

pytestmark = pytest.mark.django_db(transaction=True)
CLICKS = 50


@pytest.fixture
def typed(town):
    return {
        "submission": str(uuid.uuid4()),
        "draft_version": "0",
        "channel": Channel.objects.get(code="hotline").pk,
        "reporter_kind": "anonymous",
        "received_on": due.today().isoformat(),
        "title": "反映集市有人强行收费",
        "allegation": "反映人称每月初有人到集市收“管理费”。",
        "subjects-TOTAL_FORMS": "1",
        "subjects-0-name": "某甲",
    }


def signed_in(account) -> Client:
    client = Client()
    client.force_login(account)
    return client


def test_fifty_submissions_of_one_form_make_one_lead(people, typed):
    client = signed_in(people.east)

    def click() -> Any:
        own = Client()
        own.cookies = client.cookies
        return own.post("/leads/new/", typed)

    answers = at_once([click] * CLICKS)
    lead = Lead.objects.get()
    assert {(one.status_code, one["Location"]) for one in answers} == {
        (302, f"/leads/{lead.number}/")
    }
    assert (Subject.objects.count(), LeadEvent.objects.count()) == (1, 1)
    assert NumberSeries.objects.get().last == 1
    assert people.office.notices.filter(kind="lead_registered").count() == 1


def test_a_draft_saved_at_that_moment_does_not_outlive_the_lead(people, typed):
    clients = [signed_in(people.office) for _ in range(9)]

    def save(client: Client) -> Callable[[], Any]:
        sent = typed | {"owner": people.office.pk}
        return lambda: client.post("/leads/drafts/", sent).status_code

    def register() -> int:
        # It knows of no draft: one that came first is told, and the second click registers.
        first = clients[0].post("/leads/new/", typed)
        if first.status_code == 302:
            return 302
        token = first.context["form"]["draft_version"].value()
        return clients[0].post("/leads/new/", typed | {"draft_version": token}).status_code

    answers = at_once([register, *map(save, clients[1:])])
    assert answers[0] == 302
    assert set(answers[1:]) <= {200, 409}
    assert Lead.objects.count() == 1
    assert LeadDraft.objects.count() == 0


def test_of_many_corrections_at_once_one_is_made_and_the_others_are_told(people, make_lead):
    lead = make_lead()
    values = {name: getattr(lead, name) for name in ("channel", "received_on", "allegation")}
    values |= {"named_units": [], "subjects": [], "expected_version": 0}

    def act(title: str) -> Callable[[], str]:
        def run() -> str:
            try:
                return correct(lead=lead, actor=people.office, title=title, **values).title
            except Conflict:
                return ""

        return run

    done = at_once([act(f"更正{number}") for number in range(8)])
    (won,) = filter(None, done)
    lead.refresh_from_db()
    assert (lead.title, lead.version) == (won, 1)
    assert LeadRevision.objects.count() == 1
