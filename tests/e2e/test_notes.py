"""A line a day on a phone, gathered into the week's report."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.test_week import missing_villages

WORDS = "走访农户二十户，张贴举报公告。"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def test_a_line_on_a_phone_reaches_the_office_and_the_report(stack, sign_in):
    office = sign_in("office")
    code = missing_villages(office, stack.url)[0]
    page = sign_in(f"liaison.{code}", width=360, height=740)
    page.get_by_role("link", name="写日动态").last.click()
    page.get_by_label("一句话").fill(WORDS)
    page.get_by_label("板块").select_option("宣传发动")
    page.get_by_role("button", name="记下").click()
    row = page.locator("tr", has_text=WORDS)
    expect(row).to_have_count(1)
    assert page.evaluate(OVERFLOW) <= 0

    page.get_by_role("link", name="写周报时引入").click()
    page.get_by_role("button", name="引入“本周工作进展”").click()
    text = page.get_by_label("本周工作进展")
    expect(text).to_contain_text(f"（宣传发动）：{WORDS}")
    expect(page.get_by_role("button", name="引入“本周工作进展”")).to_have_count(0)
    assert page.evaluate(OVERFLOW) <= 0
    page.get_by_role("button", name="保存草稿").click()
    expect(page.locator("main")).to_contain_text(WORDS)

    office.goto(f"{stack.url}/reports/notes/all/")
    expect(office.locator("td.cell-title", has_text=WORDS)).to_have_count(1)
    leader = sign_in("town")
    leader.goto(f"{stack.url}/reports/notes/all/")
    expect(leader.locator("main")).not_to_contain_text(WORDS)
    expect(leader.locator("tbody tr").first).to_be_visible()
