"""Logging a lead by keyboard, on a phone, and through sign-outs and lost networks."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import PASSWORD, PATIENCE, Stack, past_the_code

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
WORDS = "反映有人夜间在竹林村口拦车收费，司机不给就砸玻璃。"
#: A lead by phone: words apart, this many keys.
KEYS = 4


@pytest.fixture
def quiet(stack: Stack, browser: Browser):
    """A browser in which the network may fail: the console complains of that, and may."""
    contexts = []

    def sign(username: str, context=None) -> Page:
        if context is None:
            context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN")
            contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(f"{stack.url}/login/")
        page.get_by_label("用户名").fill(username)
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        page.wait_for_url(f"{stack.url}/")
        return page

    yield sign
    for context in contexts:
        context.close()


def expect_status(page: Page, words: str) -> None:
    """Saving waits for a pause in the typing, and a lost network for its next try."""
    expect(page.locator("[data-draft-status]")).to_contain_text(words, timeout=60_000)


def test_a_clerk_logs_a_lead_with_the_keyboard_alone(stack, sign_in):
    page = sign_in("office")
    page.goto(f"{stack.url}/leads/new/")
    pressed = 0

    def press(key: str) -> None:
        nonlocal pressed
        page.keyboard.press(key)
        pressed += 1

    # The office has logged before: its channel is there, and the first words are asked for.
    expect(page.get_by_label("线索名称")).to_be_focused()
    page.keyboard.type("竹林村口拦车收费")
    press("Tab")
    page.keyboard.type(WORDS)
    press("Control+Enter")
    past_the_code(page)
    expect(page.locator(".page-title")).to_have_text("竹林村口拦车收费")
    assert pressed <= KEYS


def test_a_closed_browser_a_lost_network_and_a_sign_out_lose_nothing(stack, quiet):
    page = quiet("liaison.pcs")
    page.goto(f"{stack.url}/leads/new/")
    page.get_by_label("来源渠道").select_option(label="公安排查")
    page.get_by_label("线索名称").fill("草稿里的名称")
    page.get_by_label("反映内容").first.fill(WORDS)
    page.get_by_role("button", name="再加一行").click()
    page.get_by_label("姓名或称呼").nth(1).fill("第二个人")
    expect_status(page, "自动保存")

    # Typed at the last moment, and the browser is closed.
    page.get_by_label("线索名称").fill("草稿里的名称改了")
    page.context.close()
    page = quiet("liaison.pcs")
    page.goto(f"{stack.url}/leads/new/")
    page.get_by_role("link", name=re.compile("草稿里的名称")).click()
    page.wait_for_url("**/leads/new/?*")  # with its scripts: soon they could not be fetched
    expect(page.get_by_label("反映内容").first).to_have_value(WORDS)
    expect(page.get_by_label("姓名或称呼").first).to_have_value("第二个人")

    # The network goes and comes back.
    page.context.set_offline(True)
    page.get_by_label("具体地点").fill("断网时写的地点")
    expect_status(page, "网络不通")
    # The network must not be back before this has failed, or the lead is logged.
    with page.expect_event("requestfailed", lambda request: request.method == "POST"):
        page.get_by_role("button", name="登记", exact=True).click()
    expect(page.get_by_label("具体地点")).to_have_value("断网时写的地点")
    page.context.set_offline(False)
    expect_status(page, "自动保存")

    # The session ends; the person signs in in another window and goes on.
    stack.manage(
        "shell",
        "-c",
        "from access.models import Session; Session.objects.all().delete()",
    )
    page.get_by_label("具体地点").fill("退出后写的地点")
    expect_status(page, "已退出登录，请在新窗口登录后继续")
    other = quiet("liaison.pcs", page.context)
    other.close()
    page.get_by_role("button", name="登记", exact=True).click()
    past_the_code(page)
    expect(page.locator("main")).to_contain_text("退出后写的地点")
    page.goto(f"{stack.url}/leads/new/")
    expect(page.locator("main")).not_to_contain_text("草稿里的名称")


def test_two_windows_of_one_draft(stack, quiet):
    one = quiet("liaison.jw")
    one.goto(f"{stack.url}/leads/new/")
    one.get_by_label("线索名称").fill("窗口一的名称")
    expect_status(one, "自动保存")
    one.wait_for_url("**/leads/new/?*")  # from now on it names the draft
    two = one.context.new_page()
    two.goto(one.url)
    two.get_by_label("线索名称").fill("窗口二的名称")
    expect_status(two, "自动保存")
    one.get_by_label("线索名称").fill("窗口一又改")
    expect_status(one, "已在另一个窗口改动")
    one.get_by_role("button", name="把本页另存为新草稿").click()
    expect_status(one, "自动保存")
    two.goto(f"{stack.url}/leads/new/")
    drafts = two.locator(".draft-row .todo-title")
    expect(drafts).to_have_text(["窗口一又改", "窗口二的名称"])


def test_a_village_logs_a_lead_on_a_phone_and_is_told_of_a_like_one(stack, sign_in):
    village = stack.manage(
        "shell",
        "-v0",
        "-c",
        "from departments.models import Unit;"
        "print(Unit.objects.filter(kind='village').order_by('path').first().code)",
    ).strip()
    page = sign_in(f"liaison.{village}", width=360, height=740)
    for turn in range(2):
        page.goto(f"{stack.url}/leads/new/")
        page.get_by_label("来源渠道").select_option(label="村居排查")
        expect(page.get_by_label("来源编号")).to_be_hidden()
        assert page.get_by_label("涉及村居").input_value()
        page.get_by_label("线索名称").fill("村口拦车收费")
        page.get_by_label("反映内容").first.fill(WORDS)
        if turn:
            page.get_by_label("线索名称").blur()
            expect(page.locator("#similar-leads")).to_contain_text("同村")
        button = page.get_by_role("button", name="登记", exact=True)
        expect(button).to_be_in_viewport()
        assert page.evaluate(OVERFLOW) <= 0
        button.click()
        past_the_code(page)


def test_a_number_only_channel_asks_for_the_number_alone(stack, sign_in):
    page = sign_in("office")
    page.goto(f"{stack.url}/leads/new/")
    page.get_by_label("来源渠道").select_option(label="12337（仅登记编号）")
    expect(page.get_by_label("反映内容").first).to_be_hidden()
    expect(page.get_by_label("线索名称")).to_be_hidden()
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.locator("[data-error-summary]")).to_contain_text("请填写编号")
    page.get_by_label("来源编号").fill("E2E-0001")
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.locator(".page-title")).to_have_text("平台线索 E2E-0001")


def test_units_that_a_lead_names_are_ticked_from_a_short_list_on_a_phone(stack, sign_in):
    page = sign_in("office", width=360, height=740)
    page.goto(f"{stack.url}/leads/new/")
    page.get_by_text("未选，点开选择").click()
    page.get_by_label("民政办", exact=True).check()
    page.get_by_label("查找被反映单位").fill("纪")
    shown = page.locator("[data-picker] .form-check:visible")
    expect(shown).to_have_text(["民政办", "纪委"])
    page.get_by_label("查找被反映单位").press("Enter")
    page.get_by_label("纪委", exact=True).check()
    expect(page.locator("[data-picked]")).to_have_text("已选 2 个：民政办、纪委")
    page.get_by_label("查找被反映单位").fill("没有这个单位")
    expect(page.get_by_text("没有这个名称")).to_be_visible()
    assert page.evaluate(OVERFLOW) <= 0
