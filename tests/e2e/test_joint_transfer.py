"""A lead about protection: one act hands it to police and discipline, each signs for itself."""

from __future__ import annotations

import re

from docx import Document
from playwright.sync_api import expect


def test_an_umbrella_lead_goes_to_police_and_discipline(stack, sign_in):
    office = sign_in("office")
    # Hints of leads alike are no part of this walk, and would still be on their way at each step.
    office.route("**/similar/", lambda route: route.fulfill(status=204))
    office.goto(f"{stack.url}/leads/new/")
    office.get_by_label("来源渠道").select_option(label="来访")
    office.get_by_label("线索名称").fill("反映砂场受人庇护")
    office.get_by_label("反映内容").first.fill("反映人称砂场多次被查后仍照常经营，有人通风报信。")
    office.get_by_label("行业领域").select_option(label="河道水利")
    office.get_by_label("反映涉及“保护伞”").check()
    office.get_by_role("button", name="登记", exact=True).click()
    office.wait_for_url(re.compile(r"/leads/[A-Z0-9-]+/$"))
    number = office.url.rstrip("/").rsplit("/", 1)[1]

    office.get_by_role("link", name="研判转办").click()
    expect(office.get_by_label("双移交")).to_be_checked()
    expect(office.get_by_label("河长办", exact=True)).to_be_checked()
    expect(office.locator(".unit-choice")).to_contain_text("主管该领域：河道水利")
    office.get_by_label("行为类型").select_option(label="公职人员充当“保护伞”")
    office.get_by_role("button", name="转办", exact=True).click()
    expect(office.locator(".page-sub .status")).to_have_text("已转办")
    expect(office.locator("main")).to_contain_text("主办（双移交）")

    for username in ("liaison.pcs", "liaison.jw"):
        unit = sign_in(username)
        unit.goto(f"{stack.url}/leads/{number}/")
        unit.get_by_role("button", name="签收").click()
        expect(unit.locator(".page-sub .status")).to_have_text("核查中")
        with unit.expect_download() as started:
            unit.get_by_role("link", name=re.compile("〔.*〕")).click()
        paper = started.value
        assert paper.suggested_filename.startswith("移交函 演扫黑办移〔")
        texts = [one.text for one in Document(paper.path()).paragraphs]
        assert any(number in text for text in texts)

    office.reload()
    signed = office.locator("td[data-label='签收']").all_text_contents()
    assert ["未签收" in text for text in signed] == [False, False, True]
