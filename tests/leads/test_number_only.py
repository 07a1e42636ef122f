"""Channels whose leads the portal keeps a number of, and no words."""

from __future__ import annotations

import uuid

import pytest
from django.core.exceptions import ValidationError

from leads import due, number_only, services
from leads.models import Channel, Lead, Subject

NEW = "/leads/new/"


@pytest.fixture
def platform(town):
    """The flag makes it one, whatever its code is."""
    return Channel.objects.create(code="national", name="全国平台", number_only=True)


@pytest.fixture
def typed(town, platform):
    return {
        "submission": str(uuid.uuid4()),
        "channel": platform.pk,
        "external_number": "  PT-2026-000123 ",
        "reporter_kind": "anonymous",
        "received_on": due.today().isoformat(),
        "title": "从平台抄来的标题",
        "allegation": "从平台抄来的内容",
        "place": town.east.pk,
        "place_detail": "从平台抄来的地点",
    }


def test_words_that_came_with_it_are_not_kept(client_for, people, town, typed):
    response = client_for(people.office).post(NEW, typed, follow=True)
    lead = Lead.objects.get()
    assert (lead.title, lead.external_number) == ("平台线索 PT-2026-000123", "PT-2026-000123")
    assert (lead.allegation, lead.place_detail, lead.place) == (
        number_only.ALLEGATION,
        "",
        town.east,
    )
    assert "抄来" not in response.content.decode()
    assert "PT-2026-000123" in response.content.decode()


def test_neither_title_nor_allegation_is_asked_for(client_for, people, typed):
    client_for(people.office).post(NEW, typed | {"title": "", "allegation": ""})
    assert Lead.objects.get().allegation == number_only.ALLEGATION


@pytest.mark.parametrize("number", ["", "   "])
def test_the_number_is_asked_for_at_its_field(client_for, people, typed, number):
    response = client_for(people.office).post(NEW, typed | {"external_number": number})
    assert response.context["form"].errors == {"external_number": [number_only.NUMBER_MISSING]}
    assert Lead.objects.count() == 0


def test_any_other_channel_asks_for_words_and_no_number(client_for, people, typed):
    visit = Channel.objects.get(code="visit").pk
    values = typed | {"channel": visit, "external_number": "", "title": "", "allegation": ""}
    response = client_for(people.office).post(NEW, values)
    assert set(response.context["form"].errors) == {"title", "allegation"}


def test_the_service_keeps_the_rule_for_every_caller(people, platform):
    lead, _ = services.register(
        actor=people.office,
        submission=uuid.uuid4(),
        channel=platform,
        external_number="PT-1",
        title="抄来",
        allegation="抄来",
        subjects=[Subject(name="某某")],
    )
    assert (lead.title, lead.allegation) == ("平台线索 PT-1", number_only.ALLEGATION)
    assert not lead.subjects.exists()
    with pytest.raises(ValidationError) as refused:
        services.register(
            actor=people.office,
            submission=uuid.uuid4(),
            channel=platform,
            title="抄来",
            allegation="抄来",
        )
    assert refused.value.message_dict == {"external_number": [number_only.NUMBER_MISSING]}
