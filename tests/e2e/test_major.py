"""A major lead stands on top until somebody knows of it; a unit is urged."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.e2e.conftest import past_the_code


def log_a_major_lead(page: Page, url: str) -> str:
    page.goto(f"{url}/leads/new/")
    page.get_by_label("来源渠道").select_option(label="举报电话")
    page.get_by_label("线索名称").fill("码头有人持械拦船收费")
    page.get_by_label("反映内容").first.fill("反映有人在码头持械拦船，强行收取停靠费。")
    page.get_by_label("重大线索").check()
    page.get_by_role("button", name="登记", exact=True).click()
    past_the_code(page)
    return page.url.rstrip("/").rsplit("/", 1)[1]


def test_a_major_lead_and_a_unit_that_is_urged(stack, sign_in):
    office = sign_in("office")
    number = log_a_major_lead(office, stack.url)

    director = sign_in("director", width=360, height=740)
    row = director.locator(".alert-banner-row", has_text=number)
    expect(row).to_contain_text("尚无人确认知悉")
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert director.evaluate(overflow) <= 0, "no sideways scroll at 360 px"
    row.get_by_role("button", name="已知悉").click()
    expect(director.locator(".timeline-verb", has_text="知悉重大线索")).to_have_count(1)
    expect(director.locator(".timeline-who", has_text="演示·扫黑办主任")).to_have_count(1)
    director.goto(stack.url)
    expect(director.locator(".alert-banner-row", has_text=number)).to_have_count(0)

    office.get_by_role("link", name="研判转办").click()
    office.get_by_label("行业领域").select_option(index=1)
    office.get_by_label("行为类型").select_option(index=1)
    office.get_by_label("跨区域").check()
    office.get_by_role("checkbox", name=re.compile("^派出所")).check()
    office.get_by_role("button", name="转办").click()
    expect(office.locator(".page-sub .status")).to_have_text("已转办")
    for words in ("已催办派出所", "以后可以再次催办"):
        office.get_by_role("button", name="催办").click()
        expect(office.locator("main")).to_contain_text(words)
    expect(office.locator(".timeline-verb", has_text="催办")).to_have_count(1)

    police = sign_in("liaison.pcs")
    expect(police.locator(".alert-banner-row", has_text=number)).to_contain_text("交办派出所")
    police.goto(f"{stack.url}/messages/")
    expect(police.locator("td.cell-title", has_text="扫黑办催办线索").first).to_contain_text(number)
