"""One working week, walked by the people who work it."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import subprocess
from collections import Counter
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from tests.e2e.conftest import WORKER_PATIENCE, wait_until

SOFFICE = shutil.which("soffice")
#: How far a page reaches beyond the screen, to the right.
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def missing_villages(page: Page, url: str) -> list[str]:
    """The codes of villages that have not begun this week's report, from the board's rows."""
    page.goto(f"{url}/units/")
    codes = {}
    for link in page.locator("a[href^='/units/']").all():
        href = link.get_attribute("href").strip("/").split("/")
        if len(href) == 2:
            codes[link.text_content().strip()] = href[1]
    page.goto(f"{url}/reports/?status=missing&kind=village")
    names = page.locator("tbody td.cell-title").all_text_contents()
    return [codes[name.strip()] for name in names]


def write_the_week(page: Page, url: str) -> None:
    """To the form of this week's report, with its scripts: they ask, save, and take a paste."""
    page.goto(f"{url}/reports/mine/")
    page.get_by_role("link", name="填写本周周报").click()
    page.wait_for_url("**/edit/")


def draft_and_sign(sign_in, url: str, code: str) -> str:
    """A village's week on a phone: the liaison drafts, the head signs. Returns the address."""
    liaison = sign_in(f"liaison.{code}", width=360, height=740)
    write_the_week(liaison, url)
    assert liaison.get_by_label("新摸排线索").input_value().isdigit(), "prefilled from the leads"
    for label in ("走访农户", "宣传活动", "受众人数", "重大事项"):
        field = liaison.get_by_label(label)
        field.fill(field.input_value() or "0")
    liaison.get_by_label("发放资料").fill("-3")
    liaison.get_by_role("button", name="送签").click()
    expect(liaison.locator("[data-error-summary]")).to_be_visible()
    liaison.get_by_label("发放资料").fill("60")
    liaison.get_by_label("本周工作进展").fill("走访农户，张贴举报公告。")
    liaison.get_by_role("button", name="送签").click()
    # Leaflets without an event, and none last week: asked about once.
    expect(liaison.locator("[data-error-summary]")).to_contain_text("请再点一次按钮")
    liaison.get_by_role("button", name="送签").click()
    liaison.wait_for_url(re.compile(r"/reports/\d+/$"))

    head = sign_in(f"leader.{code}", width=360, height=740)
    head.goto(f"{url}/reports/mine/")
    head.get_by_role("link", name="核对并签字").click()
    head.wait_for_url(re.compile(r"/reports/\d+/$"))  # its scripts ask before it is signed
    head.get_by_role("button", name="签字报送").click()
    head.get_by_role("dialog").get_by_role("button", name="签字报送").click()
    expect(head.locator(".timeline-verb").last).to_have_text("签字报送")
    assert head.evaluate(OVERFLOW) <= 0, "no sideways scroll at 360 px"
    return head.url


def test_a_village_reports_and_the_office_receives_or_returns(stack, sign_in):
    office = sign_in("office")
    received, returned, *_ = missing_villages(office, stack.url)

    office.goto(draft_and_sign(sign_in, stack.url, received))
    office.get_by_role("button", name="签收", exact=True).click()
    expect(office.locator(".timeline-verb").last).to_have_text("签收")

    office.goto(draft_and_sign(sign_in, stack.url, returned))
    office.get_by_role("button", name="退回补正").click()
    expect(office.locator("[data-error-summary]")).to_contain_text("必须填写")
    office.get_by_label("退回理由").fill("请补充宣传场次。")
    office.get_by_role("button", name="退回补正").click()
    expect(office.locator(".timeline-note").last).to_have_text("请补充宣传场次。")
    liaison = sign_in(f"liaison.{returned}", width=360, height=740)
    expect(liaison.locator("main")).to_contain_text("退回")


def test_a_village_corrects_what_was_received_and_both_versions_stand(stack, sign_in):
    """更正 on a phone: the liaison types the right number, the head signs, the office receives."""
    office = sign_in("office")
    village = missing_villages(office, stack.url)[-2]
    url = draft_and_sign(sign_in, stack.url, village)
    office.goto(url)
    office.get_by_role("button", name="签收", exact=True).click()
    expect(office.locator(".timeline-verb").last).to_have_text("签收")

    liaison = sign_in(f"liaison.{village}", width=360, height=740)
    liaison.goto(url)
    liaison.get_by_role("link", name="更正", exact=True).click()
    liaison.wait_for_url("**/correct/")
    assert liaison.evaluate(OVERFLOW) <= 0, "no sideways scroll at 360 px"
    liaison.get_by_label("发放资料").fill("80")
    liaison.get_by_role("button", name="送签").click()
    expect(liaison.locator("[data-error-summary]")).to_contain_text("请写明更正的理由")
    liaison.get_by_label("更正理由").fill("漏计了二十份。")
    liaison.get_by_role("button", name="送签").click()
    liaison.wait_for_url(re.compile(r"/reports/corrections/\d+/$"))

    head = sign_in(f"leader.{village}", width=360, height=740)
    head.goto(stack.url)
    head.get_by_role("link", name=re.compile("请签字.*更正")).click()
    head.wait_for_url(re.compile(r"/reports/corrections/\d+/$"))  # its scripts ask, as above
    row = head.locator("tr.row-changed")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("+20")
    assert head.evaluate(OVERFLOW) <= 0, "no sideways scroll at 360 px"
    head.get_by_role("button", name="签字", exact=True).click()
    head.get_by_role("dialog").get_by_role("button", name="签字").click()
    expect(head.locator(".timeline-verb").last).to_have_text("签字")

    office.goto(head.url)
    office.get_by_role("button", name="签收生效").click()
    office.get_by_role("dialog").get_by_role("button", name="签收生效").click()
    expect(office.locator(".timeline-verb").last).to_have_text("签收生效")
    office.get_by_role("link", name="查看周报").click()
    office.wait_for_url(url)  # the correction itself has the same words and numbers
    expect(office.locator("main")).to_contain_text("漏计了二十份。")
    expect(office.get_by_role("row", name=re.compile("发放资料"))).to_contain_text("80")


def test_a_head_who_is_away_lets_the_liaison_sign(stack, sign_in):
    """委托签发 on a phone: the head names the liaison, who drafts and signs; the page says so."""
    village = missing_villages(sign_in("office"), stack.url)[-3]
    head = sign_in(f"leader.{village}", width=360, height=740)
    head.goto(f"{stack.url}/reports/delegations/")
    head.locator("main").get_by_role("link", name="委托签发").click()
    head.get_by_label("受托人").select_option(index=1)
    head.get_by_label("截止日").fill(f"{dt.date.today() + dt.timedelta(days=2)}")
    head.get_by_label("理由").fill("外出培训。")
    assert head.evaluate(OVERFLOW) <= 0, "no sideways scroll at 360 px"
    head.get_by_role("button", name="委托", exact=True).click()
    expect(head.locator("main")).to_contain_text("生效中")
    assert head.evaluate(OVERFLOW) <= 0, "no sideways scroll at 360 px"

    liaison = sign_in(f"liaison.{village}", width=360, height=740)
    write_the_week(liaison, stack.url)
    expect(liaison.locator("main")).to_contain_text("委托")
    for label in ("走访农户", "宣传活动", "发放资料", "受众人数", "重大事项"):
        field = liaison.get_by_label(label)
        field.fill(field.input_value() or "0")
    liaison.get_by_label("本周工作进展").fill("走访农户。")
    liaison.get_by_role("button", name="签字报送").click()
    liaison.get_by_role("dialog").get_by_role("button", name="签字报送").click()
    expect(liaison.locator(".timeline-note").last).to_contain_text("填报人与签发人是同一人")
    assert liaison.evaluate(OVERFLOW) <= 0, "no sideways scroll at 360 px"


#: What a browser does when cells are pasted that a spreadsheet has copied.
PASTE = """(text) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/plain", text);
  const event = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
  return document.activeElement.dispatchEvent(event);
}"""


def test_a_column_from_a_spreadsheet_goes_into_the_numbers_and_every_cell_is_answered_for(
    stack, sign_in
):
    village = missing_villages(sign_in("office"), stack.url)[-1]
    liaison = sign_in(f"liaison.{village}")
    write_the_week(liaison, stack.url)
    events, leaflets, people, visits = (
        liaison.get_by_label(label) for label in ("宣传活动", "发放资料", "受众人数", "走访农户")
    )
    people.fill("7")
    events.focus()
    handled = not liaison.evaluate(PASTE, "３\r\n1,200\r\n\r\n无\r\n9\r\n")
    assert handled
    said = liaison.locator("[data-cells-said]")
    expect(said).to_have_text(
        "粘贴了 5 格，填入 2 项；1 格不是整数，没有填：“无”；1 格是空的，原来的数没有动；"
        "多出 1 格，没有项目可填。请核对后再保存。"
    )
    values = [field.input_value() for field in (events, leaflets, people, visits)]
    assert values == ["3", "1200", "7", ""]
    # One plain number is the browser's own to paste.
    assert liaison.evaluate(PASTE, "12")

    def pasted(text: str, first: str = "宣传活动") -> list[str]:
        """What stands in the six fields after `text` was pasted into the one named `first`."""
        labels = ("宣传活动", "发放资料", "受众人数", "走访农户", "重大事项", "新摸排线索")
        fields = [liaison.get_by_label(label, exact=False) for label in labels]
        for field in fields:
            field.fill("")
        liaison.get_by_label(first).focus()
        assert not liaison.evaluate(PASTE, text)
        return [field.input_value() for field in fields]

    # Beside their names, in whatever order, numbers go where the names say.
    table = "序号\t项目\t单位\t本周\r\n1\t重大事项（件）\t件\t1\r\n2\t 发放资料：\t份\t60\r\n"
    assert pasted(table) == ["", "60", "", "", "1", ""]
    expect(said).to_have_text(
        "粘贴了 3 行，填入 2 项；1 行的项目名称表中没有，没有填：“项目”。请核对后再保存。"
    )
    # Among other words, one column of numbers is taken from top to bottom.
    assert pasted("甲村\t3\r\n乙村\t4\r\n") == ["3", "4", "", "", "", ""]
    expect(said).to_have_text("粘贴了 2 行，填入 2 项。请核对后再保存。")
    # Which of two columns of numbers is meant, nobody knows.
    for text in ("3\t4\r\n5\t6\r\n", "重大事项\t1\t2\r\n发放资料\t3\t4\r\n", "甲\t乙\r\n丙\t丁"):
        assert pasted(text) == [""] * 6
        expect(said).to_contain_text("分不清")
    # Beyond what the field takes is not written, nor as 1e+23.
    assert pasted("99999999999999999999999\r\n1000000\r\n-1\r\n999999") == (
        ["", "", "", "999999", "", ""]
    )
    expect(said).to_contain_text(
        "3 格超出可填的范围，没有填：“99999999999999999999999”“1000000”“-1”"
    )


def test_friday_reminds_each_person_once(stack, sign_in):
    office = sign_in("office")
    missing = missing_villages(office, stack.url)
    friday = coming_friday(office, stack.url)
    for _ in range(2):
        stack.manage("remind_weekly", "--now", f"{friday}T09:30")

    liaison = sign_in(f"liaison.{missing[0]}", width=360, height=740)
    liaison.goto(f"{stack.url}/messages/")
    assert liaison.locator("td.cell-title", has_text="请按时报送周报").count() == 1

    def reminded() -> Counter[str]:
        letters = (message_from_bytes(p.read_bytes(), policy=policy.default) for p in stack.letters)
        return Counter(letter["To"] for letter in letters if "请按时报送周报" in letter["Subject"])

    wait_until(office, lambda: reminded()[f"liaison.{missing[-1]}@example.invalid"] == 1)
    wait_until(office, lambda: len(reminded()) >= 2 * len(missing))
    assert set(reminded().values()) == {1}


def coming_friday(page: Page, url: str) -> dt.date:
    """The day on which this week's reports are due, as the board says."""
    page.goto(f"{url}/reports/")
    month, day = re.search(r"截止 0?(\d+)月0?(\d+)日", page.locator("main").inner_text()).groups()
    # The board names no year; at the turn of the year it need not be today's.
    near = (dt.date.today() + dt.timedelta(days=days) for days in range(-20, 21))
    return next(one for one in near if (one.month, one.day) == (int(month), int(day)))


def test_a_leader_sees_the_week_and_reaches_the_rows(stack, sign_in):
    stack.manage("shell", "-c", "from reporting.statistics.services import *; roll_up_open()")
    town = sign_in("town")
    expect(town.locator("main")).to_contain_text("未报送")
    for state in ("核查中", "已办结"):
        bar = town.locator(".bar-row", has_text=state).first
        shown = int(re.findall(r"\d+", bar.inner_text())[-1])
        bar.click()
        expect(town.locator(".pager")).to_contain_text(f"共 {shown} 条")
        town.goto(stack.url)
    town.goto(f"{stack.url}/leads/?q=关卡")
    assert "河滩私设关卡收费" not in town.content()


@pytest.mark.skipif(SOFFICE is None, reason="no LibreOffice on this machine")
def test_the_week_as_a_workbook(stack, sign_in, tmp_path: Path):
    office = sign_in("office")
    office.goto(f"{stack.url}/reports/")
    office.get_by_role("link", name="导出统计表").click()
    office.get_by_label("用途").fill("周五例会通报")
    office.get_by_role("button", name="导出", exact=True).click()
    office.wait_for_url(re.compile("/exports/"))
    link = office.get_by_role("link", name="下载文件")
    expect(link).to_be_visible(timeout=WORKER_PATIENCE)
    with office.expect_download() as download:
        link.click()
    path = tmp_path / "tally.xlsx"
    download.value.save_as(path)

    sheet = load_workbook(path).active
    assert sheet["A1"].value.endswith("扫黑除恶专项斗争工作周报统计表")
    assert sheet["A3"].value == "序号"
    assert sheet.freeze_panes == "C5"
    assert any(
        str(cell.value).startswith("=SUM(") for row in sheet.iter_rows(min_row=6) for cell in row
    )
    subprocess.run(
        [
            *(SOFFICE, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless"),
            *("--convert-to", "pdf", "--outdir", str(tmp_path), str(path)),
        ],
        check=True,
        capture_output=True,
    )
    assert (tmp_path / "tally.pdf").stat().st_size > 10_000


def test_a_phone_shows_the_newest_weeks_first(stack, sign_in):
    office = sign_in("office", width=360, height=740)
    office.goto(f"{stack.url}/reports/matrix/")
    heads = office.locator(".weeks thead th")
    unit, oldest, newest = (heads.nth(place).bounding_box() for place in (0, 4, -1))
    assert (unit["x"] >= 0, oldest["x"] < 0) == (True, True)
    assert unit["x"] + unit["width"] <= newest["x"]
    assert newest["x"] + newest["width"] <= 360
