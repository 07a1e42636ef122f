"""Photographs and papers of a lead, from a phone."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.conftest import past_the_code
from tests.files import samples


def test_a_photograph_and_a_paper_from_a_phone(stack, sign_in):
    phone = sign_in("office", width=360, height=740)
    phone.goto(f"{stack.url}/leads/new/")
    photograph = {"name": "现场.png", "mimeType": "image/png", "buffer": samples.png(300, 200)}
    paper = {"name": "笔录.pdf", "mimeType": "application/pdf", "buffer": samples.pdf()}
    phone.get_by_label("附件").set_input_files([photograph, paper])
    phone.get_by_label("线索名称").fill("河滩私设关卡收费")
    phone.get_by_role("button", name="登记", exact=True).click()
    expect(phone.locator("[data-error-summary]")).to_contain_text("反映内容")
    # The browser has forgotten the files; the portal has not.
    expect(phone.locator(".file-list .file-name")).to_have_text(["现场.png", "笔录.pdf"])

    phone.get_by_label("来源渠道").select_option(label="举报电话")
    phone.get_by_label("反映内容").first.fill("反映有人在河滩私设关卡，不给钱就扣车。")
    phone.get_by_role("button", name="登记", exact=True).click()
    past_the_code(phone)
    expect(phone.locator("#attachments td.cell-title a")).to_have_text(["现场.png", "笔录.pdf"])

    phone.get_by_role("link", name="现场.png").click()
    picture = phone.locator("img.preview-image")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 300
    content = f"{stack.url}{picture.get_attribute('src')}"
    assert phone.request.get(content).headers["x-content-type-options"] == "nosniff"

    unassigned = sign_in("liaison.pcs")
    assert unassigned.request.get(content).status == 404
    assert unassigned.request.get(content.replace("content", "download")).status == 404
