"""The week as an Excel tally: who may have it, what stands in it, and how it opens."""

from __future__ import annotations

import uuid
import zipfile

import openpyxl
import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from departments.models import Unit
from jobs import services as jobs
from jobs import workbook
from jobs.models import Job
from reporting import exports
from reporting.periods import week
from reporting.weekly import services as weekly
from tests import libreoffice
from tests.reporting.conftest import content_of


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr(jobs, "knock", lambda job_id: None)


def request(actor, period, params=None) -> Job:
    return jobs.request_export(
        actor=actor,
        export_id="weekly_tally",
        params=params or {"period": period.pk},
        purpose="报区扫黑办",
        submission=uuid.uuid4(),
    )


def made(job: Job):
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error) == ("done", "")
    with job.open() as file:
        return openpyxl.load_workbook(file).active


@pytest.fixture
def reported(town, people, period, signed):
    """East reported numbers, the police nothing but zero; west has a draft, civil was returned."""
    signed(found=2, transferred=1, people=120)
    weekly.save(
        actor=people.west,
        period=period,
        unit=town.west,
        content=content_of(found=7),
        expected_version=0,
    )
    weekly.save_and_sign(
        actor=people.police_leader,
        period=period,
        unit=town.police,
        content=content_of(is_zero=True),
        expected_version=0,
    )
    return period


def test_the_layout_that_offices_expect(people, reported):
    page = made(request(people.office, reported))
    assert page["A1"].value == (
        f"{week.short_label(reported.starts_on)}扫黑除恶专项斗争工作周报统计表"
    )
    assert "A1:P1" in {str(area) for area in page.merged_cells.ranges}
    line = [cell.value for cell in page[2] if cell.value]
    assert line == [
        "填报单位：town镇扫黑办",
        f"周期：{reported.starts_on}至{reported.ends_on}",
        f"填报日期：{timezone.localdate():%Y-%m-%d}",
        "单位：件、场、份、人次",
    ]
    assert [page.cell(3, column).value for column in (1, 2, 3, 4, 5, 6, 10, 14)] == [
        "序号",
        "单位",
        "报送状态",
        "报送日期",
        "工作进展",
        "线索摸排",
        "案件侦办",
        "宣传发动",
    ]
    assert [cell.value for cell in page[4]][4:9] == [
        "重大事项",
        "新摸排线索",
        "移交线索",
        "签收线索",
        "在办线索",
    ]
    merged = {str(area) for area in page.merged_cells.ranges}
    assert {"A3:A4", "B3:B4", "F3:I3", "J3:M3", "N3:P3"} <= merged
    assert page.freeze_panes == "C5"
    assert page.print_title_rows == "$1:$4"
    assert (page.page_setup.orientation, page.page_setup.paperSize) == ("landscape", 9)
    assert (page.page_setup.fitToWidth, page.page_setup.fitToHeight) == (1, 0)
    assert page.sheet_properties.pageSetUpPr.fitToPage


def test_a_missing_report_is_missing_and_never_zero(people, reported):
    page = made(request(people.office, reported))
    rows = {row[1].value: [cell.value for cell in row] for row in page.iter_rows(5, 10)}
    assert list(rows) == ["派出所", "纪委", "民政办", "国土所", "东村", "西村"]
    assert {name: row[2] for name, row in rows.items()} == {
        "派出所": "零报告",
        "纪委": "未报",
        "民政办": "未报",
        "国土所": "未报",
        "东村": "已报",
        "西村": "未报",
    }
    assert rows["东村"][4:] == [0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 120]
    assert rows["派出所"][4:] == [0] * 12
    for name in ("纪委", "民政办", "国土所", "西村"):
        assert set(rows[name][3:]) <= {None, ""}, name
    assert rows["东村"][3].date() == timezone.localdate()
    assert page["D9"].number_format == "yyyy-mm-dd"


def test_sums_are_formulas_over_the_rows(people, reported):
    page = made(request(people.office, reported))
    assert page["B11"].value == "合计"
    assert page["F11"].value == "=SUM(F5:F10)"
    assert page["P11"].value == "=SUM(P5:P10)"
    assert page["A11"].value in (None, "")
    footer = [cell.value for cell in page[13] if cell.value]
    assert footer == ["填报人：", "审核人：", "签发人：", "联系电话："]


def test_a_returned_report_has_no_numbers(people, period, signed):
    report = signed(found=4)
    weekly.give_back(
        actor=people.office, report=report, expected_version=report.version, note="补充"
    )
    page = made(request(people.office, period))
    row = next(row for row in page.iter_rows(5, 10) if row[1].value == "东村")
    assert row[2].value == "退回"
    assert {cell.value for cell in row[3:]} <= {None, ""}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r="])
def test_text_stays_text(people, town, reported, start):
    name = f'{start}HYPERLINK("http://x")'
    Unit.objects.filter(pk=town.east.pk).update(name=name)
    page = made(request(people.office, reported))
    texts = [cell for row in page.iter_rows() for cell in row if "HYPERLINK" in str(cell.value)]
    assert [cell.data_type for cell in texts] == ["s"]
    formulas = {cell.value for row in page.iter_rows() for cell in row if cell.data_type == "f"}
    assert all(formula.startswith("=SUM(") for formula in formulas)
    assert len(formulas) == 12


def test_a_text_that_looks_like_a_sum_is_no_formula(people, town, reported):
    Unit.objects.filter(pk=town.east.pk).update(name="=SUM(A1:A9)")
    page = made(request(people.office, reported))
    cell = page["B9"]
    assert (cell.value, cell.data_type) == ("=SUM(A1:A9)", "s")


@pytest.mark.parametrize("name", ["office", "director", "town_leader"])
def test_who_may_have_it(people, period, name):
    assert made(request(getattr(people, name), period)).max_row > 10


@pytest.mark.parametrize(
    "name", ["east", "east_leader", "police", "custodian", "auditor", "sysadmin"]
)
def test_who_may_not(people, period, name):
    with pytest.raises(PermissionDenied):
        request(getattr(people, name), period)
    assert Job.objects.count() == 0


@pytest.mark.parametrize(
    "params", [{"period": 0}, {"period": "x"}, {"period": 10**30}, {"week": 1}]
)
def test_a_wrong_week_is_refused(people, period, params):
    with pytest.raises(ValidationError):
        request(people.office, period, params)


def test_another_towns_week_is_refused(far_people, period):
    with pytest.raises(ValidationError):
        request(far_people.office, period)


def test_what_one_may_see_is_asked_again_when_the_file_is_made(people, period):
    job = request(people.office, period)
    people.office.memberships.all().delete()
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.stored_as) == ("failed", "")


def test_the_file_is_named_by_its_week(people, period):
    job = request(people.office, period)
    made(job)
    number = week.number(period.starts_on)
    assert job.file_name == f"周报统计表-{period.starts_on.year}年第{number}周.xlsx"
    assert (job.done, job.total) == (6, 6)


def test_the_cost_does_not_grow_with_the_units(people, reported, django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        sheet = exports.WEEKLY_TALLY.build(people.office, {"period": reported.pk})
        assert len(list(sheet.rows)) == 6


def test_nothing_in_the_package_is_active(people, reported, tmp_path):
    job = request(people.office, reported)
    made(job)
    with zipfile.ZipFile(job.open()) as package:
        names = package.namelist()
    assert not [name for name in names if "vba" in name.lower() or "externalLink" in name]


@libreoffice.needed
def test_libreoffice_opens_it_and_computes_the_sums(people, reported, tmp_path):
    job = request(people.office, reported)
    made(job)
    source = tmp_path / "tally.xlsx"
    source.write_bytes(job.open().read())
    [total] = [row for row in libreoffice.rows(source) if "合计" in row]
    assert ",".join(total) == ",合计,,,0,2,1,0,0,0,0,0,0,0,0,120"


def test_every_column_has_a_place(people, reported):
    sheet = exports.WEEKLY_TALLY.build(people.office, {"period": reported.pk})
    for row in sheet.rows:
        assert len(row) == len(sheet.columns) == 15
    assert workbook.FIRST_ROW == 5
