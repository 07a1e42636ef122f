"""A clerk works through a list of forty leads, at a desk and on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import wait_until

MANY = """
import uuid
from departments.models import Account, Domain, Unit
from leads.models import Channel, Conduct, Lead
from leads.services import register
office = Account.objects.get(username="office")
town = office.main_unit.jurisdiction
place = Unit.objects.villages_in(town).order_by("path")[0]
police = Unit.objects.get(code="pcs")
shared = dict(
    channel=Channel.objects.filter(number_only=False)[0],
    domain=Domain.objects.all()[0],
    conduct=Conduct.objects.all()[0],
    place=place,
)
for number in range(40):
    lead, made = register(
        actor=office,
        submission=uuid.uuid4(),
        title=f"列表走查{number:02d}",
        allegation="反映有人在集市强行收费。",
        named_units=[police] if number == 38 else [],
        **shared,
    )
"""


@pytest.fixture(scope="module")
def forty(stack) -> None:
    stack.manage("shell", "-c", MANY)


def search(page: Page, url: str) -> None:
    page.goto(f"{url}/leads/")
    if page.viewport_size["width"] < 768:
        page.locator("summary", has_text="筛选条件").click()
    page.get_by_label("关键词").fill("列表走查")
    page.get_by_role("button", name="查询").click()


def test_a_clerk_works_through_a_list(stack, sign_in, forty):
    office = sign_in("office", height=700)
    # Without gliding, the page is at once where it is scrolled to.
    office.emulate_media(reduced_motion="reduce")
    search(office, stack.url)
    expect(office.locator(".pager")).to_contain_text("共 40 条")

    office.locator("summary", has_text="保存当前条件").click()
    office.locator("#id_saved_name").fill("走查")
    office.locator(".saved-bar").get_by_role("button", name="保存").click()
    expect(office.get_by_role("link", name="走查", exact=True)).to_have_attribute(
        "aria-current", "true"
    )

    office.locator("summary", has_text="选择列").click()
    office.get_by_label("来源", exact=True).check()
    office.get_by_label("行业领域", exact=True).last.uncheck()
    office.locator(".drop-end").get_by_role("button", name="保存").click()
    heads = office.locator("thead")
    expect(heads).to_contain_text("来源")
    expect(heads).not_to_contain_text("行业领域")

    # Three at once, one of which names the police. Scripts count them, once they have run.
    office.wait_for_load_state()
    for number in ("37", "38", "39"):
        row = office.locator("tbody tr", has_text=f"列表走查{number}")
        row.locator("input[name=lead]").check()
    expect(office.locator("[data-checked-count]")).to_have_text("3")
    office.get_by_role("button", name="批量转办").click()
    office.get_by_role("checkbox", name=re.compile("^派出所")).check()
    office.get_by_role("button", name="确认批量转办").click()
    outcomes = office.locator("tbody .status")
    expect(outcomes).to_have_text(["未办理", "已完成", "已完成"])
    expect(office.locator("tbody tr").first).to_contain_text("被反映的单位不能承办本线索")

    # Far down the list, into a lead, on to the next, and back to where one was.
    office.get_by_role("link", name="返回列表").click()
    office.wait_for_url(re.compile(r"/leads/\?"))  # scrolled by its scripts, before it is by us
    office.locator("tbody tr", has_text="列表走查02").scroll_into_view_if_needed()
    down = office.evaluate("window.scrollY")
    assert down > 200
    office.get_by_role("link", name="列表走查02").click()
    office.get_by_role("link", name="下一条").click()
    expect(office.locator("h1")).to_have_text("列表走查01")
    office.wait_for_load_state()  # scripts note that one goes back
    office.get_by_role("link", name="返回", exact=True).click()
    office.wait_for_url(re.compile(r"/leads/\?"))
    expect(office.locator(".pager")).to_contain_text("共 40 条")
    wait_until(office, lambda: abs(office.evaluate("window.scrollY") - down) < 5)


def test_the_list_on_a_phone(stack, sign_in, forty):
    office = sign_in("office", width=360, height=740)
    search(office, stack.url)
    expect(office.locator(".pager")).to_contain_text("共 40 条")
    expect(office.locator("tbody td.cell-title").first).to_contain_text("列表走查39")
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert office.evaluate(overflow) <= 0, "no sideways scroll at 360 px"
    office.locator("summary", has_text="选择列").click()
    assert office.evaluate(overflow) <= 0
    office.locator("tbody input[name=lead]").first.check()
    office.get_by_role("link", name=re.compile("列表走查39")).click()
    expect(office.get_by_role("link", name="下一条")).to_be_visible()
    assert office.evaluate(overflow) <= 0


@pytest.mark.parametrize("width", [1366, 360])
def test_more_of_the_filter_bar_comes_when_it_is_wanted(stack, sign_in, width):
    office = sign_in("office", width=width)
    office.goto(f"{stack.url}/leads/")
    if width < 768:
        office.locator("summary", has_text="筛选条件").click()
    bar = office.locator(".filter-bar")
    bar.get_by_label("关键词").fill("集市")
    expect(bar.get_by_label("来源编号")).to_have_count(0)
    office.get_by_role("link", name="更多条件").click()
    expect(bar.get_by_label("来源编号")).to_be_visible()
    expect(bar.get_by_label("关键词")).to_have_value("集市")
    expect(office.get_by_role("link", name="收起")).to_be_focused()
    office.get_by_label("办理情况").select_option("在办")
    office.get_by_role("button", name="查询").click()
    expect(office).to_have_url(re.compile("q=%E9%9B%86%E5%B8%82.*open=true"))
    expect(bar.get_by_label("办理情况")).to_have_value("true")
    expect(bar.get_by_label("来源编号")).to_have_count(0)
