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
    # The form has the words already; what was saved is another page.
    expect(page.locator("main")).to_contain_text("草稿已保存")
    expect(page.locator("main")).to_contain_text(WORDS)

    office.goto(f"{stack.url}/reports/notes/all/")
    expect(office.locator("td.cell-title", has_text=WORDS)).to_have_count(1)
    leader = sign_in("town")
    leader.goto(f"{stack.url}/reports/notes/all/")
    expect(leader.locator("main")).not_to_contain_text(WORDS)
    expect(leader.locator("tbody tr").first).to_be_visible()


def test_an_incident_from_a_phone_stands_on_the_offices_pages_until_it_is_known(stack, sign_in):
    office = sign_in("office")
    code = missing_villages(office, stack.url)[0]
    page = sign_in(f"liaison.{code}", width=360, height=740)
    page.get_by_role("link", name="上报重大事项").click()
    expect(page.locator("main")).to_contain_text("请先拨打 110")
    assert page.evaluate(OVERFLOW) <= 0
    page.get_by_label("发生了什么").fill("有人在工地门口聚集。")
    page.get_by_label("现场处置情况").fill("村干部已到场。")
    page.get_by_role("button", name="立即上报").click()
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_contain_text("重大事项 ZS-")
    number = heading.text_content().split()[-1]
    assert page.evaluate(OVERFLOW) <= 0

    office.goto(stack.url)
    row = office.locator(".alert-banner-row", has_text=number)
    row.get_by_role("button", name="已知悉").click()
    expect(office.locator("main")).to_contain_text("已确认知悉")
    office.get_by_role("link", name="答复").click()
    office.get_by_label("答复").fill("派出所已出警。")
    office.get_by_role("button", name="答复").click()
    office.get_by_role("button", name="登记为线索").click()
    expect(office.get_by_label("反映内容")).to_contain_text(number)
    page.reload()
    expect(page.locator(".timeline")).to_contain_text("派出所已出警。")
