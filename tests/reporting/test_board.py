"""Units by weeks: the word of each cell, rates over a range, and 催报."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import uuid
from html import unescape

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.machine import Conflict
from departments.services import add_unit
from jobs import exports, workbook
from jobs.models import Job
from messaging.models import Message
from reporting.board import services
from reporting.board.rates import Rate, by_kind, percent, standing, word
from reporting.duties.models import Exemption
from reporting.periods.models import PeriodEvent, ReportExpectation, ReportPeriod
from reporting.periods.services import open_period
from reporting.weekly import services as weekly
from tests import libreoffice
from tests.processes import fork, wait
from tests.reporting.conftest import content_of

URL = "/reports/matrix/"
NOW = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("status", "is_zero", "due", "closed", "said"),
    [
        ("missing", False, 1, False, "未报"),
        ("missing", False, -1, False, "逾期"),
        ("missing", False, -1, True, "缺报"),
        ("draft", False, -1, False, "逾期"),
        ("awaiting_signature", False, 1, False, "待签"),
        ("awaiting_signature", False, -1, False, "逾期"),
        ("returned", False, -1, True, "退回"),
        ("signed", False, -1, False, "已签待收"),
        ("received", False, -1, True, "已签收"),
        ("received", True, -1, True, "零报告"),
        ("exempt", False, -1, False, "免报"),
    ],
)
def test_how_a_unit_stands_in_one_word(status, is_zero, due, closed, said):
    period = ReportPeriod(due_at=NOW + dt.timedelta(hours=due), closed_at=NOW if closed else None)
    assert word(status, is_zero=is_zero, period=period, now=NOW) == said


@pytest.mark.parametrize(
    ("status", "due", "closed", "said"),
    [
        ("missing", 1, False, ("未报", "")),
        ("missing", -1, False, ("逾期", "")),
        ("missing", -1, True, ("缺报", "")),
        ("draft", 1, False, ("草稿", "")),
        ("draft", -1, False, ("草稿", "逾期")),
        ("returned", -1, True, ("退回", "缺报")),
        ("received", -1, True, ("已签收", "")),
        ("exempt", -1, True, ("免报", "")),
    ],
)
def test_a_list_tells_a_draft_from_nothing_and_says_the_same_word(status, due, closed, said):
    period = ReportPeriod(due_at=NOW + dt.timedelta(hours=due), closed_at=NOW if closed else None)
    assert standing(status, period=period, now=NOW) == said


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [(0, 0, "—"), (0, 3, "0.0%"), (1, 3, "33.3%"), (2, 3, "66.6%"), (1999, 2000, "99.9%")],
)
def test_a_hundred_per_cent_means_all(part, whole, said):
    assert percent(part, whole) == said
    assert percent(whole, whole) in ("—", "100.0%")


def sign(person, period, unit, **given):
    return weekly.save_and_sign(
        actor=person, period=period, unit=unit, content=content_of(**given), expected_version=0
    )


@pytest.fixture
def weeks(people, town, last_period, period):
    """The week before is due, this one is not: one on time, one late, one exempt, three missing."""
    now = timezone.now()
    ReportPeriod.objects.filter(pk=last_period.pk).update(due_at=now + dt.timedelta(hours=1))
    sign(people.east_leader, last_period, town.east, found=1)
    ReportPeriod.objects.filter(pk=last_period.pk).update(due_at=timezone.now())
    sign(people.police_leader, last_period, town.police)
    spared = Exemption.objects.create(
        unit=town.west,
        first_week=last_period.last_week,
        last_week=last_period.last_week,
        reason="防汛",
        given_by=people.director,
    )
    owed = ReportExpectation.objects.filter(period=last_period, unit=town.west)
    owed.update(exemption=spared)
    ReportPeriod.objects.filter(pk=period.pk).update(due_at=now + dt.timedelta(days=3))
    return last_period, period


def test_rates_count_what_was_due_and_expected(weeks):
    rows = ReportExpectation.objects.filter(period__in=weeks).with_status()
    assert by_kind(rows, timezone.now()) == [
        ("police", "公安机关", Rate(1, 1, 0)),
        ("discipline", "纪检监察机关", Rate(1, 0, 0)),
        ("department", "责任单位", Rate(2, 0, 0)),
        ("village", "村（居）", Rate(1, 1, 1)),
        ("", "合计", Rate(5, 2, 1)),
    ]


def test_the_board_shows_each_unit_in_each_week(people, town, weeks, client_for):
    answer = client_for(people.office).get(URL)
    assert answer.context["periods"] == list(weeks)
    rows = {row["unit"].code: row for row in answer.context["rows"]}
    assert list(rows) == ["pcs", "jw", "mzb", "gts", "dong", "xi"]
    assert (rows["pcs"]["rate"], rows["dong"]["rate"]) == (Rate(1, 1, 0), Rate(1, 1, 1))
    assert rows["xi"]["rate"].filed_percent == "—"
    assert '<span class="week-late">迟</span>' in rows["pcs"]["cells"]
    assert "免报" in rows["xi"]["cells"]
    assert rows["jw"]["cells"].count("逾期") == 1
    report = town.east.weekly_reports.get()
    assert f'<a href="/reports/{report.pk}/">已签待收</a>' in rows["dong"]["cells"]


def test_every_page_says_of_a_closed_week_what_the_matrix_says(people, weeks, client_for):
    last = weeks[0]
    ReportPeriod.objects.filter(pk=last.pk).update(closed_at=timezone.now())
    client = client_for(people.office)
    cells = {row["unit"].code: row["cells"] for row in client.get(URL).context["rows"]}
    assert "缺报" in cells["jw"]
    shown = {
        row["unit"].code: row for row in client.get(f"/reports/?period={last.pk}").context["rows"]
    }
    assert (shown["jw"]["status"], shown["jw"]["lateness"]) == ("缺报", "")
    assert ("jw", "缺报") in rows_of(client, weeks, of="owing")
    of_unit = client.get("/reports/units/jw/").context["weeks"]
    assert [row["status"] for row in of_unit] == ["未报", "缺报"]
    own = client_for(people.discipline).get("/reports/mine/").context["rows"]
    assert [row["status"] for row in own] == ["未报", "缺报"]


def test_the_rows_say_why_a_deadline_is_not_the_usual(people, weeks, client_for):
    ReportPeriod.objects.filter(pk=weeks[0].pk).update(due_basis="moved")
    assert "放假，提前到此前最后一个工作日" in client_for(people.office).get(f"{URL}rows/").text


def test_the_rates_open_their_rows_by_unit_and_by_kind_alike(people, weeks, client_for):
    page = unescape(client_for(people.office).get(URL).text)
    days = re.search(r"rows/\?(since=[0-9-]+&until=[0-9-]+)&", page)[1]
    for kind, of, rate in (("police", "filed", "100.0%"), ("village", "on_time", "100.0%")):
        link = f'<a href="{URL}rows/?{days}&kind={kind}&of={of}">{rate}</a>'
        assert link in page, link
    assert f'<a href="{URL}rows/?{days}&of=filed">40.0%</a>' in page


def test_a_unit_sees_its_own_weeks_only(people, weeks, client_for):
    answer = client_for(people.east).get(URL)
    assert [row["unit"].code for row in answer.context["rows"]] == ["dong"]
    assert answer.context["rates"][-1] == ("", "合计", Rate(1, 1, 1))


def test_another_towns_weeks_are_not_there(far_people, weeks, client_for):
    assert client_for(far_people.office).get(URL).context["rows"] == []


def test_a_range_and_a_kind_narrow_it(people, weeks, client_for):
    last, current = weeks
    client = client_for(people.office)
    found = client.get(URL, {"since": last.starts_on, "until": last.ends_on, "kind": "village"})
    assert found.context["periods"] == [last]
    assert [row["unit"].code for row in found.context["rows"]] == ["dong", "xi"]
    for query in ("since=x", "until=0001-01-01", "kind=zzz", "until=9999-12-31&since=0001-01-01"):
        assert client.get(f"{URL}?{query}").status_code == 200
    assert client.get(f"{URL}?since=x").context["periods"] == [last, current]


def rows_of(client, weeks, **asked) -> list[tuple[str, str]]:
    days = {"since": weeks[0].starts_on, "until": weeks[-1].ends_on}
    found = client.get(f"{URL}rows/", days | asked)
    assert {row["period"] for row in found.context["rows"]} <= {weeks[0]}  # the other is not due
    return sorted((row["unit"].code, row["status"]) for row in found.context["rows"])


def test_every_number_of_the_rates_opens_just_the_rows_that_it_counts(people, weeks, client_for):
    client = client_for(people.office)
    assert rows_of(client, weeks, of="filed") == [("dong", "已签待收"), ("pcs", "已签待收")]
    assert rows_of(client, weeks, of="owing") == [("gts", "逾期"), ("jw", "逾期"), ("mzb", "逾期")]
    assert [code for code, _ in rows_of(client, weeks, of="on_time")] == ["dong"]
    assert [code for code, _ in rows_of(client, weeks, of="late")] == ["pcs"]
    assert rows_of(client, weeks, of="filed", unit="jw") == []
    assert client.get(f"{URL}rows/?unit=nowhere").status_code == 404
    # Each link of the page, followed: as many rows as it says.
    links = re.findall(r'href="(/reports/matrix/rows/[^"]+)">(\d+)<', client.get(URL).text)
    assert len(links) > 10
    for url, number in links:
        assert len(client.get(unescape(url)).context["rows"]) == int(number), url


def test_the_rows_lead_to_what_the_person_may_read_and_are_ones_own_for_a_unit(
    people, town, weeks, client_for
):
    weekly.save(
        actor=people.discipline,
        period=weeks[0],
        unit=town.discipline,
        content=content_of(),
        expected_version=0,
    )
    report = town.east.weekly_reports.get()
    page = client_for(people.town_leader).get(f"{URL}rows/").context
    shown = {row["unit"].code: row["report_pk"] for row in page["rows"]}
    assert (shown["dong"], shown["jw"]) == (report.pk, None)
    for name, own in (("east", ["dong"]), ("discipline", ["jw"])):
        client = client_for(getattr(people, name))
        assert [code for code, _ in rows_of(client, weeks)] == own
        assert client.get(f"{URL}rows/?unit=pcs").status_code == 404


def test_the_rows_come_in_pages_by_as_many_queries(people, town, weeks, client_for, monkeypatch):
    monkeypatch.setattr("reporting.board.views.ROWS_SHOWN", 2)
    client = client_for(people.office)
    client.get(f"{URL}rows/")
    with CaptureQueriesContext(connection) as of_few:
        assert len(client.get(f"{URL}rows/?of=late").context["rows"]) == 1
    with CaptureQueriesContext(connection) as of_many:
        answer = client.get(f"{URL}rows/?of=expected")
    assert len(of_many) == len(of_few) <= 12
    assert "共 5 条" in answer.text
    codes = [row["unit"].code for row in answer.context["rows"]]
    while url := answer.context["page"].older_url:
        answer = client.get(f"{URL}rows/{url}")
        codes += [row["unit"].code for row in answer.context["rows"]]
    assert sorted(codes) == ["dong", "gts", "jw", "mzb", "pcs"]
    for query in ("of=x", "unit=a b", "since=x", "before=1.2.3", "before=2026-01-01.x"):
        assert client.get(f"{URL}rows/?{query}").status_code == 200


def test_queries_do_not_grow_with_units_and_weeks(people, town, weeks, client_for, monkeypatch):
    """As many for 10 units of 18 in 8 weeks as for 6 in 2."""
    monkeypatch.setattr("reporting.board.views.UNITS_SHOWN", 10)
    client = client_for(people.office)
    client.get(URL)  # what is read once per process has been read
    with CaptureQueriesContext(connection) as of_few:
        assert len(client.get(URL).context["rows"]) == 6
    for back in range(2, 8):
        open_period(jurisdiction=town.unit, day=timezone.localdate() - dt.timedelta(weeks=back))
    for number in range(12):
        town.unit.refresh_from_db()
        unit = add_unit(parent=town.unit, code=f"v{number}", name=f"{number}村", kind="village")
        ReportExpectation.objects.bulk_create(
            ReportExpectation(period=one, unit=unit) for one in ReportPeriod.objects.all()
        )
    with CaptureQueriesContext(connection) as of_many:
        answer = client.get(URL)
    assert len(of_many) == len(of_few) <= 20
    assert (len(answer.context["rows"]), len(answer.context["periods"])) == (10, 8)
    further = client.get(URL + answer.context["page"].older_url)
    assert [row["unit"].code for row in further.context["rows"]] == [
        f"v{number}" for number in range(4, 12)
    ]


def test_the_file_says_what_the_board_says(people, weeks):
    last, current = weeks
    export = exports.find("weekly_matrix")
    asked = {"since": last.starts_on.isoformat(), "until": current.ends_on.isoformat()}
    params = export.clean(people.office, asked)
    assert export.count(people.office, params) == 6
    sheet = export.build(people.office, params)
    assert [column.heading for column in sheet.columns][-5:] == [
        "应报",
        "已报",
        "按时",
        "报送率",
        "按时率",
    ]
    rows = {row[0]: row[1:] for row in sheet.rows}
    assert rows["派出所"] == ("公安机关", "已签待收（迟）", "未报", 1, 1, 0, "100.0%", "0.0%")
    assert rows["东村"] == ("村（居）", "已签待收", "未报", 1, 1, 1, "100.0%", "100.0%")
    assert rows["西村"] == ("村（居）", "免报", "未报", 0, 0, 0, "—", "—")
    assert rows["纪委"][1:3] == ("逾期", "未报")


def test_the_file_is_of_the_kind_that_the_board_shows(people, weeks, client_for, monkeypatch):
    monkeypatch.setattr("jobs.services.knock", lambda job_id: None)
    last, current = weeks
    client = client_for(people.office)
    days = f"since={last.starts_on}&until={current.ends_on}"
    page = client.get(f"{URL}?{days}&kind=village").text
    assert f"/reports/matrix/export/?{days}&kind=village" in unescape(page)
    url = f"{URL}export/?{days}&kind=village"
    asking = client.get(url)
    assert "村（居）" in asking.text
    assert f"{URL}?{days}&kind=village" in unescape(asking.text)
    client.post(url, {"purpose": "周例会", "submission": str(uuid.uuid4())})
    params = Job.objects.get().params
    assert params["kind"] == "village"
    export = exports.find("weekly_matrix")
    assert export.count(people.office, params) == 2
    sheet = export.build(people.office, params)
    assert [row[0] for row in sheet.rows] == ["东村", "西村"]
    assert "单位类别：村（居）" in sheet.subtitle
    with pytest.raises(ValidationError):
        export.clean(people.office, params | {"kind": "zzz"})
    # As a job was kept before kinds were asked for.
    assert export.count(people.office, {name: params[name] for name in ("since", "until")}) == 6


@libreoffice.needed
def test_the_files_last_row_has_the_rates_of_all(people, weeks, tmp_path):
    last, current = weeks
    asked = {"since": last.starts_on.isoformat(), "until": current.ends_on.isoformat()}
    export = exports.find("weekly_matrix")
    sheet = export.build(people.office, export.clean(people.office, asked))
    path = tmp_path / "matrix.xlsx"
    with path.open("wb") as file:
        workbook.write(sheet, file, mark="")
    [total] = [row for row in libreoffice.rows(path) if "合计" in row]
    assert total[-5:] == ["5", "2", "1", "40.0%", "20.0%"]


@pytest.mark.parametrize(
    "asked",
    [{}, {"since": "x", "until": "y"}, {"since": "2020-01-01", "until": "2026-01-01"}],
)
def test_ranges_that_make_no_file(people, weeks, asked):
    with pytest.raises(ValidationError):
        exports.find("weekly_matrix").clean(people.office, asked)


def test_another_town_has_no_file_of_it(far_people, weeks):
    days = {"since": weeks[0].starts_on.isoformat(), "until": weeks[0].ends_on.isoformat()}
    with pytest.raises(ValidationError, match="没有报送周期"):
        exports.find("weekly_matrix").clean(far_people.office, days)


def test_the_sums_of_a_week_count_no_exempt_unit_among_those_that_owe(people, weeks, client_for):
    page = client_for(people.office).get(f"/reports/weeks/{weeks[0].pk}/figures/")
    assert (page.context["owed"], page.context["filed"]) == (5, 2)


# 催报


def test_all_that_owe_are_urged_once_on_record(people, town, weeks):
    last, _ = weeks
    assert services.urge(actor=people.office, period=last) == 3
    events = PeriodEvent.objects.filter(period=last, verb="urged")
    assert [event.unit.code for event in events] == ["jw", "mzb", "gts"]
    told = Message.objects.filter(kind="weekly_urged")
    assert {message.recipient for message in told} == {people.discipline, people.civil}
    assert "请尽快" in told[0].body
    with pytest.raises(Conflict, match="没有可以催报的单位"):
        services.urge(actor=people.director, period=last)
    assert told.count() == 2


def test_one_unit_is_urged_and_the_others_later(people, weeks, settings):
    last, _ = weeks
    assert services.urge(actor=people.office, period=last, code="jw") == 1
    assert services.urge(actor=people.office, period=last) == 2
    settings.PORTAL_URGE_HOURS = 0
    assert services.urge(actor=people.office, period=last) == 3


@pytest.mark.parametrize("name", ["town_leader", "east_leader"])
def test_only_the_office_urges(people, weeks, name):
    with pytest.raises(PermissionDenied):
        services.urge(actor=getattr(people, name), period=weeks[0])


def test_urging_from_the_board(people, weeks, client_for):
    client, last = client_for(people.office), weeks[0]
    page = client.get(f"/reports/?period={last.pk}").text
    assert "催报全部" in page
    url = f"/reports/weeks/{last.pk}/urge/"
    assert "已催报 1 个单位。" in client.post(url, {"unit": "jw"}, follow=True).text
    assert "没有可以催报的单位" in client.post(url, {"unit": "jw"}, follow=True).text
    assert "已催报 2 个单位。" in client.post(url, follow=True).text
    assert "催报" not in client_for(people.town_leader).get(f"/reports/?period={last.pk}").text


@pytest.mark.django_db(transaction=True)
def test_two_people_urge_each_unit_once(people, period):
    def urging():
        with contextlib.suppress(Conflict):
            services.urge(actor=people.office, period=period)

    assert wait(fork(urging), fork(urging), fork(urging)) == [0, 0, 0]
    assert PeriodEvent.objects.filter(verb="urged").count() == 6
