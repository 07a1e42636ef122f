"""A ledger taken over: the template, errors by row and column, the marked copy, and the leads."""

from __future__ import annotations

import io
import re
from pathlib import Path

from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from tests.e2e.conftest import WORKER_PATIENCE


def filled(path: Path, *entries: dict[str, str]) -> dict[str, object]:
    """The template with `entries` filled in, as a browser uploads it."""
    book = load_workbook(path)
    page = book.active
    headings = [cell.value for cell in page[3]]
    for row, entry in enumerate(entries, 4):
        for heading, value in entry.items():
            page.cell(row, headings.index(heading) + 1, value)
    file = io.BytesIO()
    book.save(file)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return {"name": "2019年台账.xlsx", "mimeType": kind, "buffer": file.getvalue()}


def upload(page: Page, url: str, file: dict[str, object]) -> None:
    page.goto(f"{url}/leads/imports/")
    page.get_by_label("台账文件").set_input_files(file)
    page.get_by_role("button", name="上传并检查").click()
    expect(page.get_by_role("heading", name="检查结果")).to_be_visible(timeout=WORKER_PATIENCE)
    # The page is read before its scripts have run: only they ask before an import is confirmed.
    page.wait_for_load_state()


def upright(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_ledger_with_errors_then_without(stack, sign_in, tmp_path):
    office = sign_in("office", width=360)
    office.goto(f"{stack.url}/leads/imports/")
    assert upright(office)
    with office.expect_download() as download:
        office.get_by_role("link", name="下载填表模板").click()
    template = tmp_path / "template.xlsx"
    download.value.save_as(template)

    first = {"登记日期": "2019.5.3", "来源": "来访", "反映内容": "集市摊位被强收管理费。"}
    second = {"登记日期": "2019年5月4日", "来源": "来访", "反映内容": "砂石车被拦路收费。"}
    wrong = filled(template, first | {"来源": "来仿"}, second | {"登记日期": "五月"})
    upload(office, stack.url, wrong)
    assert upright(office)
    rows = office.locator("table", has_text="怎样改").locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("来仿")
    expect(rows.nth(0)).to_contain_text("是否为“来访”？")
    expect(rows.nth(1)).to_contain_text("C 登记日期")
    with office.expect_download() as download:
        office.get_by_role("link", name="下载标注副本").click()
    marked = tmp_path / "marked.xlsx"
    download.value.save_as(marked)
    assert load_workbook(marked).active["C5"].comment.text.startswith("登记日期：不是能识别的日期")

    upload(office, stack.url, filled(template, first, second))
    office.get_by_role("button", name="确认导入 2 条").click()
    office.get_by_role("dialog").get_by_role("button", name="确认导入").click()
    leads = office.get_by_role("link", name="查看这些线索")
    leads.click(timeout=WORKER_PATIENCE)
    office.wait_for_url(re.compile("batch="))
    expect(office.get_by_text("集市摊位被强收管理费。").first).to_be_visible()
    expect(office.get_by_text("砂石车被拦路收费。").first).to_be_visible()
    assert upright(office)


def test_the_words_of_another_office_are_asked_once(stack, sign_in, tmp_path):
    office = sign_in("office", width=360, keep=True)
    office.goto(f"{stack.url}/leads/imports/")
    with office.expect_download() as download:
        office.get_by_role("link", name="下载填表模板").click()
    template = tmp_path / "template.xlsx"
    download.value.save_as(template)
    entry = {"登记日期": "2019.6.3", "来源": "赶集日听说", "反映内容": "渡口被人霸占收钱。"}

    upload(office, stack.url, filled(template, entry))
    office.get_by_role("link", name="对应词语").first.click()
    expect(office.get_by_role("heading", name="对应词语")).to_be_visible()
    assert upright(office)
    row = office.locator("tr", has_text="赶集日听说")
    row.get_by_role("combobox").select_option(label="村居排查")
    office.get_by_role("button", name="保存并重新检查").click()
    button = office.get_by_role("button", name="确认导入 1 条")
    expect(button).to_be_visible(timeout=WORKER_PATIENCE)

    # The next ledger with that word is understood at once.
    other = entry | {"反映内容": "砂场被人强行入股。"}
    upload(office, stack.url, filled(template, other))
    expect(button).to_be_visible()
    expect(office.locator("table", has_text="怎样改")).to_have_count(0)
