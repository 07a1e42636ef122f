"""Daily notes: who writes and reads them, what stays of them, and how they reach the report."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction
from django.utils import timezone

from audit.machine import Conflict
from departments.models import Account
from departments.services import grant
from reporting.form_versions.default import DEFAULT
from reporting.notes import services
from reporting.notes.gathering import Offer, offers
from reporting.notes.models import LONGEST, DailyNote
from reporting.periods.models import ReportExpectation, ReportPeriod
from reporting.periods.services import close_periods
from reporting.weekly import services as weekly
from reporting.weekly.models import WeeklyReport
from tests.reporting.test_pages import edit_url, grow, shown_messages, typed

URL = "/reports/notes/"
ALL = "/reports/notes/all/"
HOSTILE = '<script>alert("甲")</script>{{ 7*7 }} =1+1'


@pytest.fixture
def owed(town, period) -> ReportExpectation:
    return ReportExpectation.objects.select_related("period", "unit").get(unit=town.east)


@pytest.fixture
def note(people, owed):
    """A line of the east village's liaison; today's unless another day is given."""

    def make(words: str = "走访商户。", **given: object) -> DailyNote:
        values = {"actor": people.east, "owed": owed, "day": timezone.localdate()}
        values |= {"submission": uuid.uuid4(), "block": "工作进展"}
        return services.write(words=words, **(values | given))[0]

    return make


def sent(words: str = "走访商户。", **given: object) -> dict[str, object]:
    today = timezone.localdate().isoformat()
    values = {"words": words, "day": today, "block": "", "submission": uuid.uuid4()}
    return values | given


def stretch(period: ReportPeriod, days: int = 3) -> dt.date:
    """Let the week begin so many days ago whatever today is; returns that day."""
    today = timezone.localdate()
    saturday = today - dt.timedelta(days=(today.weekday() - 5) % 7)
    if (today - saturday).days < days:
        saturday -= dt.timedelta(days=7)
        ReportPeriod.objects.filter(pk=period.pk).update(starts_on=saturday)
    return today - dt.timedelta(days=days)


# Writing


def test_who_writes_what_and_when(people, far_people, town, period, owed, note):
    early = stretch(period)
    owed.period.refresh_from_db()
    first = note("  走访\n商户 。 ", day=early)
    assert (first.words, first.day, first.unit, first.written_by) == (
        "走访 商户 。",
        early,
        town.east,
        people.east,
    )
    assert note("乙", actor=people.east_leader).written_by == people.east_leader
    for stranger in (people.west, people.office, people.director, far_people.east):
        with pytest.raises(PermissionDenied):
            note(actor=stranger)
    today = timezone.localdate()
    before = ReportPeriod.objects.get(pk=period.pk).starts_on - dt.timedelta(days=1)
    for wrong in (today + dt.timedelta(days=1), before):
        with pytest.raises(ValidationError, match="只能写本周内"):
            note(day=wrong)
    assert len(note("字" * LONGEST).words) == LONGEST
    for words in ("字" * (LONGEST + 1), " \n\t "):
        with pytest.raises(ValidationError, match="最多 200 字"):
            note(words)
    ReportPeriod.objects.filter(pk=period.pk).update(closes_at=timezone.now())
    close_periods(timezone.now())
    with pytest.raises(Conflict, match="已经关闭"):
        note()


def test_a_token_gives_its_line_to_its_writer_alone(people, owed, note):
    token = uuid.uuid4()
    assert note(submission=token) == note("另一句。", submission=token)
    assert DailyNote.objects.get().words == "走访商户。"
    with pytest.raises(PermissionDenied):
        note(actor=people.east_leader, submission=token)


def test_the_database_keeps_every_line_as_it_was(people, note, as_owner):
    kept = note()
    changes = [
        lambda: DailyNote.objects.all().delete(),
        lambda: DailyNote.objects.update(words="别的话。"),
        lambda: DailyNote.objects.update(withdrawn_at=timezone.now()),
    ]
    services.withdraw(actor=people.east, note=kept)
    changes.append(lambda: DailyNote.objects.update(withdrawn_at=None, withdrawn_by=None))
    for change in changes:
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


# Withdrawing


def test_ones_own_line_is_withdrawn_until_the_report_is_signed(people, owed, note, draft):
    first, second, others = note("甲"), note("乙"), note("丙", actor=people.east_leader)
    gone = services.withdraw(actor=people.east, note=first)
    assert (gone.withdrawn_by, gone.words) == (people.east, "甲")
    with pytest.raises(Conflict, match="已经撤回"):
        services.withdraw(actor=people.east, note=first)
    for stranger in (people.east_leader, people.office, people.west):
        with pytest.raises(PermissionDenied):
            services.withdraw(actor=stranger, note=second)
    report = draft()
    weekly.sign(actor=people.east_leader, report=report, expected_version=report.version)
    with pytest.raises(Conflict, match="已经签字"):
        services.withdraw(actor=people.east, note=second)
    report.refresh_from_db()
    back = {"actor": people.office, "report": report, "expected_version": report.version}
    weekly.give_back(note="数字有误", **back)
    assert services.withdraw(actor=people.east, note=second).is_withdrawn
    assert [row.words for row in DailyNote.objects.standing()] == [others.words]


# The page of a unit


def test_the_page_of_the_unit(people, period, owed, client_for, django_assert_max_num_queries):
    client = client_for(people.east)
    answer = client.get(URL)
    assert "不写举报人、被反映人和其他人的姓名、电话" in answer.text
    assert "不写涉密内容" in answer.text
    data = sent(HOSTILE, block="宣传发动")
    for said in ("已记下。", "这一句已经记下，没有重复记。"):
        answer = client.post(URL, data, follow=True)
        assert shown_messages(answer) == [said]
    assert "<script>alert" not in answer.text
    assert answer.text.count("&lt;script&gt;alert") == 2  # the line, and its button
    assert DailyNote.objects.get().block == "宣传发动"
    # The page that was left open is filled in anew and sent: another line, and the token is new.
    answer = client.post(URL, data | {"words": "另一句。"})
    assert "这一页已经提交过另一句" in answer.text
    data = {name: answer.context["form"][name].value() for name in data}
    client.post(URL, data)
    assert DailyNote.objects.count() == 2
    for wrong, words in [
        (sent(block="没有的板块"), "没有这个板块"),
        (sent(day="2019-01-01"), "只能写本周内"),
        (sent(""), "请写一句话"),
        (sent("字" * 201), "200"),
    ]:
        assert words in client.post(URL, wrong).text
    assert DailyNote.objects.count() == 2
    newest = DailyNote.objects.first()
    answer = client.post(f"{URL}{newest.pk}/withdraw/", follow=True)
    assert answer.redirect_chain == [(f"{URL}?unit=dong", 302)]
    answer = client.post(f"{URL}{newest.pk}/withdraw/", follow=True)
    assert shown_messages(answer) == ["这一条已经撤回。"]
    for number in range(20):
        values = {"period": period, "unit": owed.unit, "day": timezone.localdate()}
        values |= {"submission": uuid.uuid4(), "written_by": people.east}
        DailyNote.objects.create(words=f"第{number}句", **values)
    with django_assert_max_num_queries(14):
        assert client.get(URL).text.count("撤回<span") == 21


def test_who_acts_for_two_units_chooses_one(people, town, period, client_for):
    grant(account=people.east, unit=town.west, role="liaison")
    client = client_for(Account.objects.get(pk=people.east.pk))
    assert (
        '<a class="nav-link active" aria-current="page" href="?unit=dong">' in client.get(URL).text
    )
    client.post(f"{URL}?unit=xi", sent())
    assert DailyNote.objects.get().unit == town.west
    client.post(f"{URL}?unit=pcs", sent("不是本单位。"))
    assert set(DailyNote.objects.values_list("unit__code", flat=True)) == {"dong", "xi"}


def test_without_a_week_the_page_says_so(people, client_for):
    client = client_for(people.east)
    assert "本周还没有开启" in client.get(URL).text
    assert "本周还没有开启" in client.post(URL, sent()).text


# The list of all units


def test_the_office_reads_the_lines_of_a_day_and_leaders_count_them(
    people, far_people, town, period, note, client_for, django_assert_max_num_queries
):
    early = stretch(period, 1)
    west = ReportExpectation.objects.select_related("period", "unit").get(unit=town.west)
    gone = note("撤回的话")
    services.withdraw(actor=people.east, note=gone)
    note(HOSTILE)
    note("西村的话", actor=people.west, owed=west)
    note("昨天的话", day=early)
    office, leader = client_for(people.office), client_for(people.town_leader)
    text = office.get(ALL).text
    assert "&lt;script&gt;alert" in text
    assert "西村的话" in text
    assert "2 个单位有动态" in text
    assert "昨天的话" not in text
    assert "撤回的话" not in text
    assert "撤回）" in text
    assert f"day={early}" in text
    yesterday = office.get(f"{ALL}?day={early}")
    assert [row.words for row in yesterday.context["page"].rows] == ["昨天的话"]
    of_east = office.get(f"{ALL}?unit={town.east.pk}").context["page"].rows
    assert [row.words for row in of_east] == ["昨天的话", HOSTILE, "撤回的话"]
    answer = leader.get(ALL)
    assert [(unit.name, unit.note_count) for unit in answer.context["page"].rows] == [
        ("东村", 1),
        ("西村", 1),
    ]
    for words in ("西村的话", "script&gt;alert", "撤回的话"):
        assert words not in answer.text
    assert client_for(far_people.office).get(ALL).context["page"].rows == []
    for wrong in ("day=0001-01-01", "day=9999-12-31", "unit=0", "unit=x", "before=x"):
        assert office.get(f"{ALL}?{wrong}").status_code == 200
    grow(town, period, 30)
    for expected in ReportExpectation.objects.filter(period=period):
        values = {"period": period, "unit_id": expected.unit_id, "day": timezone.localdate()}
        for number in range(3):
            token = {"submission": uuid.uuid4(), "written_by": people.east}
            DailyNote.objects.create(words=f"第{number}句", **values, **token)
    for client in (office, leader):
        with django_assert_max_num_queries(14):
            page = client.get(ALL).context["page"]
    first = office.get(ALL).context["page"]
    assert len(first.rows) == 50
    second = office.get(f"{ALL}{first.older_url}").context["page"]
    assert not {row.pk for row in first.rows} & {row.pk for row in second.rows}
    assert sum(unit.note_count for unit in page.rows) == 36 * 3 + 2


# Into the weekly report


def test_the_weeks_lines_go_into_the_texts_of_their_blocks_once(people, period, note, client_for):
    today = timezone.localdate()
    day = f"{today.month}月{today.day}日"
    note("走访商户。")
    note("走访商户。")  # said twice, offered once
    note("赶集日宣传。", block="宣传发动")
    note("路灯不亮。", block="问题和打算")
    note("没有板块。", block="")
    services.withdraw(actor=people.east, note=note("撤回的话。"))
    client = client_for(people.east)
    text = client.get(edit_url(period)).text
    assert "本周日动态 3 条" in text
    assert "本周日动态 1 条" in text
    assert "撤回的话" not in text
    answer = client.post(edit_url(period), typed("gather.progress", progress="已有的话。", found=7))
    form = answer.context["form"]
    lines = [f"{day}：走访商户。", f"{day}（宣传发动）：赶集日宣传。", f"{day}：没有板块。"]
    assert form["progress"].value() == "\n".join(["已有的话。", *lines])
    assert form["problems"].value() == ""
    assert form["found"].value() == "7"
    assert shown_messages(answer) == ["已引入日动态，请核对后保存。"]
    assert WeeklyReport.objects.count() == 0
    assert answer.text.count('<span class="tag">已引入</span>') == 3
    assert 'value="gather.progress"' not in answer.text
    again = client.post(
        edit_url(period), typed("gather.progress", progress=form["progress"].value())
    )
    assert again.context["form"]["progress"].value() == form["progress"].value()
    answer = client.post(edit_url(period), typed("gather.problems"))
    assert answer.context["form"]["problems"].value() == f"{day}：路灯不亮。"
    client.post(edit_url(period), typed("save", progress=form["progress"].value()))
    assert lines[0] in WeeklyReport.objects.get().texts["progress"]
    for code in ("", "nothing", "found"):
        assert client.post(edit_url(period), typed(f"gather.{code}")).status_code == 200


def test_what_does_not_fit_is_said_and_not_cut(people, period, note, client_for):
    note("一" * LONGEST)
    note("短。")
    full = "满" * 1900
    answer = client_for(people.east).post(edit_url(period), typed("gather.progress", progress=full))
    assert shown_messages(answer) == ["“本周工作进展”最多 2000 字，有 1 条日动态放不下。"]
    assert answer.context["form"]["progress"].value().endswith("：短。")
    assert Offer(["甲", "乙"]).put_into("乙", longest=3) == ("乙\n甲", 0)
    assert Offer(["甲", "乙"]).put_into("", longest=1) == ("甲", 1)
    assert (
        offers([DailyNote(day=timezone.localdate(), words="甲")], replace(DEFAULT, texts=())) == {}
    )


def test_a_signed_week_takes_lines_that_stay_outside(people, owed, signed, client_for):
    signed()
    client = client_for(people.east)
    assert "不再进入本周周报" in client.get(URL).text
    assert shown_messages(client.post(URL, sent(), follow=True)) == ["已记下。"]
