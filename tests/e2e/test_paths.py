"""Four ways of a lead from intake to closing, each at a desk and on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from docx import Document
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Stack, past_the_code

#: Width and height of a desk's screen and of a phone's.
DESK, PHONE = (1280, 900), (360, 740)
SIZES = pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
VILLAGE = "qingxi"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@dataclass
class Walk:
    """People who work on one lead, each in a browser of the same size."""

    stack: Stack
    sign_in: Callable[..., Page]
    size: tuple[int, int]
    number: str = ""

    def enter(self, username: str) -> Page:
        page = self.sign_in(username, width=self.size[0], height=self.size[1], keep=True)
        # Hints of leads alike are no part of a walk, and would still be on their way at each step.
        page.route("**/similar/", lambda route: route.fulfill(status=204))
        return page

    def open(self, page: Page) -> None:
        """The lead, found where one looks for what is to do."""
        page.goto(f"{self.stack.url}/leads/?tab=todo")
        upright(page)
        page.locator(f"a[href='/leads/{self.number}/']").last.click()
        page.wait_for_url(f"**/leads/{self.number}/")
        upright(page)

    def log(self, page: Page, *, channel: str, title: str, words: str, umbrella: bool = False):
        page.goto(f"{self.stack.url}/leads/new/")
        page.get_by_label("来源渠道").select_option(label=channel)
        page.get_by_label("线索名称").fill(title)
        page.get_by_label("反映内容").first.fill(words)
        page.get_by_label("反映涉及“保护伞”").set_checked(umbrella)
        upright(page)
        # A second click makes no second lead.
        page.get_by_role("button", name="登记", exact=True).dblclick()
        past_the_code(page)
        upright(page)
        self.number = page.url.rstrip("/").rsplit("/", 1)[1]

    def assign(
        self, page: Page, *, conduct: str = "", unit: str = "", is_joint: bool = False
    ) -> None:
        """To what the table suggests, or to `unit` alone."""
        page.get_by_role("link", name="研判转办").click()
        page.wait_for_url("**/assign/")
        upright(page)
        expect(page.get_by_label("双移交")).to_be_checked(checked=is_joint)
        if conduct:
            page.get_by_label("行业领域").select_option(label="河道水利")
            page.get_by_label("行为类型").select_option(label=conduct)
        if unit:
            suggested = page.locator("input[name=units]:checked")
            while suggested.count():
                suggested.first.uncheck()
            row = page.locator(".unit-choice-row", has_text=unit)
            row.get_by_role("checkbox").check()
            row.get_by_role("radio").check()
        page.get_by_role("button", name="转办", exact=True).click()
        stands(page, "已转办")

    def sign_for(self, username: str) -> Page:
        """签收 by somebody of the unit."""
        page = self.enter(username)
        self.open(page)
        page.get_by_role("button", name="签收").click()
        # Of two units one may have signed before: the state alone would be nothing new.
        expect(page.get_by_role("link", name="填写反馈")).to_be_visible()
        stands(page, "核查中")
        return page

    def report(self, page: Page, facts: str, *, button: str = "送负责人签字") -> None:
        page.get_by_role("link", name="填写反馈").click()
        page.wait_for_url("**/feedback/")
        upright(page)
        page.get_by_label("核查人一").fill("核查员一")
        page.get_by_label("核查人二").fill("核查员二")
        page.get_by_label("核查情况").fill(facts)
        page.get_by_label("依据").fill("现场照片、询问笔录。")
        page.get_by_label("处理意见").fill("建议行政处罚。")
        page.get_by_label("建议结论").select_option(label="查实")
        page.get_by_role("button", name=button).click()
        page.wait_for_url(f"**/leads/{self.number}/")
        upright(page)

    def sign_off(self, username: str) -> Page:
        """签字反馈 by the unit's leader."""
        page = self.enter(username)
        self.open(page)
        confirmed(page, "签字反馈")
        # The state may stay, as long as another unit has not reported.
        did(page, "签字反馈")
        return page

    def propose(self, page: Page) -> None:
        page.goto(f"{self.stack.url}/leads/{self.number}/")
        upright(page)
        page.get_by_role("link", name="报请办结").click()
        page.wait_for_url("**/close/")
        upright(page)
        page.get_by_label("核查结论").select_option(label="查实")
        page.get_by_label("处理结果").select_option(label="行政处理")
        page.get_by_label("办结说明").fill("已由承办单位依法处理。")
        page.get_by_role("button", name="报主任审批").click()
        stands(page, "待批办结")

    def approve(self, page: Page) -> None:
        self.open(page)
        confirmed(page, "批准办结")
        stands(page, "已办结")


@pytest.fixture
def walk(stack, sign_in, size) -> Walk:
    return Walk(stack, sign_in, size)


def upright(page: Page) -> None:
    page.wait_for_load_state()
    assert page.evaluate(OVERFLOW) <= 0, f"sideways scroll at {page.url}"


def stands(page: Page, state: str) -> None:
    expect(page.locator(".page-sub .status").first).to_have_text(state)
    upright(page)


def did(page: Page, step: str) -> None:
    """The last step that was taken; one that is awaited has no time."""
    taken = page.locator(".timeline-line", has=page.locator("time"))
    expect(taken.last).to_contain_text(step)


def confirmed(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).click()
    page.get_by_role("dialog").get_by_role("button", name=name).click()


def timeline(page: Page) -> list[str]:
    return page.locator(".timeline-verb").all_text_contents()


@SIZES
def test_a_lead_that_the_police_verify(walk):
    office = walk.enter("office")
    walk.log(
        office,
        channel="举报电话",
        title="河滩私设关卡收费",
        words="反映有人在河滩私设关卡，向过往砂石车收费，不给钱就扣车。",
    )
    walk.assign(office, conduct="欺行霸市、强买强卖、收保护费", unit="派出所")
    police = walk.sign_for("liaison.pcs")
    walk.report(police, "现场查看，关卡属实，已拆除。")
    stands(walk.sign_off("leader.pcs"), "已反馈")
    walk.propose(office)
    director = walk.enter("director")
    walk.approve(director)
    before, unit = ["登记", "受理", "研判", "转办"], ["签收", "反馈送签", "签字反馈"]
    assert timeline(director) == [*before, *unit, "报请办结", "批准办结"]
    who = director.locator(".timeline-who").all_text_contents()
    assert ["派出所" in line for line in who] == [False] * 4 + [True] * 3 + [False] * 2
    director.goto(f"{walk.stack.url}/leads/?q={walk.number}")
    expect(director.locator("tbody tr")).to_have_count(1)


@SIZES
def test_a_joint_transfer_to_police_and_discipline(walk):
    office = walk.enter("office")
    walk.log(
        office,
        channel="来访",
        title="反映砂场受人庇护",
        words="反映人称砂场多次被查后仍照常经营，有人通风报信。",
        umbrella=True,
    )
    walk.assign(office, conduct="公职人员充当“保护伞”", is_joint=True)
    expect(office.locator("main")).to_contain_text("主办（双移交）")
    for unit, left in (("pcs", "核查中"), ("jw", "已反馈")):
        page = walk.sign_for(f"liaison.{unit}")
        with page.expect_download() as started:
            page.get_by_role("link", name=re.compile("〔.*〕")).click()
        texts = [one.text for one in Document(started.value.path()).paragraphs]
        assert any(walk.number in text for text in texts)
        walk.report(page, f"{unit} 已核查。")
        stands(walk.sign_off(f"leader.{unit}"), left)
    walk.propose(office)
    walk.approve(walk.enter("director"))


@SIZES
def test_a_lead_that_a_village_offers_to_the_police(walk):
    village = walk.enter(f"liaison.{VILLAGE}")
    walk.log(
        village,
        channel="村居排查",
        title="村口拦车收费",
        words="反映有人夜间在村口拦车收费，司机不给就砸玻璃。",
    )
    stands(village, "已登记")

    # The police are suggested, find that it is not theirs, and the office hands it to another.
    office = walk.enter("office")
    walk.open(office)
    office.get_by_role("link", name="研判转办").click()
    expect(office.get_by_role("checkbox", name="派出所")).to_be_checked()
    expect(office.locator(".unit-choice")).to_contain_text("各单位主动向派出所提供")
    office.go_back()
    walk.assign(office, conduct="其他", unit="派出所")
    police = walk.enter("liaison.pcs")
    walk.open(police)
    police.get_by_role("link", name="退回交办").click()
    police.get_by_label("退回交办的理由").fill("属路政管理，不构成违法犯罪。")
    police.get_by_role("button", name="退回交办").click()
    police.wait_for_url("**/leads/?*")
    walk.open(office)
    walk.assign(office, unit="城管环卫中心")
    leader = walk.sign_for("leader.cghw")
    walk.report(leader, "已查看。", button="签字反馈")
    stands(leader, "已反馈")

    # What it says is not enough: it goes back, and comes again.
    walk.open(office)
    office.get_by_role("link", name="退回", exact=True).click()
    office.get_by_label("退回的理由").fill("请写明收费人员和金额。")
    office.get_by_role("button", name="退回", exact=True).click()
    stands(office, "核查中")
    leader.reload()
    walk.report(leader, "两人收费，共三次，已责令退还。", button="签字反馈")
    stands(leader, "已反馈")
    walk.propose(office)
    walk.approve(walk.enter("director"))
    village.reload()
    stands(village, "已办结")
    # The village follows its lead, and reads neither whose it was nor what was found.
    expect(village.locator("main")).not_to_contain_text("责令退还")


@SIZES
def test_a_lead_that_the_office_takes_to_its_end(walk):
    office = walk.enter("office")
    walk.log(
        office,
        channel="信箱",
        title="砂场无证采砂",
        words="反映砂场无证采砂，夜间装车。",
    )
    walk.assign(office, conduct="强揽工程、恶意竞标、滥采资源", unit="河长办")
    leader = walk.sign_for("leader.hzb")
    walk.report(leader, "现场查看，属实，已责令停工。", button="签字反馈")
    office.reload()
    office.get_by_role("button", name="审核通过").click()
    did(office, "审核通过")
    upright(office)
    walk.propose(office)
    director = walk.enter("director")
    walk.open(director)
    director.get_by_role("link", name="不同意").click()
    director.get_by_label("不同意办结的理由").fill("请写明处罚文书。")
    director.get_by_role("button", name="退回").click()
    stands(director, "已反馈")
    walk.propose(office)
    walk.approve(director)
    office.reload()
    office.locator("summary", has_text="更多").click()
    office.get_by_role("link", name="归档").click()
    office.get_by_label("档案号").fill("2026-17")
    office.get_by_role("button", name="归档").click()
    stands(office, "已归档")
    assert timeline(office)[-5:] == ["报请办结", "不同意办结", "报请办结", "批准办结", "归档"]
