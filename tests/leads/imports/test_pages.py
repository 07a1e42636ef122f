"""The pages of an import, as a person meets them."""

from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from jobs import services as jobs
from jobs.workbook import LargestUpload
from leads.imports import services
from leads.models import ImportBatch, Lead
from tests.leads.imports.conftest import GOOD, ledger, workbook


@pytest.fixture
def office(client_for, people):
    return client_for(people.office)


def post_file(client, content: bytes, name: str = "台账.xlsx"):
    return client.post("/leads/imports/", {"file": SimpleUploadedFile(name, content)})


def url(batch: ImportBatch, step: str = "") -> str:
    return f"/leads/imports/{batch.public_id}/{step}"


def page(client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_from_upload_to_the_list(office):
    response = post_file(office, ledger(GOOD))
    batch = ImportBatch.objects.get()
    assert response["Location"] == url(batch)
    assert 'hx-trigger="every 1s"' in page(office, url(batch))
    jobs.run(batch.job_id)
    shown = page(office, url(batch))
    assert "确认导入 1 条" in shown
    assert "反映人称有人在集市收取管理费。" in shown
    batch.refresh_from_db()
    office.post(url(batch, "confirm/"), {"version": batch.version})
    batch.refresh_from_db()
    jobs.run(batch.job_id)
    lead = Lead.objects.get()
    assert f"编号 {lead.number} 至 {lead.number}" in page(office, url(batch))
    assert lead.number in page(office, f"/leads/?batch={batch.public_id}")
    assert "导入" in page(office, f"/leads/{lead.number}/")


def test_the_list_of_one_import_holds_no_other_lead(office, imported, make_lead):
    other = make_lead()
    batch = imported(ledger(GOOD))
    shown = page(office, f"/leads/?batch={batch.public_id}")
    assert batch.first_number in shown
    assert other.number not in shown


def test_errors_are_shown_by_row_and_column(office, checked):
    batch = checked(ledger(GOOD, (2, "五月", "来访", "", "第二条。")))
    shown = page(office, url(batch))
    assert "B 登记日期" in shown
    assert "不是能识别的日期" in shown
    assert "下载标注副本" in shown
    assert "确认导入" not in shown
    response = office.get(url(batch, "marked/"))
    content = b"".join(response)
    assert load_workbook(io.BytesIO(content)).active["B3"].comment
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "文件是空的"),
        (b"PK\x03\x04 nothing", "文件已损坏"),
        (b"MZ" + b"\0" * 100, "这不是表格，而是可执行程序"),
        (
            b"\xd0\xcf\x11\xe0" + "Workbook".encode("utf-16-le"),
            "请用 Excel 或 WPS 打开，选“另存为”",
        ),
        (b"x" * (LargestUpload.BYTES + 1), "文件超过 10 MB"),
    ],
)
def test_a_file_that_is_refused_is_told_at_the_field(office, content, words):
    response = post_file(office, content)
    assert response.status_code == 200
    shown = response.content.decode()
    assert "data-error-summary" in shown
    assert words in shown
    assert not ImportBatch.objects.exists()


def test_no_file_at_all(office):
    shown = office.post("/leads/imports/", {}).content.decode()
    assert "请选择要导入的文件。" in shown


def test_columns_are_asked_and_what_was_chosen_is_kept_on_error(office):
    content = workbook(
        ("甲", "日期", "来源", "丁", "举报人"), (1, "5月3日", "来访", "一条内容", "王某")
    )
    response = post_file(office, content, "2019年台账.xlsx")
    batch = ImportBatch.objects.get()
    assert response["Location"] == url(batch, "columns/")
    shown = page(office, url(batch, "columns/"))
    assert "一条内容" in shown
    assert "不导入：举报人的身份不进入线索" in shown
    assert "王某" not in shown
    assert 'value="2019"' in shown
    values = {"version": 0, "year": 2019, "reporter_kind": "anonymous", "column-2": "received"}
    shown = office.post(url(batch, "columns/"), values).content.decode()
    assert "请指定哪一列是“反映内容”。" in shown
    values["column-4"] = "allegation"
    values["column-3"] = "channel"
    assert office.post(url(batch, "columns/"), values)["Location"] == url(batch)
    batch.refresh_from_db()
    jobs.run(batch.job_id)
    assert "2019-05-03" in page(office, url(batch))


def test_the_same_file_again_is_pointed_out(office, imported, checked):
    content = ledger(GOOD)
    imported(content)
    assert "导入过" in page(office, url(checked(content)))


def test_a_late_click_is_told(office, checked, people):
    batch = checked(ledger(GOOD))
    services.confirm(batch=batch, actor=people.director, expected_version=batch.version)
    response = office.post(url(batch, "confirm/"), {"version": batch.version}, follow=True)
    assert "当前状态已是“导入中”" in response.content.decode()


def test_cancelling(office, checked, django_capture_on_commit_callbacks):
    batch = checked(ledger(GOOD))
    with django_capture_on_commit_callbacks(execute=True):
        response = office.post(url(batch, "cancel/"), follow=True)
    assert "已取消导入，没有写入任何线索" in response.content.decode()
    assert list(ImportBatch.folder().iterdir()) == []
    assert office.get(url(batch, "marked/")).status_code == 404
    assert office.get(url(batch, "columns/"))["Location"] == url(batch)


def test_the_page_looks_anew_when_the_job_is_done(office, checked):
    batch = checked(ledger(GOOD))
    response = office.get(url(batch), headers={"HX-Request": "true"})
    assert response.headers["HX-Refresh"] == "true"


def test_the_template_is_known_when_it_comes_back_filled_in(office, town, upload):
    content = b"".join(office.get("/leads/imports/template/"))
    book = load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["线索摸排台账", "选项", "填表说明"]
    assert book["选项"].sheet_state == "hidden"
    form = book.active
    rules = {str(rule.sqref): rule.formula1 for rule in form.data_validations.dataValidation}
    headings = [cell.value for cell in form[3]]
    assert headings[:5] == ["序号", "线索编号", "登记日期", "来源", "举报方式"]
    column = form.cell(3, headings.index("涉及村居") + 1).column_letter
    assert rules[f"{column}4:{column}503"] == f"'选项'!${column}$1:${column}$2"
    assert [book["选项"][f"{column}{row}"].value for row in (1, 2)] == ["东村", "西村"]
    for heading, value in [("登记日期", "2019.5.3"), ("来源", "来访"), ("反映内容", "一条。")]:
        form.cell(4, headings.index(heading) + 1, value)
    file = io.BytesIO()
    book.save(file)
    batch = upload(file.getvalue())
    jobs.run(batch.job_id)
    batch.refresh_from_db()
    assert (batch.row_count, batch.error_count, batch.skipped_count) == (1, 0, 0)
    assert batch.other_sheets == []  # its own drop-downs and notes are none to be read


def test_queries_do_not_grow_with_the_ledger(office, checked, django_assert_max_num_queries):
    small = checked(ledger((1, "五月", "来访", "", "甲。")))
    large = checked(ledger(*[(n, "五月", "来访", "", f"{n}。") for n in range(1, 120)]))
    with django_assert_max_num_queries(25) as first:
        office.get(url(small))
    with django_assert_max_num_queries(25) as second:
        office.get(url(large))
    assert len(first) == len(second)
