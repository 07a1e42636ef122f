"""Setting a lead right: the earlier words stay, and of two at once the second is told."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction

from audit.machine import Conflict
from departments.models import Domain
from leads import due, services
from leads.corrections.services import correct
from leads.machine import LEAD
from leads.models import Channel, Lead, LeadRevision, Subject
from leads.reporters.identity import Identity
from messaging.models import Message


def url(lead):
    return f"/leads/{lead.number}/correct/"


def text(response):
    return response.content.decode()


def values(lead, **changes):
    """The form as it stands, with `changes`."""
    sent = {
        "version": lead.version,
        "channel": lead.channel_id,
        "external_number": lead.external_number,
        "reporter_kind": lead.reporter_kind,
        "received_on": lead.received_on.isoformat(),
        "title": lead.title,
        "allegation": lead.allegation,
        "place": lead.place_id or "",
        "place_detail": lead.place_detail,
        "domain": lead.domain_id or "",
        "conduct": lead.conduct_id or "",
        "named_units": list(lead.named_units.values_list("pk", flat=True)),
        "subjects-TOTAL_FORMS": "0",
    }
    return sent | changes


def fields(lead, **changes):
    given = {
        "channel": lead.channel,
        "external_number": "",
        "reporter_kind": lead.reporter_kind,
        "received_on": lead.received_on,
        "title": lead.title,
        "allegation": lead.allegation,
        "place": lead.place,
        "place_detail": lead.place_detail,
        "domain": lead.domain,
        "conduct": lead.conduct,
        "is_major": lead.is_major,
        "umbrella_suspected": lead.umbrella_suspected,
        "named_units": [],
        "subjects": [],
    }
    return given | changes


@pytest.fixture
def office(client_for, people):
    return client_for(people.office)


@pytest.fixture
def lead(make_lead):
    return make_lead(subjects=[Subject(name="某甲", position="村干部")])


def test_the_office_corrects_and_the_earlier_words_stay(office, people, town, lead):
    sent = values(
        lead,
        title="更正后的名称",
        place=town.west.pk,
        named_units=[town.civil.pk],
        note="来电补充",
        **{
            "subjects-TOTAL_FORMS": "2",
            "subjects-0-name": "某甲",
            "subjects-0-position": "村干部",
            "subjects-0-is_official": "on",
        },
    )
    response = office.post(url(lead), sent, follow=True)
    before = lead.title
    lead = Lead.objects.get()
    assert (lead.title, lead.place, lead.version) == ("更正后的名称", town.west, 1)
    assert list(lead.named_units.all()) == [town.civil]
    assert [(one.name, one.is_official) for one in lead.subjects.all()] == [("某甲", True)]
    revision = LeadRevision.objects.get()
    read = {
        change["label"]: (change["before_words"], change["after_words"])
        for change in revision.changes
    }
    assert read == {
        "线索名称": (before, "更正后的名称"),
        "涉及村居": ("东村", "西村"),
        "被反映单位": ("（空）", "民政办"),
        "被反映人": ("某甲（村干部）", "某甲（村干部，公职人员）"),
    }
    event = lead.events.get(verb="correct")
    assert (event.verb_label, event.actor) == ("更正", people.office)
    assert event.note == "线索名称、涉及村居、被反映单位、被反映人。来电补充"
    page = text(response)
    assert before in page
    assert "更正记录" in page


def test_corrections_are_never_altered(office, lead, as_owner):
    office.post(url(lead), values(lead, title="另一个名称"))
    for act in (
        lambda: LeadRevision.objects.update(note="x"),
        lambda: LeadRevision.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


def test_of_two_editors_the_second_is_told_and_loses_nothing(client_for, people, lead):
    first, second = client_for(people.office), client_for(people.director)
    old = values(lead)
    first.post(url(lead), old | {"title": "先保存的名称", "place_detail": "先保存的地点"})
    response = second.post(
        url(lead), old | {"title": "后保存的名称", "allegation": "后写的很长的话。"}
    )
    page = text(response)
    lead.refresh_from_db()
    assert lead.title == "先保存的名称"
    assert "刚刚在别处被修改过" in page
    both = {
        change["label"]: (change["before_words"], change["after_words"], change["is_taken"])
        for change in response.context["both"]
    }
    assert both == {
        "线索名称": ("先保存的名称", "后保存的名称", False),
        "反映内容": (lead.allegation, "后写的很长的话。", False),
        "具体地点": ("先保存的地点", "（空）", True),
    }
    form = response.context["form"]
    assert form["title"].value() == "后保存的名称"
    assert form["allegation"].value() == "后写的很长的话。"
    assert form["place_detail"].value() == "先保存的地点"
    assert str(form["version"].value()) == str(lead.version)
    merged = old | {
        "version": lead.version,
        "title": "后保存的名称",
        "allegation": "后写的很长的话。",
        "place_detail": "先保存的地点",
    }
    assert second.post(url(lead), merged).status_code == 302
    lead.refresh_from_db()
    assert (lead.title, lead.place_detail) == ("后保存的名称", "先保存的地点")
    assert LeadRevision.objects.count() == 2


def test_who_comes_after_the_assignment_keeps_the_words_but_not_the_button(
    office, people, town, make_assigned
):
    lead = make_assigned()
    response = office.post(url(lead), values(lead, title="太晚了的名称"))
    page = text(response)
    assert "已转办" in page
    assert "太晚了的名称" in page
    assert "保存更正" not in page
    lead.refresh_from_db()
    assert lead.title != "太晚了的名称"


def test_the_registrant_until_accepted_and_nobody_else(client_for, people, town, make_lead):
    lead = make_lead(actor=people.east)
    assert client_for(people.west).get(url(lead)).status_code == 404
    assert client_for(people.town_leader).get(url(lead)).status_code == 403
    village = client_for(people.east)
    assert village.post(url(lead), values(lead, title="村里更正")).status_code == 302
    lead.refresh_from_db()
    with transaction.atomic():
        lead = LEAD.step(lead, "accept", actor=people.office)
    with pytest.raises(PermissionDenied):
        correct(
            lead=lead, actor=people.east, expected_version=lead.version, **fields(lead, title="x")
        )
    done = correct(
        lead=lead, actor=people.office, expected_version=lead.version, **fields(lead, title="x")
    )
    assert (done.title, done.state) == ("x", "accepted")


def test_nothing_changed_is_said_and_writes_nothing(office, make_lead):
    lead = make_lead()
    response = office.post(url(lead), values(lead))
    assert "内容没有改动" in text(response)
    lead.refresh_from_db()
    assert (lead.version, LeadRevision.objects.count()) == (0, 0)


def test_a_stale_version_conflicts_even_without_a_difference(people, make_lead):
    lead = make_lead()
    correct(lead=lead, actor=people.office, expected_version=0, **fields(lead, title="x"))
    with pytest.raises(Conflict):
        correct(lead=lead, actor=people.office, expected_version=0, **fields(lead, title="x"))


def test_fields_that_the_form_does_not_offer_change_nothing(office, other_town, make_lead):
    lead = make_lead()
    extra = {
        "state": "closed",
        "number": "X",
        "jurisdiction": other_town.unit.pk,
        "due_on": "2020-01-01",
    }
    office.post(url(lead), values(lead, title="改", **extra))
    again = Lead.objects.get()
    assert (again.title, again.state, again.number, again.jurisdiction, again.due_on) == (
        "改",
        "registered",
        lead.number,
        lead.jurisdiction,
        None,
    )


def test_the_channel_corrected_to_a_number_only_one_takes_the_words_away(people, make_lead):
    lead = make_lead(subjects=[Subject(name="某甲")])
    platform = Channel.objects.create(code="p", name="平台", number_only=True)
    with pytest.raises(ValidationError):
        correct(
            lead=lead, actor=people.office, expected_version=0, **fields(lead, channel=platform)
        )
    given = fields(lead, channel=platform, external_number="PT-9", subjects=[Subject(name="某甲")])
    done = correct(lead=lead, actor=people.office, expected_version=0, **given)
    assert done.title == "平台线索 PT-9"
    assert done.subjects.count() == 0


def test_an_earlier_text_is_shown_to_the_office_and_its_author_only(
    client_for, people, town, make_lead
):
    lead = make_lead()
    correct(
        lead=lead,
        actor=people.office,
        expected_version=0,
        **fields(lead, named_units=[town.police]),
    )
    lead.refresh_from_db()
    correct(
        lead=lead, actor=people.office, expected_version=lead.version, **fields(lead, title="后来")
    )
    lead.refresh_from_db()
    services.assign(
        lead=lead,
        actor=people.office,
        units=[town.police],
        due_on=due.today(),
        expected_version=lead.version,
        domain=Domain.objects.first(),
        conduct=None,
    )
    assert "更正记录" in text(client_for(people.office).get(f"/leads/{lead.number}/"))
    page = text(client_for(people.police).get(f"/leads/{lead.number}/"))
    assert "更正记录" not in page
    leader = text(client_for(people.town_leader).get(f"/leads/{lead.number}/"))
    assert "更正记录" not in leader
    assert "线索名称。" not in leader


def test_a_dictionary_entry_out_of_use_can_stay(office, make_lead):
    lead = make_lead()
    Channel.objects.filter(pk=lead.channel_id).update(is_active=False)
    Domain.objects.filter(pk=lead.domain_id).update(is_active=False)
    assert office.post(url(lead), values(lead, title="只改名称")).status_code == 302


@pytest.mark.parametrize("total", ["9" * 5000, "²", "x", ""])
def test_a_broken_count_of_rows_is_no_crash(office, make_lead, total):
    lead = make_lead()
    sent = values(lead, add_row="1", title="还没保存", **{"subjects-TOTAL_FORMS": total})
    assert "还没保存" in text(office.post(url(lead), sent))


def test_one_more_row_without_scripts(office, make_lead):
    lead = make_lead()
    sent = values(lead, add_row="1", title="还没保存", **{"subjects-TOTAL_FORMS": "1"})
    response = office.post(url(lead), sent)
    assert len(response.context["form"].subjects.forms) == 2
    assert "还没保存" in text(response)
    lead.refresh_from_db()
    assert lead.version == 0


def test_a_lead_that_a_correction_makes_major_is_put_before_the_director(people, make_lead):
    lead = make_lead()
    correct(
        lead=lead,
        actor=people.office,
        expected_version=lead.version,
        **fields(lead, is_major=True),
    )
    assert lead.alerts.get().unit is None
    told = Message.objects.filter(kind="major_lead")
    assert list(told.values_list("recipient__username", flat=True)) == ["director"]


def test_nobody_is_made_anonymous_while_who_they_are_is_kept(office, people, make_lead):
    lead = make_lead(reporter_kind="named", reporters=[Identity(name="某")])
    answer = office.post(url(lead), values(lead, reporter_kind="anonymous"))
    assert answer.status_code == 200
    assert "保管有举报人身份信息，不能改为匿名" in text(answer)
    for kind in ("anonymous", "none"):
        with pytest.raises(ValidationError, match="身份信息"):
            correct(
                lead=lead,
                actor=people.office,
                expected_version=lead.version,
                **fields(lead, reporter_kind=kind),
            )
    lead.refresh_from_db()
    assert lead.reporter_kind == "named"
    assert not lead.revisions.exists()


def test_who_gave_no_name_that_is_kept_can_be_set_right(people, make_lead):
    lead = make_lead(reporter_kind="named")
    correct(
        lead=lead,
        actor=people.office,
        expected_version=lead.version,
        **fields(lead, reporter_kind="anonymous"),
    )
    lead.refresh_from_db()
    assert lead.reporter_kind == "anonymous"
