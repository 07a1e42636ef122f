"""A village's report and its correction on a phone, with the network cut in the middle."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import PASSWORD, Stack
from tests.e2e.test_week import missing_villages
from tests.e2e.visitors import shell

WORDS = "走访农户二十户，张贴举报公告。"
LATER = "断网以后写的下步打算。"
#: A village's received report, which nobody is correcting; and what the office does about it.
RECEIVED = """
import json
from reporting.weekly.models import WeeklyReport
rows = WeeklyReport.objects.received().filter(unit__kind="village", figures__leaflets__gt=1)
report = rows.filter(corrections=None).latest("pk")
print(json.dumps([report.pk, report.unit.code]))
"""
REDUCE = """
import json
from dataclasses import replace
from departments.models import Account
from reporting.corrections import services
from reporting.weekly.models import WeeklyReport
report = WeeklyReport.objects.get(pk={pk})
services.save_and_sign(
    actor=Account.objects.get(username="director"), report=report, by_office=True,
    content=replace(report.content, figures=report.figures | {{"leaflets": 1}}),
    reason="与台账不符。", expected_version=0, seen=report.signature,
)
print(json.dumps(1))
"""


@pytest.fixture
def phone(browser: Browser):
    """A phone whose network may fail: its console complains of that, and may."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale="zh-CN")
    yield context
    context.close()


def sign(page: Page, stack: Stack, username: str) -> None:
    page.goto(f"{stack.url}/login/")
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(f"{stack.url}/")


def expect_status(page: Page, words: str) -> None:
    expect(page.locator("[data-draft-status]")).to_contain_text(words, timeout=30_000)


def test_nothing_is_lost_or_overwritten_when_the_network_goes(stack, phone, sign_in):
    code = missing_villages(sign_in("office"), stack.url)[-1]
    page = phone.new_page()
    sign(page, stack, f"liaison.{code}")
    page.goto(f"{stack.url}/reports/mine/")
    page.get_by_role("link", name="填写本周周报").click()
    address = page.url
    page.get_by_label("本周工作进展").fill(WORDS)
    expect_status(page, "自动保存")

    # The network goes; the browser is closed and opened again when it is back.
    phone.set_offline(True)
    page.get_by_label("下步打算").fill(LATER)
    expect_status(page, "保存在本机")
    page.get_by_role("button", name="送签").click()
    expect(page.get_by_label("下步打算")).to_have_value(LATER)
    page.close()
    phone.set_offline(False)
    page = phone.new_page()
    page.goto(address)
    expect(page.get_by_label("下步打算")).to_have_value(LATER)
    expect(page.get_by_label("本周工作进展")).to_have_value(WORDS)
    expect_status(page, "自动保存")

    # Meanwhile the head writes too: both texts are shown, and neither is lost.
    phone.set_offline(True)
    page.get_by_label("下步打算").fill("联络员在断网时改的。")
    expect_status(page, "保存在本机")
    page.close()
    phone.set_offline(False)
    head = sign_in(f"leader.{code}", width=360, height=740)
    head.goto(address)
    head.get_by_label("下步打算").fill("书记改的。")
    expect_status(head, "自动保存")
    page = phone.new_page()
    page.goto(address)
    expect(page.get_by_label("下步打算")).to_have_value("书记改的。")
    both = page.locator("[data-draft-other]")
    expect(both).to_contain_text("联络员在断网时改的。")
    expect(both).to_contain_text("书记改的。")
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(overflow) <= 0, "no sideways scroll at 360 px"
    both.get_by_role("button", name="填入本机内容").click()
    expect(page.get_by_label("下步打算")).to_have_value("联络员在断网时改的。")
    expect_status(page, "自动保存")

    # Whoever signs out leaves nothing in the browser.
    page.evaluate("localStorage.setItem('portal.draft:of-another-week', '{}')")
    page.goto(f"{stack.url}/account/")
    page.evaluate("document.querySelector('[data-sign-out]').requestSubmit()")
    page.wait_for_url(f"{stack.url}/login/**")
    assert page.evaluate("Object.keys(localStorage).filter((k) => k.includes('draft'))") == []


def test_a_correction_saves_itself_and_shows_what_took_effect_meanwhile(stack, phone):
    pk, code = shell(stack, RECEIVED)
    page = phone.new_page()
    sign(page, stack, f"liaison.{code}")
    address = f"{stack.url}/reports/{pk}/correct/"
    page.goto(address)
    page.get_by_label("发放资料").fill("77")
    expect_status(page, "请写明更正的理由")
    page.get_by_label("更正理由").fill("漏计了几份。")
    expect_status(page, "草稿已于")

    # Typed without a network; the office's own correction takes effect before there is one again.
    phone.set_offline(True)
    page.get_by_label("发放资料").fill("88")
    expect_status(page, "保存在本机")
    page.close()
    shell(stack, REDUCE.format(pk=pk))
    phone.set_offline(False)
    page = phone.new_page()
    page.goto(address)
    expect(page.locator("main")).to_contain_text("有另一次更正生效")
    expect(page.get_by_label("发放资料")).to_have_value("77")
    both = page.locator("[data-draft-other]")
    expect(both).to_contain_text("88")
    both.get_by_role("button", name="填入本机内容").click()
    expect_status(page, "草稿已于")
    page.reload()
    expect(page.get_by_label("发放资料")).to_have_value("88")


def test_what_was_refused_is_still_there_after_a_look_elsewhere(stack, phone):
    pk, code = shell(stack, RECEIVED)
    page = phone.new_page()
    sign(page, stack, f"liaison.{code}")
    address = f"{stack.url}/reports/{pk}/correct/"
    page.goto(address)
    page.get_by_label("发放资料").fill("66")
    page.get_by_role("button", name="保存草稿").last.click()  # without a reason
    expect(page.get_by_role("alert")).to_contain_text("请写明更正的理由")
    expect(page.get_by_label("发放资料")).to_have_value("66")
    page.goto(f"{stack.url}/reports/")
    page.goto(address)
    expect(page.get_by_label("发放资料")).to_have_value("66")


def test_a_stale_window_is_answered_at_the_first_click(stack, phone, sign_in):
    code = missing_villages(sign_in("office"), stack.url)[-4]
    page = phone.new_page()
    sign(page, stack, f"liaison.{code}")
    page.goto(f"{stack.url}/reports/mine/")
    page.get_by_role("link", name="填写本周周报").click()
    page.wait_for_url("**/edit/")
    other = phone.new_page()
    other.goto(page.url)
    other.get_by_label("本周工作进展").fill("另一个窗口写的。")
    expect_status(other, "自动保存")
    page.get_by_label("本周工作进展").fill("这个窗口写的。")
    expect_status(page, "在别处被修改过")
    page.get_by_role("button", name="保存草稿").last.click()
    page.wait_for_url(re.compile(r"/reports/\d+/$"))
    expect(page.locator("main")).to_contain_text("另一个窗口写的。")


def test_what_was_typed_before_the_scripts_came_is_saved_too(stack, phone, sign_in):
    code = missing_villages(sign_in("office"), stack.url)[-2]
    page = phone.new_page()
    sign(page, stack, f"liaison.{code}")
    page.goto(f"{stack.url}/reports/mine/")
    held = []
    page.route("**/drafts*.js", lambda route: held.append(route))  # noqa: PLW0108
    with page.expect_request("**/drafts*.js"):
        page.get_by_role("link", name="填写本周周报").click(no_wait_after=True)
    page.get_by_label("本周工作进展").fill(WORDS)
    held[0].continue_()
    expect_status(page, "自动保存")


def test_nothing_is_signed_unasked_before_the_scripts_have_come(stack, phone, sign_in):
    code = missing_villages(sign_in("office"), stack.url)[-3]
    page = phone.new_page()
    sign(page, stack, f"leader.{code}")
    page.goto(f"{stack.url}/reports/mine/")
    page.route("**/js/portal*.js", lambda route: None)  # it never comes
    with page.expect_request("**/js/portal*.js"):
        page.get_by_role("link", name="填写本周周报").click(no_wait_after=True)
    page.get_by_role("button", name="签字报送").click()
    expect(page.get_by_role("dialog")).to_contain_text("签字后内容不能再改")


def test_every_number_of_the_silence_check_can_be_pressed_on_a_phone(stack, phone):
    page = phone.new_page()
    sign(page, stack, "office")
    page.goto(f"{stack.url}/reports/silence/")
    found = page.evaluate(
        """() => [...document.querySelectorAll("main td a, main td summary")]
            .filter((one) => one.checkVisibility()).map((one) => {
            one.scrollIntoView({block: "center", behavior: "instant"});
            const box = one.getBoundingClientRect();
            const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
            return one.contains(top) ? "" : `${one.outerHTML} below ${top && top.outerHTML}`;
        })"""
    )
    assert len(found) > 3
    assert [covered for covered in found if covered] == []
