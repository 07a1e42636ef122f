"""Words of other people's ledgers: asked about once, remembered for the town."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from audit.machine import Conflict
from jobs import services as jobs
from leads.imports import services, words
from leads.models import Channel, Lead, WordMapping
from leads.states import LeadState
from tests.leads.imports.conftest import told, workbook

HEADS = ("登记日期", "来源", "涉及村居", "行业领域", "反映内容", "进展")
ROWS = (
    ("2019.5.3", "热线来电", "东庄", "集贸", "反映人称有人在集市收取管理费。", "正在核查"),
    ("2019.5.4", " 热线 来电", "县城", "集贸", "反映人称有人在路口设卡。", "未办结"),
)
MEANINGS = {
    ("channel", "热线来电"): "hotline",
    ("place", "东庄"): "dong",
    ("place", "县城"): "-",
    ("domain", "集贸"): "-",
}


def again(batch):
    batch.refresh_from_db()
    jobs.run(batch.job_id)
    batch.refresh_from_db()
    return batch


def settle(batch, actor, meanings=MEANINGS):
    services.map_words(batch=batch, actor=actor, meanings=meanings, expected_version=batch.version)
    return again(batch)


def test_unknown_words_are_errors_and_are_listed_once(checked):
    batch = checked(workbook(HEADS, *ROWS))
    assert [(row, column) for row, column, *_ in told(batch)] == [
        *((2, 2), (2, 3), (2, 4)),
        *((3, 2), (3, 3), (3, 4)),
    ]
    assert [(one.code, one.word, one.count) for one in batch.unknown] == [
        ("channel", "热线来电", 2),
        ("place", "东庄", 1),
        ("place", "县城", 1),
        ("domain", "集贸", 2),
        ("progress", "正在核查", 1),
        ("progress", "未办结", 1),
    ]


def test_what_was_said_of_them_holds_and_is_remembered_for_the_town(
    checked, people, town, imported
):
    batch = settle(checked(workbook(HEADS, *ROWS)), people.office)
    assert (batch.error_count, [one.code for one in batch.unknown]) == (0, ["progress"] * 2)
    later = imported(workbook(HEADS, ROWS[0]))
    lead = Lead.objects.get()
    assert (lead.channel.code, lead.place, lead.domain) == ("hotline", town.east, None)
    assert lead.state == LeadState.REGISTERED
    assert later.unknown == []  # deleted with what else was kept of the ledger
    assert set(WordMapping.objects.values_list("town", "saved_by")) == {
        (town.unit.pk, people.office.pk)
    }


def test_another_town_is_not_told(checked, people, upload, far_people):
    settle(checked(workbook(HEADS, *ROWS)), people.office)
    far = upload(workbook(HEADS, *ROWS), actor=far_people.office)
    if far.job is None:
        services.map_columns(
            batch=far,
            actor=far_people.office,
            mapping=far.mapping,
            defaults=far.defaults,
            expected_version=far.version,
        )
    assert again(far).error_count == 6


def test_progress_can_be_said_to_end_a_lead(checked, people):
    batch = checked(workbook(HEADS, (*ROWS[0][:5], "已了结")))
    batch = settle(
        batch,
        people.office,
        {
            ("channel", "热线来电"): "hotline",
            ("place", "东庄"): "dong",
            ("domain", "集贸"): "-",
            ("progress", "已了结"): "closed",
        },
    )
    assert batch.closed_count == 1
    assert {words for *_, words, _ in told(batch)} == {
        "写明已办结，但没有办结日期",
        "已办结的线索没有结论",
        "已办结的线索没有处理结果",
    }


def test_what_was_remembered_is_changed_and_forgotten(checked, people):
    batch = settle(checked(workbook(HEADS, *ROWS)), people.office)
    batch = settle(batch, people.director, {("channel", "热线来电"): ""})
    assert not WordMapping.objects.filter(column="channel").exists()
    assert [one.word for one in batch.unknown if one.code == "channel"] == ["热线来电"]
    assert batch.error_count == 2


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        (("channel", "没有问过"), "hotline"),
        (("channel", "热线来电"), "no-such"),
        (("channel", "热线来电"), "-"),
        (("secrecy", "热线来电"), "hotline"),
    ],
)
def test_nothing_else_can_be_said(checked, people, word, meaning):
    batch = checked(workbook(HEADS, *ROWS))
    with pytest.raises(ValidationError):
        settle(batch, people.office, {word: meaning})
    assert not WordMapping.objects.exists()


def test_the_slower_of_two_people_is_told(checked, people):
    batch = checked(workbook(HEADS, *ROWS))
    with pytest.raises(Conflict):
        services.map_words(
            batch=batch,
            actor=people.office,
            meanings=MEANINGS,
            expected_version=batch.version - 1,
        )
    assert not WordMapping.objects.exists()


def test_a_meaning_that_is_no_longer_in_use_is_asked_about_again(checked, people):
    settle(checked(workbook(HEADS, *ROWS)), people.office)
    Channel.objects.filter(code="hotline").update(is_active=False)
    batch = checked(workbook(HEADS, ROWS[0]))
    assert [one.word for one in batch.unknown if one.code == "channel"] == ["热线来电"]


def test_so_many_words_are_asked_about_and_no_more(checked, monkeypatch):
    monkeypatch.setattr(words, "MOST_WORDS", 2)
    batch = checked(workbook(HEADS, *ROWS))
    assert (len(batch.unknown), batch.has_more_unknown) == (2, True)
    long = checked(workbook(HEADS, ("2019.5.3", "来" * 21, "东村", "", "内容", "")))
    assert (long.unknown, long.error_count) == ([], 1)


def test_the_page_suggests_and_keeps(checked, people, client_for):
    batch = checked(workbook(HEADS, *ROWS))
    office = client_for(people.office)
    assert "指出它们的含义" in office.get(f"/leads/imports/{batch.public_id}/").content.decode()
    url = f"/leads/imports/{batch.public_id}/words/"
    form = office.get(url).context["form"]
    values = {field.html_name: field.value() or "" for field in form}
    suggested = {one.word: field.value() for one, field in form.asked}
    assert suggested["东庄"] == "dong"
    assert suggested["未办结"] == ""  # an end is not suggested for its denial
    assert office.post(url, values).status_code == 302
    assert WordMapping.objects.get(word="东庄").meaning == "dong"
    again(batch)
    shown = office.get(url).context["form"]
    assert "东庄" in [one.word for one, _ in shown.remembered]
