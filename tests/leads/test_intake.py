"""The form of a lead: what it offers beforehand, the people it names, and what it refuses."""

from __future__ import annotations

import re
import uuid

import pytest
from django.conf import settings as project

from leads import due
from leads.models import Channel, Lead, LeadEvent, Subject
from messaging.models import Message

NEW = "/leads/new/"


def text(response):
    return response.content.decode()


@pytest.fixture
def office(client_for, people):
    return client_for(people.office)


@pytest.fixture
def typed(town):
    return {
        "submission": str(uuid.uuid4()),
        "channel": Channel.objects.get(code="hotline").pk,
        "reporter_kind": "anonymous",
        "received_on": due.today().isoformat(),
        "title": "反映集市有人强行收费",
        "allegation": "反映人称每月初有人到集市收“管理费”。",
        "subjects-TOTAL_FORMS": "3",
        "subjects-INITIAL_FORMS": "3",
        "subjects-0-name": " 某甲 ",
        "subjects-0-position": "市场管理员",
        "subjects-0-alleged": "收费时推搡摊主",
        "subjects-2-name": "绰号“老三”",
        "subjects-2-is_official": "on",
    }


# What it offers beforehand


def test_a_fresh_form_knows_the_last_channel_the_day_and_ones_own_village(
    client_for, people, town, make_lead
):
    visit = Channel.objects.get(code="visit")
    make_lead(actor=people.east, channel=visit)
    make_lead(actor=people.office)
    shown = client_for(people.east).get(NEW).context["form"]
    assert shown["channel"].value() == visit.pk
    assert shown["place"].value() == town.east.pk
    assert shown["received_on"].value() == due.today()
    assert shown.fields["title"].widget.attrs["autofocus"] is True
    first = client_for(people.west).get(NEW).context["form"]
    assert (first["channel"].value(), first["place"].value()) == (None, town.west.pk)
    assert first.fields["channel"].widget.attrs["autofocus"] is True
    assert client_for(people.office).get(NEW).context["form"]["place"].value() is None


def test_a_channel_out_of_use_is_not_offered_again(client_for, people, make_lead):
    make_lead(actor=people.east)
    Channel.objects.filter(code="hotline").update(is_active=False)
    assert client_for(people.east).get(NEW).context["form"]["channel"].value() is None


@pytest.mark.parametrize("query", ["channel=x", "place=%00", "received_on=gestern", "draft=x"])
def test_a_broken_address_is_no_crash(office, query):
    assert office.get(f"{NEW}?{query}").status_code in (200, 404)


# People whom it names


def test_people_are_rows_of_the_lead_and_blank_rows_are_no_one(office, typed):
    response = office.post(NEW, typed, follow=True)
    lead = Lead.objects.get()
    rows = list(lead.subjects.values_list("name", "position", "alleged", "is_official"))
    assert rows == [
        ("某甲", "市场管理员", "收费时推搡摊主", False),
        ("绰号“老三”", "", "", True),
    ]
    page = text(response)
    assert "反映所涉，不是认定" in page
    assert "收费时推搡摊主" in page
    assert "可能涉及职务行为" in page


def test_a_row_without_a_name_is_said_at_the_row_and_in_the_summary(office, typed):
    response = office.post(NEW, typed | {"subjects-0-name": ""})
    page = text(response)
    assert "被反映人第 1 行，姓名或称呼：请填写此项。" in page
    assert "收费时推搡摊主" in page
    assert page.count("请填写此项。") == 2
    assert (Lead.objects.count(), Subject.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"subjects-0-name": "长" * 41}, "最多 40 字，现有 41 字。"),
        ({"subjects-0-alleged": "长" * 501}, "最多 500 字，现有 501 字。"),
        ({"subjects-0-name": "前\x00后"}, "控制字符"),
        ({"title": "前\x00后"}, "含有无法保存的控制字符，请删去后重新输入。"),
    ],
)
def test_what_cannot_be_kept_is_said_in_plain_words(office, typed, changes, words):
    assert words in text(office.post(NEW, typed | changes))
    assert Lead.objects.count() == 0


@pytest.mark.parametrize("total", ["x", "-1", "99999", ""])
def test_a_broken_count_of_rows_is_no_crash(office, typed, total):
    assert office.post(NEW, typed | {"subjects-TOTAL_FORMS": total}).status_code in (200, 302)
    assert Lead.objects.count() <= 1


def test_names_are_on_the_leads_page_alone(client_for, people, typed, office):
    office.post(NEW, typed | {"subjects-0-name": "金丝雀人名"})
    lead = Lead.objects.get()
    for address in ("/leads/", "/leads/?q=金丝雀人名", "/", "/messages/"):
        page = text(office.get(address)).replace('value="金丝雀人名"', "")
        assert "金丝雀人名" not in page
    assert lead.number not in text(office.get("/leads/?q=金丝雀人名"))
    assert "金丝雀人名" not in text(client_for(people.town_leader).get(f"/leads/{lead.number}/"))
    assert "金丝雀人名" in text(office.get(f"/leads/{lead.number}/"))


def test_extra_fields_of_a_row_change_nothing(office, typed, make_lead):
    other = make_lead()
    office.post(NEW, typed | {"subjects-0-lead": other.pk, "subjects-0-id": "1"})
    assert other.subjects.count() == 0
    assert Lead.objects.latest("pk").subjects.count() == 2


# Units that it names


def test_units_are_boxes_by_kind_folded_while_none_is_ticked(office, town, typed):
    page = text(office.get(NEW))
    assert "未选，点开选择" in page
    assert '<details class="picker">' in page
    assert page.index("责任单位") < page.rindex(">民政办<") < page.rindex(">东村<")
    # What was ticked stays ticked, and in sight, when something else is wrong.
    page = text(office.post(NEW, typed | {"title": "", "named_units": [town.civil.pk]}))
    assert '<details class="picker" open>' in page
    assert "已选 1 个" in page
    ticked = re.search(rf'name="named_units" value="{town.civil.pk}"[^>]*', page).group()
    assert "checked" in ticked
    assert Lead.objects.count() == 0


def test_a_unit_of_another_town_cannot_be_named(office, other_town, typed):
    page = text(office.post(NEW, typed | {"named_units": [other_town.civil.pk]}))
    assert 'href="#div_id_named_units"' in page
    assert Lead.objects.count() == 0


# A village's way


def test_a_villages_lead_reaches_the_office_at_once(client_for, people, typed):
    response = client_for(people.east).post(NEW, typed)
    lead = Lead.objects.get()
    assert response["Location"] == f"/leads/{lead.number}/"
    told = Message.objects.filter(kind="lead_registered")
    assert {message.recipient for message in told} == {people.office, people.director}
    words = " ".join(f"{message.title}{message.body}" for message in told)
    assert typed["title"] not in words
    assert "某甲" not in words
    assert LeadEvent.objects.get().unit_name == "东村"


def test_the_schedule_clears_old_drafts():
    from campaign.celery import app

    assert "leads.delete_expired_drafts" in {
        entry["task"] for entry in app.conf.beat_schedule.values()
    }
    assert project.PORTAL_DRAFT_DAYS == 14
