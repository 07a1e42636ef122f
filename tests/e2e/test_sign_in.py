"""Signing in with a phone, where the role asks for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from access.models import Authenticator
from tests.access.phones import Phone
from tests.e2e.conftest import is_a_complaint


@pytest.fixture
def context(browser: Browser, live_server, settings) -> Iterator[BrowserContext]:
    """A phone-sized window, with the requirement on; errors of pages fail the test."""
    settings.PORTAL_FACTOR_ROLES = ["director"]
    complaints: list[str] = []
    opened = browser.new_context(viewport={"width": 360, "height": 740}, locale="zh-CN")
    opened.on("weberror", lambda error: complaints.append(str(error.error)))
    opened.on(
        "console", lambda line: complaints.append(line.text) if is_a_complaint(line) else None
    )
    yield opened
    opened.close()
    assert complaints == []


def sign_in(page: Page, url: str) -> None:
    page.goto(url)
    page.get_by_label("用户名").fill("director")
    page.get_by_label("密码").fill("correct horse")
    page.get_by_role("button", name="登录").click()


def fits(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_director_binds_a_phone_and_signs_in_with_it(context, live_server, people):
    page = context.new_page()
    sign_in(page, live_server.url)
    page.get_by_role("button", name="开始绑定").click()
    picture = page.locator("img.factor-picture")
    picture.wait_for()
    page.wait_for_load_state()  # the picture too, and what is read below it
    assert picture.evaluate("image => image.naturalWidth") > 100
    assert fits(page)
    phone = Phone.scanning(page.content())
    page.get_by_label("当前密码").fill("correct horse")
    used = phone.code()
    page.get_by_label("手机上的 6 位验证码").fill(used)
    page.get_by_role("button", name="完成绑定").click()
    codes = page.locator(".factor-codes code")
    expect(codes).to_have_count(10)
    paper = codes.all_inner_texts()
    assert fits(page)
    page.get_by_role("link", name="已保存好，继续").click()
    page.wait_for_url(f"{live_server.url}/")

    context.clear_cookies()
    sign_in(page, f"{live_server.url}/leads/")
    # The binding has used it up.
    page.get_by_label("手机上的 6 位验证码").fill(used)
    page.get_by_role("button", name="继续").click()
    expect(page.get_by_text("验证码不正确").first).to_be_visible()
    page.get_by_role("link", name="用恢复码").click()
    page.get_by_label("恢复码").wait_for()
    assert fits(page)
    Authenticator.objects.update(throttling_failure_timestamp=None)  # the wait is over
    page.get_by_label("恢复码").fill(paper[0].lower())
    page.get_by_role("button", name="继续").click()
    page.wait_for_url(f"{live_server.url}/leads/")
