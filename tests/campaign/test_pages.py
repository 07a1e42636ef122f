"""What holds for every page: its headers, nothing inline, nothing from elsewhere, no dead end."""

from __future__ import annotations

import re
from collections import deque
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from django.conf import settings
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client, RequestFactory

from leads import due, services
from leads.attachments.services import add
from leads.models import Lead
from leads.states import Finding
from reporting.periods import services as periods
from tests.files import samples

ROLES = (
    "office",
    "director",
    "town_leader",
    "custodian",
    "police",
    "police_leader",
    "east",
    "east_leader",
    "sysadmin",
    "secadmin",
    "auditor",
)
#: A crawl that finds more addresses than this walks in circles.
MOST_PAGES = 240
ADDRESS_ATTRIBUTES = {
    "src",
    "href",
    "action",
    "formaction",
    "poster",
    "data",
    "srcset",
    "xlink:href",
}


class Page(HTMLParser):
    """One page's links, and what the content policy would not let through."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.inline: list[str] = []
        self.addresses: list[tuple[str, str]] = []
        self.links: list[str] = []
        self.headings = 0
        self._script: str | None = None
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.headings += tag == "h1"
        if tag == "style":
            self.inline.append("<style>")
        if tag == "script":
            self._script = given.get("src", "")
            if not self._script:
                self.inline.append("<script> without src")
        for name, value in given.items():
            if name == "style" or name.startswith(("on", "hx-on")):
                self.inline.append(f"{tag} {name}={value!r}")
            if name in ADDRESS_ATTRIBUTES:
                self.addresses.append((f"{tag} {name}", value))
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._script = None

    def handle_data(self, data: str) -> None:
        if self._script is not None and data.strip():
            self.inline.append(f"script text {data.strip()[:40]!r}")

    @property
    def foreign(self) -> list[str]:
        """Addresses that leave this host, or run code."""
        return [
            f"{where}={value!r}"
            for where, value in self.addresses
            if urlsplit(value).netloc or urlsplit(value).scheme not in ("", "data")
        ]


def faults(response: HttpResponse) -> list[str]:
    """What is wrong with an answer, in words; empty for a page that keeps the rules."""
    found = []
    policy = response.headers.get("Content-Security-Policy", "")
    directives = dict(
        part.strip().partition(" ")[::2] for part in policy.split(";") if part.strip()
    )
    wanted = {
        "default-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "img-src": "'self' data:",
    }
    if directives != wanted:
        found.append(f"policy {policy!r}")
    if "no-store" not in response.headers.get("Cache-Control", ""):
        found.append(f"cache {response.headers.get('Cache-Control')!r}")
    for name, value in (
        ("X-Frame-Options", "DENY"),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
    ):
        if response.headers.get(name) != value:
            found.append(f"{name} {response.headers.get(name)!r}")
    if response.headers.get("Content-Type", "").startswith("text/html"):
        page = Page(response.content.decode())
        found += page.inline + page.foreign
        if page.headings != 1:
            found.append(f"{page.headings} headings of the first rank")
    return found


@pytest.fixture
def week(town, people, make_lead, make_assigned):
    """A little of everything, so that there are links to follow."""
    periods.open_period(jurisdiction=town.unit, day=due.today())
    make_lead(is_major=True)
    make_lead(actor=people.east)
    for data, name in ((samples.png(), "现场.png"), (samples.pdf(), "笔录.pdf")):
        upload = samples.stored(people.office, data, name)
        add(lead=make_assigned(), actor=people.office, uploads=[upload])
    signed = make_assigned(named_units=[town.civil]).assignments.get()
    services.sign(assignment=signed, actor=people.police)
    reported = make_assigned().assignments.get()
    task = services.sign(assignment=reported, actor=people.police)
    services.report_and_sign(
        assignment=task,
        actor=people.police_leader,
        expected_version=task.version,
        first_verifier="核查员一",
        second_verifier="核查员二",
        verified_facts="经走访属实。",
        basis="笔录。",
        opinion="建议立案。",
        finding=Finding.PROVEN,
    )


def crawl(client: Client, start: str = "/") -> dict[str, HttpResponse]:
    """Every page that can be reached by following links, by its address."""
    pages: dict[str, HttpResponse] = {}
    waiting = deque([start])
    while waiting:
        address = waiting.popleft()
        if address.startswith(settings.STATIC_URL) or _is_known(address, pages):
            continue
        assert len(pages) < MOST_PAGES, f"the crawl does not end: {list(pages)[-5:]}"
        response = pages[address] = client.get(address)
        if response.status_code == 302:
            waiting.append(response["Location"])
        elif response.streaming:
            b"".join(response)  # read to its end, a file is closed
        else:
            links = Page(response.content.decode()).links
            waiting += [urldefrag(urljoin(address, link)).url for link in links]
    return pages


def _is_known(address: str, pages: dict[str, HttpResponse]) -> bool:
    """Whether `address` was seen, or only sorts a page otherwise, unfolds it, or turns its leaf."""
    url = urlsplit(address)
    return address in pages or any(
        name in url.query and any(urlsplit(one).path == url.path and name in one for one in pages)
        for name in ("sort=", "more=1", "year=", "day=", "figure=", "version=")
    )


@pytest.mark.parametrize("name", ROLES)
def test_no_page_that_a_role_can_reach_breaks_the_rules(client_for, people, week, name):
    pages = crawl(client_for(getattr(people, name)))
    assert {a: r.status_code for a, r in pages.items() if r.status_code not in (200, 302)} == {}
    # Files are no pages: what holds for them stands in tests/leads/test_attachments.py.
    whole = {a: r for a, r in pages.items() if r.status_code == 200 and not r.streaming}
    assert {a: f for a, r in whole.items() if (f := faults(r))} == {}
    assert {"/", "/messages/", "/exports/", "/units/", "/units/pcs/", "/password/"} <= set(pages)


def test_the_crawl_goes_everywhere(client_for, people, week):
    office, police = crawl(client_for(people.office)), crawl(client_for(people.police))
    lead = Lead.objects.order_by("pk").first()
    assert {f"/leads/{lead.number}/", f"/leads/{lead.number}/assign/", "/reports/"} <= set(office)
    assert {"/leads/new/", "/leads/?tab=mine", "/reports/mine/"} <= set(police)
    assert any(address.endswith("/feedback/") for address in police)
    assert any(address.endswith("/close/") for address in office)
    assert sum(address.endswith("/content/") for address in office) == 2
    assert any(address.endswith("/edit/") for address in police)


@pytest.mark.parametrize("address", ["/leads/new/", "/password/", "/login/"])
def test_a_wrong_form_keeps_the_rules_too(client_for, people, address):
    client = Client() if address == "/login/" else client_for(people.office)
    response = client.post(address, {})
    assert response.status_code == 200
    assert faults(response) == []


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("<p style='color:red'>", "p style='color:red'"),
        ("<a href='#' onclick='go()'>", "a onclick='go()'"),
        ("<div hx-on:click='go()'>", "div hx-on:click='go()'"),
        ("<style>p {}</style>", "<style>"),
        ("<script>go()</script>", "<script> without src"),
        ("<script src='/a.js'>go()</script>", "script text 'go()'"),
        (
            "<script src='https://cdn.example/a.js'></script>",
            "script src='https://cdn.example/a.js'",
        ),
        ("<img src='//cdn.example/a.png'>", "img src='//cdn.example/a.png'"),
        ("<a href='javascript:go()'>", "a href='javascript:go()'"),
    ],
)
def test_the_check_itself_sees_a_fault(source, fault):
    page = Page(source)
    assert fault in page.inline + page.foreign


def test_a_clean_page_has_no_fault():
    page = Page("<script src='/a.js'></script><img src='data:image/png;base64,x'><a href='?a=1'>")
    assert page.inline + page.foreign == []


def test_the_projects_own_styles_and_scripts_fetch_nothing_from_elsewhere():
    files = [
        *(settings.BASE_DIR / "static").rglob("*.css"),
        *(settings.BASE_DIR / "static").rglob("*.js"),
    ]
    assert files
    for path in files:
        assert re.findall(r"(?:https?:)?//[\w-]+\.[\w.-]+", path.read_text()) == [], path


# Error pages


def crash(*args: Any, **kwargs: Any) -> None:
    raise RuntimeError("a secret of the server")


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (400, "这个请求无法处理"),
        (403, "您没有权限查看或办理"),
        (404, "找不到这个页面"),
        (500, "系统出了问题"),
    ],
)
def test_error_pages_are_in_chinese_and_keep_the_rules(
    client_for, people, monkeypatch, status, words
):
    client = client_for(people.office)
    client.raise_request_exception = False
    if status == 500:
        monkeypatch.setattr("leads.lists.views.record", crash)
    if status == 400:
        response = client.post("/leads/new/", {f"field{number}": "" for number in range(1001)})
    else:
        response = client.get({403: "/audit/", 404: "/nowhere/", 500: "/leads/?q=x"}[status])
    page = response.content.decode()
    assert response.status_code == status
    assert f"<h1>{words}</h1>" in page
    assert f"错误代码 {status}" in page
    assert faults(response) == []
    assert "a secret of the server" not in page
    assert "Traceback" not in page


def away(*args: Any, **kwargs: Any) -> None:
    raise OperationalError("connection to a secret host failed")


def test_a_database_that_is_away_is_said_to_be_so(client_for, people, monkeypatch):
    client = client_for(people.office)
    client.raise_request_exception = False
    monkeypatch.setattr("leads.lists.views.record", away)
    response = client.get("/leads/?q=x")
    page = response.content.decode()
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert "<h1>系统暂时不可用</h1>" in page
    assert 'href="/leads/?q=x"' in page
    assert "secret" not in page
    assert faults(response) == []


def test_a_forged_form_is_refused_in_chinese(people):
    client = Client(enforce_csrf_checks=True)
    client.force_login(people.office)
    response = client.post("/leads/new/", {})
    assert response.status_code == 403
    assert "<h1>页面已经过期</h1>" in response.content.decode()
    assert faults(response) == []
    assert Lead.objects.count() == 0


def test_a_foreign_lead_reads_like_one_that_does_not_exist(
    client_for, people, far_people, make_lead
):
    lead = make_lead()
    client = client_for(far_people.office)
    foreign = client.get(f"/leads/{lead.number}/").content
    nowhere = client.get("/leads/TOWN-1999-00001/").content
    assert foreign == nowhere


def test_a_page_asked_for_without_signing_in_comes_after_signing_in(client, people):
    response = client.get("/leads/?tab=todo")
    assert response["Location"] == "/login/?next=/leads/%3Ftab%3Dtodo"
    values = {"username": "office", "password": "correct horse", "next": "/leads/?tab=todo"}
    assert client.post("/login/", values)["Location"] == "/leads/?tab=todo"


def test_signing_in_leads_to_no_other_host(client, people):
    values = {"username": "office", "password": "correct horse", "next": "https://evil.example/"}
    assert client.post("/login/", values)["Location"] == "/"


def test_the_headers_are_there_for_a_file_too(client_for, people):
    response = client_for(people.office).get("/healthz/")
    assert response.content == b"ok"
    assert faults(response) == []


def test_an_answer_that_says_how_long_it_may_be_kept_is_left_alone():
    from campaign.middleware import no_store

    kept = HttpResponse(headers={"Cache-Control": "max-age=60"})
    assert no_store(lambda _: kept)(RequestFactory().get("/"))["Cache-Control"] == "max-age=60"
