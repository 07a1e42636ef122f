"""Drafts: nothing typed is lost, and nobody but its owner sees it."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from audit.machine import Conflict
from leads import due, services
from leads.drafts import content
from leads.drafts import services as drafts
from leads.drafts.tasks import delete_expired_drafts
from leads.models import Channel, Lead, LeadDraft
from messaging.models import Message

NEW, SAVE = "/leads/new/", "/leads/drafts/"
WORDS = "😀 反映人称\u202e倒写\r\n第二行 Zalgo̷̢ ＡＢＣ\u3000"


@pytest.fixture
def typed(town):
    return {
        "submission": str(uuid.uuid4()),
        "draft_version": "0",
        "channel": str(Channel.objects.get(code="hotline").pk),
        "reporter_kind": "named",
        "received_on": due.today().isoformat(),
        "title": "只写了一半",
        "allegation": WORDS,
        "place": str(town.east.pk),
        "named_units": [str(town.civil.pk), str(town.land.pk)],
        "is_major": "on",
        "subjects-TOTAL_FORMS": "2",
        "subjects-0-name": "某甲",
        "subjects-0-is_official": "on",
        "subjects-1-alleged": "还没写姓名",
    }


@pytest.fixture
def office(client_for, people):
    return client_for(people.office)


def save(client, account, typed, **changes):
    return client.post(SAVE, typed | {"owner": account.pk} | changes)


def text(response):
    return response.content.decode()


def test_a_draft_comes_back_after_signing_out(client_for, people, typed):
    answer = save(client_for(people.office), people.office, typed)
    saved = LeadDraft.objects.get()
    at = timezone.localtime(saved.saved_at)
    assert answer.json() == {
        "version": 1,
        "saved_at": f"{at:%H:%M}",
        "url": f"{NEW}?draft={typed['submission']}",
    }
    assert Lead.objects.count() == 0

    again = client_for(people.office)
    page = text(again.get(NEW))
    assert "您有未登记的草稿" in page
    assert "只写了一半" in page
    form = again.get(answer.json()["url"]).context["form"]
    shown = {name: form[name].value() for name in typed if name in form.fields}
    assert {name: str(value) for name, value in shown.items() if name != "named_units"} == {
        name: value for name, value in typed.items() if name in shown and name != "named_units"
    } | {"draft_version": "1"}
    assert shown["named_units"] == typed["named_units"]
    rows = [(row["name"].value(), row["alleged"].value()) for row in form.subjects]
    assert rows == [("某甲", None), (None, "还没写姓名"), (None, None)]


def test_saving_goes_on_from_version_to_version(office, people, typed):
    save(office, people.office, typed)
    second = save(office, people.office, typed, draft_version="1", title="又写了一点")
    assert second.json()["version"] == 2
    assert LeadDraft.objects.get().content["title"] == ["又写了一点"]


def test_the_second_window_is_told_and_overwrites_nothing(office, people, typed):
    save(office, people.office, typed)
    save(office, people.office, typed, draft_version="1", title="窗口一")
    answer = save(office, people.office, typed, draft_version="1", title="窗口二")
    assert answer.status_code == 409
    assert "另一个窗口改动" in answer.json()["error"]
    assert answer.json()["can_fork"] is True
    assert LeadDraft.objects.get().content["title"] == ["窗口一"]
    fork = save(office, people.office, typed, submission=str(uuid.uuid4()), title="窗口二")
    assert fork.status_code == 200
    assert LeadDraft.objects.count() == 2


def test_registering_from_the_window_that_is_behind_is_told_first(office, people, typed):
    typed |= {"subjects-1-name": "某乙"}
    save(office, people.office, typed)
    save(office, people.office, typed, draft_version="1", title="窗口一")
    response = office.post(NEW, typed | {"draft_version": "1", "title": "窗口二"})
    assert Lead.objects.count() == 0
    assert "另一个窗口改动" in text(response)
    assert "窗口二" in text(response)
    assert response.context["form"]["draft_version"].value() == "2"
    office.post(NEW, typed | {"draft_version": "2", "title": "窗口二"})
    assert Lead.objects.get().title == "窗口二"
    assert LeadDraft.objects.count() == 0


def test_another_text_under_a_token_that_was_registered_is_not_swallowed(office, people, typed):
    typed |= {"subjects-1-name": "某乙"}
    office.post(NEW, typed | {"title": "窗口一"})
    first = Lead.objects.get()
    response = office.post(NEW, typed | {"title": "窗口二"})
    assert first.number in text(response)
    assert "本页没有保存" in text(response)
    token = response.context["form"]["submission"].value()
    assert token != typed["submission"]
    office.post(NEW, typed | {"title": "窗口二", "submission": token})
    assert set(Lead.objects.values_list("title", flat=True)) == {"窗口一", "窗口二"}


def test_a_draft_ends_with_its_lead_and_never_comes_back(office, people, typed):
    typed |= {"subjects-1-name": "某乙"}
    save(office, people.office, typed)
    office.post(NEW, typed | {"draft_version": "1"})
    lead = Lead.objects.get()
    assert LeadDraft.objects.count() == 0
    assert [subject.name for subject in lead.subjects.all()] == ["某甲", "某乙"]
    late = save(office, people.office, typed, draft_version="1")
    assert late.status_code == 409
    assert lead.number in late.json()["error"]
    assert LeadDraft.objects.count() == 0


def test_a_refused_lead_leaves_its_draft(people, typed, office):
    save(office, people.office, typed)
    with pytest.raises(ValidationError):
        services.register(
            actor=people.office,
            submission=uuid.UUID(typed["submission"]),
            channel=Channel.objects.first(),
            title="",
            allegation="",
        )
    assert LeadDraft.objects.count() == 1


def test_nobody_else_sees_takes_or_deletes_a_draft(client_for, people, far_people, typed):
    save(client_for(people.office), people.office, typed)
    draft = LeadDraft.objects.get()
    for who in (people.director, people.east, people.sysadmin, far_people.office):
        client = client_for(who)
        assert client.post(f"{SAVE}{draft.submission}/discard/").status_code == 404
        if who is not people.sysadmin:
            assert client.get(f"{NEW}?draft={draft.submission}").status_code == 404
            assert "只写了一半" not in text(client.get(NEW))
            taken = save(client, who, typed, draft_version="1", title="改写")
            assert taken.status_code == 403
    draft.refresh_from_db()
    assert (draft.owner, draft.content["title"]) == (people.office, ["只写了一半"])


def test_discarding(office, people, typed):
    save(office, people.office, typed)
    response = office.post(f"{SAVE}{typed['submission']}/discard/", follow=True)
    assert "草稿已删除" in text(response)
    assert LeadDraft.objects.count() == 0
    gone = save(office, people.office, typed, draft_version="1")
    assert (gone.status_code, LeadDraft.objects.count()) == (409, 0)


def test_a_draft_has_its_time(office, people, typed, settings):
    save(office, people.office, typed)
    old = timezone.now() - dt.timedelta(days=settings.PORTAL_DRAFT_DAYS, minutes=1)
    LeadDraft.objects.update(saved_at=old)
    assert office.get(f"{NEW}?draft={typed['submission']}").status_code == 404
    kept, _ = LeadDraft.objects.get_or_create(owner=people.office, submission=uuid.uuid4())
    delete_expired_drafts()
    assert list(LeadDraft.objects.all()) == [kept]


def test_as_many_as_a_person_can_oversee(people):
    for _ in range(drafts.MOST):
        LeadDraft.objects.create(owner=people.office, submission=uuid.uuid4())
    with pytest.raises(ValidationError, match="请先登记或删除"):
        drafts.save(actor=people.office, submission=uuid.uuid4(), content={}, expected_version=0)


def test_who_logs_no_leads_has_no_drafts(people):
    with pytest.raises(PermissionDenied):
        drafts.save(
            actor=people.town_leader, submission=uuid.uuid4(), content={}, expected_version=0
        )


def test_a_token_of_anothers_lead_is_no_draft(people, make_lead):
    lead = make_lead(actor=people.east)
    with pytest.raises(PermissionDenied):
        drafts.save(actor=people.office, submission=lead.submission, content={}, expected_version=0)
    with pytest.raises(Conflict, match=lead.number):
        drafts.save(actor=people.east, submission=lead.submission, content={}, expected_version=0)


def test_only_what_the_form_offers_is_kept(office, people, typed):
    extra = {"state": "closed", "number": "X", "version": "9", "subjects-0-lead": "1"}
    save(office, people.office, typed | extra)
    assert set(LeadDraft.objects.get().content) == set(typed) - {
        "submission",
        "draft_version",
        "subjects-TOTAL_FORMS",
    }


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"title": "前\x00后"}, "控制字符"),
        ({"allegation": "字" * (content.LIMIT + 1)}, "内容过长"),
        ({"submission": "x"}, "请刷新页面"),
        ({"draft_version": "-1"}, "请刷新页面"),
    ],
)
def test_what_cannot_be_kept_is_said(office, people, typed, changes, words):
    answer = save(office, people.office, typed, **changes)
    assert answer.status_code == 422
    assert words in answer.json()["error"]
    assert LeadDraft.objects.count() == 0


def test_a_form_that_nobody_has_touched_makes_no_draft(office, people, typed):
    blank = {name: typed[name] for name in ("submission", "channel", "received_on", "place")}
    answer = save(office, people.office, blank | {"draft_version": "0"})
    assert answer.json() == {"version": 0}
    assert LeadDraft.objects.count() == 0


def test_of_a_number_only_channel_a_draft_keeps_no_words(office, people, typed):
    platform = Channel.objects.create(code="p", name="平台", number_only=True)
    save(office, people.office, typed, channel=platform.pk, external_number="PT-1")
    kept = LeadDraft.objects.get().content
    assert kept["external_number"] == ["PT-1"]
    assert not {"title", "allegation", "subjects-0-name"} & set(kept)


def test_another_persons_session_saves_nothing(client_for, people, typed):
    answer = save(client_for(people.director), people.office, typed)
    assert answer.status_code == 409
    assert "另一个账号" in answer.json()["error"]
    assert LeadDraft.objects.count() == 0


def test_a_draft_is_no_lead_and_tells_nobody(client_for, people, typed):
    client = client_for(people.east)
    save(client, people.east, typed)
    assert "只写了一半" not in text(client.get("/leads/"))
    assert "只写了一半" not in text(client_for(people.office).get("/leads/?q=只写了一半")).replace(
        'value="只写了一半"', ""
    )
    assert Message.objects.count() == 0


# Without scripts


def test_the_button_saves_the_draft(office, typed):
    response = office.post(NEW, typed | {"save_draft": "1"}, follow=True)
    assert response.redirect_chain == [(f"{NEW}?draft={typed['submission']}", 302)]
    assert "草稿已保存。" in text(response)
    assert response.context["form"]["allegation"].value() == WORDS


def test_the_button_tells_of_another_window(office, people, typed):
    save(office, people.office, typed)
    response = office.post(NEW, typed | {"save_draft": "1", "title": "窗口二"})
    assert "另一个窗口改动" in text(response)
    assert "窗口二" in text(response)
    assert LeadDraft.objects.get().content["title"] == ["只写了一半"]


def test_one_more_row_keeps_what_was_typed_and_checks_nothing(office, typed):
    response = office.post(NEW, typed | {"add_row": "1", "title": ""})
    form = response.context["form"]
    assert [row["name"].value() for row in form.subjects] == ["某甲", None, None, None]
    assert form["allegation"].value() == WORDS
    assert form.errors == {}
    assert Lead.objects.count() == 0


def test_what_was_sent_after_signing_out_is_kept_on_the_page(people, client_for, typed):
    """The session ends, the form is sent, the person signs in elsewhere, and goes on."""
    typed |= {"subjects-1-name": "某乙"}
    response = Client().post(NEW, typed)
    assert response.status_code == 401
    page = text(response)
    assert f'<textarea name="title" hidden>\n{typed["title"]}</textarea>' in page
    assert "没有丢失" in page
    assert Lead.objects.count() == 0

    office = client_for(people.office)
    resumed = office.post(NEW, typed | {"resume": "1"})
    assert resumed.context["form"]["allegation"].value() == WORDS
    assert Lead.objects.count() == 0
    # The page's own token is void after signing in anew: the text is shown again all the same.
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(people.office)
    refused = strict.post(NEW, typed)
    assert refused.status_code == 403
    assert refused.context["form"]["allegation"].value() == WORDS
    assert "再点一次" in text(refused)
    assert Lead.objects.count() == 0


def test_content_reads_back_what_it_kept():
    data = QueryDict(mutable=True)
    data.update({"title": "a", "subjects-1-name": "乙", "subjects-0-name": "甲", "x": "y"})
    data.setlist("named_units", ["1", "2"])
    kept = content.of_form(data)
    assert content.subject_rows(kept) == [{"name": "甲"}, {"name": "乙"}]
    assert content.initial(kept)["named_units"] == ["1", "2"]
    assert content.initial(kept)["allegation"] == ""
    assert settings.PORTAL_DRAFT_DAYS > 0
