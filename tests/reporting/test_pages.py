"""The pages: what each person finds on them, and that a wrong form writes nothing."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from departments.models import Unit
from jobs import services as jobs
from jobs.models import Job
from reporting.form_versions.default import DEFAULT
from reporting.incidents import services as incidents
from reporting.periods.models import ReportExpectation, ReportPeriod
from reporting.statistics.services import roll_up
from reporting.weekly import form as definition
from reporting.weekly import services
from reporting.weekly.models import WeeklyReport
from tests.reporting.conftest import content_of


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr(jobs, "knock", lambda job_id: None)


def typed(action: str, version: int = 0, *, progress: str = "走访商户。", **given: object) -> dict:
    """What a browser sends for the form."""
    figures = {figure.code: 0 for figure in DEFAULT.figures}
    texts = {"progress": progress, "problems": "", "next_steps": ""}
    remarks = {f"why_{code}": "另有口头移交。" for code in given if code in figures}
    return figures | texts | remarks | {"action": action, "version": version} | given


def edit_url(period, code: str = "dong") -> str:
    return f"/reports/weeks/{period.pk}/{code}/edit/"


def shown_messages(answer) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


# The form


def test_opening_the_form_writes_nothing_and_prefills(people, period, client_for, make_lead):
    make_lead(actor=people.east)
    answer = client_for(people.east).get(edit_url(period))
    assert answer.status_code == 200
    form = answer.context["form"]
    assert (form["found"].value(), form["in_hand"].value()) == (1, 0)
    assert form["people"].value() is None
    assert WeeklyReport.objects.count() == 0


def test_last_weeks_signed_values_stand_beside(town, people, period, last_period, client_for):
    def last_week_in(url: str) -> list[int | None]:
        blocks = client_for(people.east).get(url).context["form"].blocks()
        return [row.last for block in blocks for row in block.figures if row.figure.code == "found"]

    given = {"period": last_period, "unit": town.east, "content": content_of(found=41)}
    services.save(actor=people.east, expected_version=0, **given)
    assert last_week_in(edit_url(period)) == [None]
    services.save_and_sign(actor=people.east_leader, expected_version=1, **given)
    assert last_week_in(edit_url(period)) == [41]
    text = client_for(people.east).get(edit_url(period)).text
    assert '<td class="last-week">41</td>' in text
    assert "复制上周文字" in text
    seven = dt.timedelta(days=7)
    there = ReportPeriod.objects.filter(pk=last_period.pk)
    # A week off was merged with it: it is still the one just before.
    there.update(starts_on=last_period.starts_on - seven)
    assert last_week_in(edit_url(period)) == [41]
    there.update(ends_on=last_period.ends_on - seven)
    assert last_week_in(edit_url(period)) == [None]


def test_copying_fills_empty_texts_keeps_what_was_typed_and_writes_nothing(
    town, people, period, last_period, client_for
):
    services.save(
        actor=people.east,
        period=last_period,
        unit=town.east,
        content=content_of(progress="上周的话"),
        expected_version=0,
    )
    client = client_for(people.east)
    answer = client.post(edit_url(period), typed("copy", progress="", found=7))
    form = answer.context["form"]
    assert (form["progress"].value(), form["next_steps"].value()) == ("上周的话", "继续摸排。")
    assert form["found"].value() == "7"
    answer = client.post(edit_url(period), typed("copy", progress="这周的话"))
    assert answer.context["form"]["progress"].value() == "这周的话"
    assert WeeklyReport.objects.filter(period=period).count() == 0


def test_a_zero_that_was_unticked_is_not_ticked_again_by_copying(
    town, people, period, last_period, client_for
):
    services.save(
        actor=people.east,
        period=last_period,
        unit=town.east,
        content=content_of(is_zero=True),
        expected_version=0,
    )
    answer = client_for(people.east).post(edit_url(period), typed("copy"))
    assert not answer.context["form"]["is_zero"].value()


def test_a_draft_is_saved_and_shown(people, period, client_for):
    answer = client_for(people.east).post(edit_url(period), typed("save", found=3), follow=True)
    report = WeeklyReport.objects.get()
    assert answer.redirect_chain == [(f"/reports/{report.pk}/", 302)]
    assert (report.state, report.figures["found"], report.drafted_by) == (
        "draft",
        3,
        people.east,
    )
    assert shown_messages(answer) == ["草稿已保存，还没有报送。"]


def test_the_liaison_submits_and_the_leader_signs(people, period, client_for):
    client_for(people.east).post(edit_url(period), typed("submit", found=3))
    report = WeeklyReport.objects.get()
    assert report.state == "awaiting_signature"
    leader = client_for(people.east_leader)
    page = leader.get(f"/reports/{report.pk}/")
    assert page.context["verbs"] == {"sign", "withdraw"}
    leader.post(f"/reports/{report.pk}/sign/", {"version": report.version})
    report.refresh_from_db()
    assert (report.state, report.signed_by) == ("signed", people.east_leader)


def test_a_liaison_cannot_sign_through_the_form(people, period, client_for):
    answer = client_for(people.east).post(edit_url(period), typed("sign"))
    assert answer.status_code == 403
    assert WeeklyReport.objects.count() == 0


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"found": "abc"}, "found", "请填写整数。"),
        ({"found": "-1"}, "found", "应在 0 到 999999 之间。"),
        ({"found": "1000000"}, "found", "应在 0 到 999999 之间。"),
        ({"found": ""}, "found", "请填写数字，没有就填 0。"),
        ({"progress": "  "}, "progress", "请填写本周工作进展"),
        ({"problems": "字" * 2001}, "problems", "2000"),
        ({"is_zero": "on", "events": "2"}, "is_zero", "零报告的数字必须全部为 0"),
        ({"progress": "a\x00b"}, "progress", "控制字符"),
    ],
)
def test_a_wrong_form_says_so_twice_keeps_it_and_writes_nothing(
    people, period, client_for, given, field, words
):
    answer = client_for(people.east).post(
        edit_url(period), typed("submit", leaflets=88, next_steps="保留这句话") | given
    )
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [field]
    (error,) = answer.context["form"].errors[field]
    assert words in error
    text = unescape(answer.text)
    assert "data-error-summary" in text
    assert f'href="#id_{field}"' in text
    assert text.count(error) >= 2
    assert 'value="88"' in text
    assert "保留这句话" in text
    assert WeeklyReport.objects.count() == 0


def test_a_zero_report_needs_no_numbers(people, period, client_for):
    given = typed("submit", progress="", is_zero="on")
    for figure in DEFAULT.figures:
        given[figure.code] = ""
    client_for(people.east).post(edit_url(period), given)
    report = WeeklyReport.objects.get()
    assert (report.state, report.is_zero) == ("awaiting_signature", True)
    assert report.figures == {figure.code: 0 for figure in DEFAULT.figures}


@pytest.mark.parametrize(
    ("who", "state"), [("east", "awaiting_signature"), ("east_leader", "signed")]
)
def test_a_zero_report_is_one_button(people, period, client_for, who, state):
    client = client_for(getattr(people, who))
    page = client.get("/reports/mine/").text
    (button,) = re.findall(r'<form method="post" action="/reports/weeks.*?</form>', page, re.DOTALL)
    assert 'data-confirm="本周确无情况' in button
    sent = dict(re.findall(r'name="(version|is_zero|action)" value="(\w+)"', button))
    client.post(re.search(r'action="([^"]+)"', button)[1], sent)
    report = WeeklyReport.objects.get()
    assert (report.state, report.is_zero) == (state, True)
    assert "零报告</button>" not in client.get("/reports/mine/").text


@pytest.mark.parametrize("action", ["submit", "sign"])
def test_what_looks_wrong_is_asked_once_and_before_it_is_sent(people, period, client_for, action):
    client = client_for(people.east_leader)
    given = typed(action, leaflets=99999)
    page = client.post(edit_url(period), given)
    assert "填了“发放资料”，而“宣传活动”为 0。请核对；确实如此的，请再点一次按钮。" in page.text
    assert WeeklyReport.objects.count() == 0
    asked = page.context["form"]["asked"].value()
    # Another doubt is asked about too.
    page = client.post(edit_url(period), given | {"asked": asked, "people": 5, "why_people": "有"})
    assert "填了“受众人数”" in page.text
    assert client.post(edit_url(period), given | {"asked": asked}).status_code == 302
    assert WeeklyReport.objects.get().state != "draft"


def test_a_draft_is_kept_without_being_asked(people, period, client_for):
    client_for(people.east).post(edit_url(period), typed("save", leaflets=99999))
    assert WeeklyReport.objects.get().figures["leaflets"] == 99999


def test_a_zero_report_beside_an_incident_is_asked_about(people, town, period, client_for):
    incidents.report(
        actor=people.east,
        unit=town.east,
        what="集市有人聚众堵门。",
        place=None,
        happened_at=timezone.now(),
        handling="已到场劝离。",
        in_danger=False,
        submission=uuid.uuid4(),
    )
    page = client_for(people.east).post(edit_url(period), typed("submit", is_zero="on"))
    assert "本周上报过重大事项 1 件，与“本周确无情况”不符。" in page.text
    assert WeeklyReport.objects.count() == 0


def test_what_is_not_as_it_was_signed_is_not_received(people, signed, client_for, as_owner):
    report = signed()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE reporting_weeklyreport DISABLE TRIGGER USER")
        WeeklyReport.objects.update(figures=report.figures | {"found": 7})
        cursor.execute("ALTER TABLE reporting_weeklyreport ENABLE TRIGGER USER")
    sent = {"version": report.version}
    page = client_for(people.office).post(f"/reports/{report.pk}/receive/", sent, follow=True)
    assert "签字无效，不能签收" in page.text
    assert WeeklyReport.objects.get().state == "signed"


def test_a_returned_report_says_why_on_top(people, signed, client_for, period):
    report = signed()
    services.give_back(
        actor=people.office, report=report, expected_version=report.version, note="请补充宣传情况"
    )
    client = client_for(people.east)
    for url in (f"/reports/{report.pk}/", edit_url(period)):
        assert "退回理由：请补充宣传情况" in client.get(url).text


def test_on_a_friday_every_statement_counts(people, period, client_for):
    """What it costs the database that a report is sent, comes too late, and is signed."""
    peer = client_for(people.east)
    path = edit_url(period)
    for client, url, sent, most in [
        (client_for(people.east), path, typed("submit"), 28),
        # Two of them: whether the peer signs by delegation what waits for a signature, and what was
        # reported for the week before.
        (peer, path, typed("submit", progress="同时填写。"), 20),
        (client_for(people.east_leader), "/reports/{pk}/sign/", {"version": 2}, 16),
    ]:
        to = url.format(pk=getattr(WeeklyReport.objects.first(), "pk", 0))
        with CaptureQueriesContext(connection) as asked:
            assert client.post(to, sent).status_code == 302
        assert len(asked) <= most, [query["sql"] for query in asked]
    report = WeeklyReport.objects.get()
    assert (report.state, report.texts["progress"]) == ("signed", "走访商户。")


def test_a_second_click_on_submit_makes_no_second_row(people, period, client_for):
    client = client_for(people.east)
    client.post(edit_url(period), typed("submit"))
    again = client.post(edit_url(period), typed("submit"), follow=True)
    assert WeeklyReport.objects.count() == 1
    assert WeeklyReport.objects.get().events.count() == 2
    assert "待签" in shown_messages(again)[-1]


def test_who_was_slower_is_told_and_overwrites_nothing(people, period, client_for):
    client_for(people.east).post(edit_url(period), typed("save", found=1))
    answer = client_for(people.east_leader).post(
        edit_url(period), typed("save", found=2), follow=True
    )
    assert shown_messages(answer) == [services.CHANGED]
    assert WeeklyReport.objects.get().figures["found"] == 1


def test_hidden_fields_change_nothing_else(people, period, client_for):
    client_for(people.east).post(
        edit_url(period),
        typed("save", state="received", signed_by=str(people.office.pk), unit="1", score="5"),
    )
    report = WeeklyReport.objects.get()
    assert (report.state, report.signed_by, report.unit.code) == ("draft", None, "dong")
    assert set(report.figures) == {figure.code for figure in DEFAULT.figures}


def test_words_come_back_exactly_and_harmless(people, period, client_for):
    words = "<script>alert(1)</script> '\"& 𠮷野家 ½ \r\n第二行"
    client_for(people.east).post(edit_url(period), typed("save", progress=words))
    report = WeeklyReport.objects.get()
    assert report.texts["progress"] == words.replace("\r\n", "\n")
    page = client_for(people.east).get(f"/reports/{report.pk}/").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("east", 200),
        ("east_leader", 200),
        ("office", 403),
        ("town_leader", 403),
        ("west", 404),
        ("police", 404),
        ("custodian", 404),
        ("auditor", 404),
    ],
)
def test_who_opens_the_form(people, period, client_for, name, status):
    client = client_for(getattr(people, name))
    assert client.get(edit_url(period)).status_code == status
    if status != 200:
        assert client.post(edit_url(period), typed("save")).status_code == status
        assert WeeklyReport.objects.count() == 0


# One report


@pytest.mark.parametrize(
    ("name", "draft_status", "signed_status"),
    [
        ("east", 200, 200),
        ("east_leader", 200, 200),
        ("office", 404, 200),
        ("director", 404, 200),
        ("town_leader", 404, 200),
        ("west", 404, 404),
        ("police_leader", 404, 404),
        ("sysadmin", 404, 404),
    ],
)
def test_who_reads_a_report(people, draft, client_for, name, draft_status, signed_status):
    report = draft()
    client = client_for(getattr(people, name))
    assert client.get(f"/reports/{report.pk}/").status_code == draft_status
    services.sign(actor=people.east_leader, report=report, expected_version=1)
    assert client.get(f"/reports/{report.pk}/").status_code == signed_status


@pytest.mark.parametrize("verb", ["submit", "withdraw", "sign", "receive", "return"])
def test_steps_are_posts_by_those_who_may(people, far_people, signed, client_for, verb):
    report = signed()
    url = f"/reports/{report.pk}/{verb}/"
    given = {"version": report.version, "note": "x"}
    assert client_for(people.east).get(url).status_code == 405
    assert client_for(people.town_leader).post(url, given).status_code == 403
    assert client_for(far_people.office).post(url, given).status_code == 404
    assert client_for(people.west).post(url, given).status_code == 404
    report.refresh_from_db()
    assert (report.state, report.version) == ("signed", 2)


def test_the_office_receives(people, signed, client_for):
    report = signed()
    client = client_for(people.office)
    assert client.get(f"/reports/{report.pk}/").context["verbs"] == {"receive", "return"}
    answer = client.post(f"/reports/{report.pk}/receive/", {"version": report.version}, follow=True)
    assert shown_messages(answer) == ["已签收。"]
    again = client.post(f"/reports/{report.pk}/receive/", {"version": report.version}, follow=True)
    assert "请查看最新情况" in shown_messages(again)[-1]
    assert report.events.filter(verb="receive").count() == 1


def test_returning_without_a_reason_is_told_at_the_field(people, signed, client_for):
    report = signed()
    client = client_for(people.office)
    answer = client.post(f"/reports/{report.pk}/return/", {"version": report.version, "note": " "})
    assert answer.status_code == 200
    assert answer.context["form"].errors == {"note": ["退回必须填写说明。"]}
    assert 'href="#id_note"' in answer.text
    client.post(f"/reports/{report.pk}/return/", {"version": report.version, "note": "补数字"})
    report.refresh_from_db()
    assert report.state == "returned"
    page = client_for(people.east).get(f"/reports/{report.pk}/").text
    assert "补数字" in page


def test_submitting_an_incomplete_draft_leads_back_to_the_form(people, period, draft, client_for):
    report = draft(definition.Content({}, {}, False))
    answer = client_for(people.east).post(f"/reports/{report.pk}/submit/", {"version": 1})
    assert answer.url == edit_url(period)


# The board


def test_tiles_count_just_the_rows_they_lead_to(people, period, draft, client_for, town):
    draft(found=1)
    services.save_and_sign(
        actor=people.police_leader,
        period=period,
        unit=town.police,
        content=content_of(is_zero=True),
        expected_version=0,
    )
    ReportPeriod.objects.update(due_at=period.bounds[0])
    client = client_for(people.office)
    tiles = client.get("/reports/").context["tiles"]
    assert [(tile["label"], tile["value"]) for tile in tiles] == [
        ("应报单位", 6),
        ("未报", 4),
        ("草稿", 1),
        ("待签", 0),
        ("退回", 0),
        ("已签待收", 1),
        ("已签收", 0),
        ("免报", 0),
        ("其中零报告", 1),
        ("其中迟报", 1),
    ]
    for tile in tiles:
        assert len(client.get(tile["url"]).context["rows"]) == tile["value"], tile["label"]


def test_the_board_shows_a_unit_its_own_row_only(people, period, client_for):
    rows = client_for(people.east).get("/reports/").context["rows"]
    assert [row["unit"].code for row in rows] == ["dong"]
    assert "导出统计表" not in client_for(people.east).get("/reports/").text


@pytest.mark.parametrize("name", ["custodian", "sysadmin", "secadmin", "auditor"])
def test_the_board_is_closed_to_administrators(people, period, client_for, name):
    assert client_for(getattr(people, name)).get("/reports/").status_code == 403


def test_another_towns_week_cannot_be_chosen(people, far_people, period, client_for):
    answer = client_for(far_people.office).get(f"/reports/?period={period.pk}")
    assert answer.status_code == 200
    assert answer.context["period"] is None


def test_a_draft_is_not_linked_for_the_office(people, draft, client_for):
    report = draft()
    rows = client_for(people.office).get("/reports/").context["rows"]
    assert {row["url"] for row in rows} == {""}
    services.sign(actor=people.east_leader, report=report, expected_version=1)
    rows = client_for(people.office).get("/reports/").context["rows"]
    assert {row["url"] for row in rows} == {"", f"/reports/{report.pk}/"}


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("kind=village", ["dong", "xi"]),
        ("q=派出", ["pcs"]),
        ("q=%25", []),
        ("status=nonsense", []),
        ("page=99", ["pcs", "jw", "mzb", "gts", "dong", "xi"]),
        ("period=x", ["pcs", "jw", "mzb", "gts", "dong", "xi"]),
    ],
)
def test_filters_of_the_board(people, period, client_for, query, codes):
    answer = client_for(people.office).get(f"/reports/?{query}")
    assert [row["unit"].code for row in answer.context["rows"]] == codes


def test_the_guess_is_said_on_the_page(people, period, client_for):
    ReportPeriod.objects.update(calendar_guessed=True)
    for url in ("/", "/reports/"):
        assert "节假日数据尚未录" in client_for(people.office).get(url).text
    for url in ("/", "/reports/mine/", edit_url(period)):
        assert "节假日数据尚未录" in client_for(people.east).get(url).text


def test_two_clicks_on_export_are_one_job(people, period, client_for):
    client, url = client_for(people.office), f"/reports/export/?period={period.pk}"
    assert f'href="{url}"' in client.get("/").text
    assert f'href="{url}"' in client.get("/reports/").text
    assert period.label in client.get(url).text
    given = {"purpose": "报区扫黑办", "submission": str(uuid.uuid4())}
    first = client.post(url, given)
    second = client.post(url, given)
    job = Job.objects.get()
    assert first.url == second.url == f"/exports/{job.public_id}/"
    assert job.purpose == "报区扫黑办"
    dates = {name: getattr(period, name).isoformat() for name in ("starts_on", "ends_on")}
    assert job.params == {"period": period.pk} | dates


def test_who_may_not_export(people, far_people, period, client_for):
    url = f"/reports/export/?period={period.pk}"
    given = {"purpose": "报区扫黑办", "submission": str(uuid.uuid4())}
    assert client_for(people.east).post(url, given).status_code == 403
    assert client_for(far_people.office).post(url, given).status_code == 404
    for wrong in ("", "?period=x", "?period=0", f"?period={10**30}"):
        answer = client_for(people.office).post(f"/reports/export/{wrong}", given)
        assert (answer.status_code, answer.url) == (302, "/reports/")
    page = client_for(people.office).post(url, given | {"purpose": " "})
    assert "请填写此项。" in page.text
    assert Job.objects.count() == 0


# Mine, home


def test_mine_shows_ones_own_units_only(people, period, last_period, client_for, draft):
    draft()
    answer = client_for(people.east).get("/reports/mine/")
    assert [card["status"] for card in answer.context["current"]] == ["草稿"]
    assert [(row["unit"].code, row["period"]) for row in answer.context["rows"]] == [
        ("dong", period),
        ("dong", last_period),
    ]
    assert client_for(people.office).get("/reports/mine/").status_code == 403


def test_the_home_of_the_office_counts_and_links(people, period, client_for, make_lead, signed):
    make_lead()
    make_lead()
    signed()
    client = client_for(people.office)
    before = client.get("/")
    assert "线索数字正在统计" in before.text
    assert before.context["tiles"][2]["value"] == "—"
    roll_up(period)
    answer = client.get("/")
    assert f"线索统计截至 {timezone.localtime(answer.context['as_of']):%H:%M}" in answer.text
    values = {tile["label"]: tile["value"] for tile in answer.context["tiles"]}
    assert values == {
        "逾期线索": 0,
        "临期线索": 0,
        "在办线索": 2,
        "本周新登记": 2,
        "未动笔单位": 5,
    }
    assert [item["unit"].code for item in answer.context["filed"]] == ["dong"]
    assert len(answer.context["unfiled"]) == 5
    states = {bar["label"]: bar["value"] for bar in answer.context["states"]}
    assert states["已登记"] == 2


def test_every_number_on_the_home_page_leads_to_its_rows(
    people, period, client_for, make_lead, make_assigned
):
    make_lead(domain=None)
    make_lead()
    make_assigned()
    roll_up(period)
    for person in (people.office, people.town_leader):
        client = client_for(person)
        context = client.get("/").context
        linked = [*context["tiles"][:4], *context["states"], *context["domains"]]
        for one in [*linked, *context["findings"]]:
            found = client.get(one["url"])
            assert found.status_code == 200
            assert found.context["page"].total == one["value"], one
        missing = context["tiles"][4]
        assert len(client.get(missing["url"]).context["rows"]) == missing["value"] == 6


def test_the_home_of_a_unit_is_its_to_do(people, period, client_for, make_assigned, draft):
    lead = make_assigned()
    home = client_for(people.police).get("/")
    assert (home.context["report_count"], home.context["lead_count"]) == (1, 1)
    assert lead.number in home.text
    report = draft()
    services.submit(actor=people.east, report=report, expected_version=1)
    assert client_for(people.east).get("/").context["report_count"] == 0
    leader = client_for(people.east_leader).get("/")
    assert leader.context["report_count"] == 1
    assert f'href="/reports/{report.pk}/"' in leader.text


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("sysadmin", "账号和单位的维护"),
        ("secadmin", "权限和安全策略"),
        ("auditor", "查阅审计记录"),
        ("custodian", "保管举报人信息"),
    ],
)
def test_the_home_of_others_says_what_their_account_is_for(people, client_for, name, word):
    assert word in client_for(getattr(people, name)).get("/").text


def test_a_new_town_without_a_week_has_pages_that_say_so(people, client_for):
    for url in ("/", "/reports/"):
        assert "还没有报送周期" in client_for(people.office).get(url).text
    assert client_for(people.east).get("/reports/mine/").status_code == 200


def grow(town, period, count: int) -> None:
    """More villages, each owing a report, half of them with one."""
    from departments.models import UnitKind
    from departments.services import add_unit

    for number in range(count):
        town.unit.refresh_from_db()
        unit = add_unit(
            parent=town.unit, code=f"v{number}", name=f"{number}村", kind=UnitKind.VILLAGE
        )
        ReportExpectation.objects.create(period=period, unit=unit)


def test_queries_do_not_grow_with_the_units(
    town, people, period, client_for, make_lead, draft, django_assert_max_num_queries
):
    make_lead()
    draft()
    roll_up(period)
    grow(town, period, 30)
    assert Unit.objects.count() == 38
    office, east = client_for(people.office), client_for(people.east)
    for client, url, most in [
        (office, "/", 24),
        (office, "/reports/", 20),
        (east, "/", 20),
        (east, "/reports/mine/", 20),
        (east, edit_url(period), 20),
        (east, f"/reports/{WeeklyReport.objects.get().pk}/", 20),
        (office, "/exports/", 15),
    ]:
        with django_assert_max_num_queries(most):
            assert client.get(url).status_code == 200


def test_the_board_turns_its_pages_by_key(town, people, period, client_for, signed, monkeypatch):
    """The queries of a page are as many at 6 units as at 30; what is asked is asked of all."""
    monkeypatch.setattr("reporting.periods.views.PAGE_SIZE", 10)
    signed()
    client = client_for(people.office)
    client.get("/reports/")  # what is read once per process has been read
    with CaptureQueriesContext(connection) as of_few:
        client.get("/reports/")
    grow(town, period, 24)
    with CaptureQueriesContext(connection) as of_many:
        answer = client.get("/reports/")
    assert len(of_many) == len(of_few) <= 20
    pages = [[row["unit"].code for row in answer.context["rows"]]]
    while further := answer.context["next_url"]:
        answer = client.get("/reports/" + further)
        pages.append([row["unit"].code for row in answer.context["rows"]])
        assert answer.context["total_label"] == "共 30 个单位"
        assert answer.context["tiles"][0]["value"] == 30
    assert pages == [
        ["pcs", "jw", "mzb", "gts", "dong", "xi", "v0", "v1", "v2", "v3"],
        [f"v{number}" for number in range(4, 14)],
        [f"v{number}" for number in range(14, 24)],
    ]
    before = client.get("/reports/" + answer.context["previous_url"])
    assert [row["unit"].code for row in before.context["rows"]] == pages[1]
    for query, codes in [("q=23村", ["v23"]), ("status=signed", ["dong"]), ("status=draft", [])]:
        found = client.get(f"/reports/?{query}").context
        assert [row["unit"].code for row in found["rows"]] == codes
        assert found["total_label"] == f"共 {len(codes)} 个单位"
    missing = client.get("/reports/?status=missing").context
    assert (missing["total_label"], len(missing["rows"])) == ("共 29 个单位", 10)
    assert "status=missing" in missing["next_url"]
    monkeypatch.setattr("pages.keyset.TOTAL_LIMIT", 20)
    assert client.get("/reports/").context["total_label"] == "超过 20 个单位"


def test_anonymous_people_are_sent_to_sign_in(period):
    for url in ("/", "/reports/", "/reports/mine/", edit_url(period), "/messages/", "/exports/"):
        answer = Client().get(url)
        assert (answer.status_code, answer.url.split("?")[0]) == (302, "/login/")


# Background jobs


def test_progress_polls_until_the_job_is_finished(people, period, client_for):
    client = client_for(people.office)
    values = {"purpose": "存档", "submission": str(uuid.uuid4())}
    client.post(f"/reports/export/?period={period.pk}", values)
    job = Job.objects.get()
    url = f"/exports/{job.public_id}/"
    assert 'hx-trigger="every 1s"' in client.get(url).text
    jobs.run(job.pk)
    part = client.get(url, headers={"HX-Request": "true"}).text
    assert "<html" not in part
    assert "hx-get" not in part
    assert f'href="{url}file/"' in part
    assert client_for(people.director).get(url).status_code == 404
    file = client.get(f"{url}file/")
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert b"".join(file.streaming_content)[:2] == b"PK"
