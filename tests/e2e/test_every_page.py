"""Every page that the portal has, wide and on a phone: accessible, upright, quiet."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import PASSWORD
from tests.e2e.places import ACCOUNTS

ROOT = Path(__file__).resolve().parents[2]
AXE = (ROOT / "node_modules/axe-core/axe.min.js").read_text()
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
#: Violations of the policy are noted by every page from its first byte on.
LISTENER = """
window.cspViolations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.cspViolations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
});
"""
SCROLL = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Through the protocol, as all that Playwright evaluates: the page's own policy stays in force.
AUDIT = """async () => {
  const found = await axe.run(document, {resultTypes: ["violations"]});
  return found.violations
    .filter((one) => ["serious", "critical"].includes(one.impact))
    .map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(" ")).join(", ")}`);
}"""
#: The form of a page, sent with nothing in it: the page comes back and says what is missing.
SEND_NOTHING = """() => {
  const form = document.createElement("form");
  form.method = "post";
  form.append(document.querySelector("[name=csrfmiddlewaretoken]").cloneNode());
  document.body.append(form);
  form.submit();
}"""


#: Addresses whose answer is no page: a file to keep, a word for a machine.
NO_PAGES = {
    "jobs:file",
    "leads:import_template",
    "leads:import_marked",
    "leads:paper",
    "leads:draft_save",
    "reporting:correct_draft",
    "reporting:draft",
    "reporting:bulletin_file",
    "reporting:report_file_content",
    "reporting:report_file_download",
    "leads:attachment_content",
    "leads:attachment_download",
    "healthz",
}
#: Forms that may be sent as they are: one begins something, one has nothing but choices.
ASKS_NOTHING = {"access:factor", "messaging:contact"}


@pytest.fixture(scope="module")
def places(stack) -> list[dict[str, Any]]:
    """Every page, each with somebody who may see it."""
    told = stack.manage("shell", "-v0", "-c", "from tests.e2e.places import tell; tell()")
    found = json.loads(told.splitlines()[-1])
    assert {place["name"] for place in found} >= NO_PAGES
    return [place for place in found if place["name"] not in NO_PAGES]


def faults(page: Page) -> list[str]:
    """What is wrong with the page that is open, at both widths."""
    found: list[str] = []
    for size in (WIDE, PHONE):
        page.set_viewport_size(size)
        if (overflow := page.evaluate(SCROLL)) > 0:
            found.append(f"{size['width']} px: {overflow} px wider than the screen")
        page.evaluate(AXE)
        found += [f"{size['width']} px: {line}" for line in page.evaluate(AUDIT)]
    return found + page.evaluate("window.cspViolations")


def test_every_address_has_a_place_in_the_walk(places):
    """A page about a new kind of thing needs a line in `places.THINGS`."""
    assert [place["name"] for place in places if place["sure"] and not place["urls"]] == []


def shown(page: Page, base: str, place: dict[str, Any]) -> list[str]:
    """Those of the place's addresses that answer with a page of their own, not with another.

    Of a page that shows what a thing has come to, all; of a step's page, one is like the other.
    """
    found = [
        url for url in place["urls"] if page.request.get(base + url, max_redirects=0).status == 200
    ]
    return found if place["name"] in ("leads:detail", "reporting:report") else found[:1]


@pytest.mark.parametrize("role", ACCOUNTS)
def test_every_page_is_accessible_and_upright_and_keeps_the_policy(stack, sign_in, places, role):
    found: dict[str, list[str]] = {}
    pages: dict[str, Page] = {}
    for place in [place for place in places if place["role"] == role]:
        if place["account"] not in pages:
            pages[place["account"]] = sign_in(place["account"])
            pages[place["account"]].context.add_init_script(LISTENER)
        page = pages[place["account"]]
        addresses = shown(page, stack.url, place)
        if place["sure"] and place["urls"] and not addresses:
            found[place["name"]] = [f"shows {place['account']} no page at {place['urls']}"]
        for address in addresses:
            page.goto(stack.url + address)
            found[address] = faults(page)
        if place["form"] and addresses and place["name"] not in ASKS_NOTHING:
            # The page before has such an element too, now and then: wait for the one after it.
            with page.expect_navigation():
                page.evaluate(SEND_NOTHING)
            page.wait_for_selector("[data-error-summary], .invalid-feedback", state="attached")
            found[f"{addresses[-1]}, sent empty"] = faults(page)
    assert {address: wrong for address, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize(
    ("account", "address", "status"),
    [
        (None, "/login/", 200),
        ("office", "/nowhere/", 404),
        ("office", "/audit/", 403),
        (None, "/login/?" + "&a" * 1001, 400),
    ],
)
def test_pages_that_nobody_wants_to_see(stack, browser, account, address, status):
    context = browser.new_context(locale="zh-CN")
    context.add_init_script(LISTENER)
    page = context.new_page()
    if account:
        page.goto(f"{stack.url}/login/")
        page.get_by_label("用户名").fill(account)
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        page.wait_for_url(f"{stack.url}/")
    assert page.goto(stack.url + address).status == status
    assert faults(page) == []
    context.close()
