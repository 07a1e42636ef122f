"""A reporter's code: from the clerk, over the telephone, and on the public page of a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Stack

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def code_on(page: Page) -> str:
    return page.locator("[data-code]").inner_text()


def test_a_clerk_hands_out_a_code_and_answers_it(stack: Stack, sign_in):
    page = sign_in("office")
    # Hints of leads alike are no part of this, and would still be on their way at each step.
    page.route("**/similar/", lambda route: route.fulfill(status=204))
    page.goto(f"{stack.url}/leads/new/")
    page.get_by_label("来源渠道").select_option(label="举报电话")
    page.get_by_label("线索名称").fill("渡口有人强收过河费")
    page.get_by_label("反映内容").first.fill("反映有人在渡口强收过河费。")
    page.get_by_role("button", name="保存并登记下一条").click()
    page.get_by_role("button", name="显示查询码").click()
    code = code_on(page)
    assert len(code.replace(" ", "")) == 20
    page.get_by_role("link", name="已告知，登记下一条").click()
    expect(page.get_by_label("来源渠道").locator("option:checked")).to_have_text("举报电话")

    page.goto(f"{stack.url}/leads/codes/")
    page.get_by_label("查询码").fill(code)
    page.get_by_role("button", name="查询", exact=True).click()
    expect(page.locator("main")).to_contain_text("已登记")
    page.get_by_label("方式").select_option(label="电话")
    page.get_by_label("补充内容").fill("收费的人还带着两个帮手。")
    page.get_by_role("button", name="记入线索").click()
    expect(page.locator("main")).to_contain_text("补充内容已记入线索")
    page.goto(f"{stack.url}/leads/?q=渡口有人强收过河费")
    page.get_by_role("link", name="渡口有人强收过河费").first.click()
    expect(page.locator("#supplements")).to_contain_text("还带着两个帮手")
    page.get_by_role("button", name="已阅", exact=True).click()
    # The button says 已阅 too; who has read it is said with the time.
    expect(page.locator("#supplements")).to_contain_text(re.compile(r"\d\d:\d\d 已阅"))


@pytest.mark.parametrize("scripts", [True, False])
def test_anybody_reports_and_asks_on_a_phone_with_scripts_or_without(
    stack: Stack, browser: Browser, scripts
):
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, locale="zh-CN", java_script_enabled=scripts
    )
    complaints: list[str] = []
    page = context.new_page()
    page.on("console", lambda line: complaints.append(line.text))
    page.goto(f"{stack.url}/public/")
    page.get_by_role("link", name="填写举报").click()
    page.get_by_label("反映的情况").fill("反映有人在码头强收停靠费。")
    page.get_by_role("button", name="提交举报").click()
    code = code_on(page)
    upright(page, scripts=scripts)
    page.get_by_role("link", name="我已抄好").click()
    page.get_by_label("查询码").fill(code)
    page.get_by_role("button", name="查询", exact=True).click()
    expect(page.locator("main")).to_contain_text("已登记")
    page.get_by_label("补充的情况").fill("每个月初都来。")
    upright(page, scripts=scripts)
    page.get_by_role("button", name="提交补充").click()
    expect(page.locator("main")).to_contain_text("补充已收到")
    assert context.cookies() == []
    assert complaints == []
    context.close()


def upright(page: Page, *, scripts: bool) -> None:
    if scripts:
        assert page.evaluate(OVERFLOW) <= 0, "no sideways scroll at 360 px"
