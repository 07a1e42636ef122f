"""Who reported is typed at intake, sealed at once, and never shown there again."""

from __future__ import annotations

import uuid

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from audit.models import Action, AuditEntry
from leads import due
from leads.models import Channel, Lead, LeadDraft, Reporter

NEW, SAVE = "/leads/new/", "/leads/drafts/"
CANARY = "金丝雀乙"


@pytest.fixture
def typed(town, people):
    return {
        "submission": str(uuid.uuid4()),
        "draft_version": "0",
        "owner": str(people.office.pk),
        "channel": str(Channel.objects.get(code="hotline").pk),
        "reporter_kind": "named",
        "received_on": due.today().isoformat(),
        "title": "反映收费",
        "allegation": "反映人称有人收取费用。",
        "reporters-TOTAL_FORMS": "1",
        "reporters-0-name": CANARY,
        "reporters-0-phone": "138 0000 4712",
        "reporters-0-id_number": "11010519491231002X",
        "reporters-0-address": "某巷八号",
    }


@pytest.fixture
def office(client_for, people):
    return client_for(people.office)


def text(response) -> str:
    return response.content.decode()


def test_it_is_sealed_with_the_lead_and_not_shown_again(office, people, typed):
    response = office.post(NEW, typed, follow=True)
    lead = Lead.objects.get()
    kept = lead.reporters.get()
    assert (kept.identity.name, kept.identity.phone) == (CANARY, "138 0000 4712")
    assert (kept.added_by, kept.version, kept.key_id) == (people.office, 1, "test")
    page = text(response)
    assert "实名，身份信息已由保管员保管" in page
    for word in (CANARY, "4712", "某巷八号", "张*", "1380000", "138*"):
        assert word not in page
    entry = AuditEntry.objects.get(action=Action.REPORTER_ADDED)
    assert (entry.actor, entry.object_label, entry.reason) == (people.office, lead.number, "1 人")


def test_several_reporters_are_kept_and_a_blank_row_is_none(office, typed):
    typed |= {"reporters-TOTAL_FORMS": "3", "reporters-2-name": "另一人"}
    office.post(NEW, typed)
    assert [one.identity.name for one in Reporter.objects.all()] == [CANARY, "另一人"]


def test_a_row_without_a_name_is_not_taken(office, typed):
    page = text(office.post(NEW, typed | {"reporters-0-name": ""}))
    assert "举报人第 1 行，姓名" in page
    assert "138 0000 4712" in page  # the same person sees again what they typed
    assert Lead.objects.count() == 0


def test_a_name_with_a_report_said_to_be_anonymous_is_asked_about(
    office, typed, make_lead, reporter
):
    page = text(office.post(NEW, typed | {"reporter_kind": "anonymous"}))
    assert "举报方式应为“实名”" in page
    assert Lead.objects.count() == 0
    with pytest.raises(ValidationError):
        make_lead(reporter_kind="none", reporters=[reporter])


def test_what_looks_wrong_is_asked_once_and_then_taken(office, typed):
    typed |= {"reporters-0-phone": "1380000", "reporters-0-id_number": "110105194912310021"}
    response = office.post(NEW, typed)
    page = text(response)
    assert "举报人第 1 行：电话不像手机号" in page
    assert "校验位不对" in page
    assert Lead.objects.count() == 0
    seen = response.context["form"].data["reporters_seen"]
    assert seen == "1:id_number,1:phone"
    office.post(NEW, typed | {"reporters_seen": seen})
    assert Reporter.objects.get().identity.phone == "1380000"


def test_a_channel_of_numbers_alone_keeps_nobody(office, typed):
    channel = Channel.objects.create(code="12337", name="12337", number_only=True)
    office.post(NEW, typed | {"channel": str(channel.pk), "external_number": "A1"})
    assert Lead.objects.get().external_number == "A1"
    assert Reporter.objects.count() == 0


def test_a_second_click_keeps_one(office, typed):
    office.post(NEW, typed)
    office.post(NEW, typed)
    assert Reporter.objects.count() == 1


def test_a_draft_keeps_it_sealed_and_gives_it_back(office, people, typed):
    assert office.post(SAVE, typed).json()["version"] == 1
    draft = LeadDraft.objects.get()
    assert CANARY not in str(draft.content)
    assert CANARY.encode() not in bytes(draft.sealed)
    assert not any(name.startswith("reporters") for name in draft.content)
    page = text(office.get(f"{NEW}?draft={draft.submission}"))
    assert CANARY in page
    assert "138 0000 4712" in page
    emptied = {name: value for name, value in typed.items() if "reporters-0" not in name}
    office.post(SAVE, emptied | {"draft_version": "1"})
    assert bytes(LeadDraft.objects.get().sealed) == b""


def test_a_draft_whose_key_is_lost_says_so_and_keeps_the_rest(office, typed, settings):
    from tests.files.test_values import key

    office.post(SAVE, typed)
    settings.PORTAL_REPORTER_KEYS = key("next")
    page = text(office.get(f"{NEW}?draft={typed['submission']}"))
    assert "密钥“test”" in page
    assert "反映收费" in page


def test_a_button_for_one_more_works_without_scripts(office, typed):
    response = office.post(NEW, typed | {"add_reporter": "1"})
    rows = [row["name"].value() for row in response.context["form"].reporters]
    assert rows == [CANARY, None]


def carried(page: str) -> str:
    return page.split('name="reporters_sealed" hidden>\n')[1].split("<")[0]


def test_after_a_sign_out_only_the_same_person_sees_it_again(client_for, people, typed):
    page = text(Client().post(NEW, typed))
    assert "反映收费" in page
    assert CANARY not in page
    sent = {name: value for name, value in typed.items() if "reporters" not in name}
    sent |= {"reporters_sealed": carried(page), "resume": "1"}
    # Even somebody who says that the form was theirs cannot open what it carries.
    for account, owner, is_shown in (
        (people.office, people.office, True),
        (people.director, people.office, False),
        (people.director, people.director, False),
    ):
        response = client_for(account).post(NEW, sent | {"owner": str(owner.pk)})
        assert "反映收费" in text(response)
        assert (CANARY in text(response)) is is_shown


def test_a_page_of_another_person_does_not_hand_on_who_reported(people, typed):
    client = Client(enforce_csrf_checks=True)
    client.force_login(people.director)
    response = client.post(NEW, typed)
    assert response.status_code == 403
    assert "反映收费" in text(response)
    assert CANARY not in text(response)
    client.force_login(people.office)
    assert CANARY in text(client.post(NEW, typed))
