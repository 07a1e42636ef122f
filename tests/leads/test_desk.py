"""The public page: no session, no cookie, no address; a report, a code, what is added."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client

from audit.models import Action, AuditEntry
from departments.models import Account
from leads.codes import asking, digits
from leads.codes import services as codes
from leads.desk import limits
from leads.models import Conduct, Lead, QueryCode, Supplement
from messaging.models import Message
from tests.campaign.test_pages import Page

ADDRESS = "203.0.113.77"
#: Every form of it in which a row could keep an address.
WORDS = "反映市场里有人收费，<script>alert(1)</script> {{ 7*7 }} '; DROP TABLE leads_lead; --"


@pytest.fixture
def desk(settings, people, town):
    settings.PORTAL_PUBLIC_DESK = town.unit.code
    limits.forget()
    yield Client(enforce_csrf_checks=True, REMOTE_ADDR=ADDRESS)
    limits.forget()


def token(response) -> str:
    return re.search(r'name="token" value="([^"]+)"', response.content.decode())[1]


def send(desk, text=WORDS, **values):
    values = {"token": token(desk.get("/public/report/")), "text": text} | values
    return desk.post("/public/report/", values), values


def code_of(response) -> str:
    return digits.read(re.search(r"data-code>([0-9 ]+)<", response.content.decode())[1])


def ask(desk, code):
    return desk.post("/public/query/", {"token": token(desk.get("/public/")), "code": code})


@pytest.mark.parametrize("value", ["", "nowhere"])
def test_there_is_no_page_unless_a_town_has_it(settings, people, value):
    settings.PORTAL_PUBLIC_DESK = value
    for url in ("/public/", "/public/report/"):
        assert Client().get(url).status_code == 404
    for url in ("/public/report/", "/public/query/", "/public/add/"):
        assert Client().post(url, {}).status_code == 404


def test_a_report_becomes_a_lead_that_waits_for_the_office(desk, people, town):
    conduct = Conduct.objects.get(code="extortion")
    answer, values = send(desk, conduct=conduct.pk, place=town.east.pk)
    lead = Lead.objects.get()
    assert (lead.state, lead.channel.code, lead.reporter_kind) == (
        "registered",
        "public-web",
        "anonymous",
    )
    assert (lead.allegation, lead.conduct, lead.place) == (WORDS, conduct, town.east)
    assert lead.registered_by.username == "public-desk"
    assert asking.find(code_of(answer)).lead == lead
    assert lead in Lead.objects.waiting_for(people.office)
    letter = Message.objects.get(recipient=people.office)
    assert letter.title == f"有网上举报待受理（{lead.number}）"
    # A second click, or a lost answer: the same code, no second lead.
    again = desk.post("/public/report/", values)
    assert code_of(again) == code_of(answer)
    assert Lead.objects.count() == QueryCode.objects.count() == 1


def test_nobody_signs_in_with_the_account_of_the_page(desk):
    send(desk)
    account = Account.objects.get(username="public-desk")
    assert not account.is_active
    assert not account.has_usable_password()
    assert not account.memberships.exists()


def test_nothing_keeps_the_address_and_no_cookie_is_set(desk):
    answer, _ = send(desk)
    code = code_of(answer)
    found = ask(desk, code)
    desk.post("/public/add/", {"token": token(found), "text": "另有两人。"})
    ask(desk, digits.whole(5))
    assert not desk.cookies
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(
                f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s', [f"%{ADDRESS}%"]
            )
            assert cursor.fetchone() == (0,), table
        cursor.execute("SELECT count(*) FROM django_session")
        assert cursor.fetchone() == (0,)
    acts = AuditEntry.objects.filter(action__startswith="code_").order_by("pk")
    assert [(one.action, one.actor_name, one.address) for one in acts] == [
        (Action.CODE_ISSUED, "public-desk", None),
        (Action.CODE_QUERIED, "public-desk", None),
        (Action.CODE_WRONG, "public-desk", None),
    ]


def test_a_person_who_is_signed_in_is_nobody_here(desk, client_for, people):
    client = client_for(people.office)
    page = client.get("/public/").content.decode()
    assert people.office.full_name not in page
    send(client)
    entries = AuditEntry.objects.filter(actor=people.office)
    assert set(entries.values_list("action", flat=True)) == {Action.SIGNED_IN}


def test_a_code_tells_its_word_and_takes_what_is_added_once(desk):
    code = code_of(send(desk)[0])
    found = ask(desk, digits.grouped(code))
    words = found.content.decode()
    lead = Lead.objects.get()
    assert "<strong>已登记</strong>" in words
    for secret in (lead.number, "script>alert", code):
        assert secret not in words
    values = {"token": token(found), "text": "<b>另有两人。</b>"}
    for _ in range(2):
        assert "补充已收到" in desk.post("/public/add/", values).content.decode()
    assert list(Supplement.objects.values_list("way", "text", "taken_by")) == [
        ("web", "<b>另有两人。</b>", None)
    ]


def test_a_code_that_was_replaced_is_unknown(desk, people):
    code = code_of(send(desk)[0])
    codes.issue(lead=Lead.objects.get(), actor=people.office, secret="new", reason="遗失")
    assert "没有这个查询码" in ask(desk, code).content.decode()


def test_wrong_codes_end_after_ten_from_one_address(desk):
    code = code_of(send(desk)[0])
    for number in range(10):
        assert "没有这个查询码" in ask(desk, digits.whole(number)).content.decode()
    assert "过于频繁" in ask(desk, code).content.decode()
    elsewhere = Client(REMOTE_ADDR="203.0.113.78")
    assert "已登记" in ask(elsewhere, code).content.decode()
    # Nothing in memory is the address, and all of it goes with its key.
    counted = {name for _, name in limits._hour.counts}
    assert all(ADDRESS.encode() not in name for name in counted)
    limits.forget()
    assert "已登记" in ask(desk, code).content.decode()


def test_an_hour_takes_so_many_reports(desk, settings):
    settings.PORTAL_PUBLIC_REPORTS_PER_HOUR = 1
    send(desk)
    answer, _ = send(desk, "另一件事")
    page = answer.content.decode()
    assert "这一小时内收到的网上举报已满" in page
    assert "另一件事" in page
    assert Lead.objects.count() == 1


@pytest.mark.parametrize("text", ["", "   ", "长" * 5001, "a\x00b"])
def test_what_is_wrong_is_said_and_kept(desk, text):
    answer, _ = send(desk, text)
    assert answer.status_code == 200
    assert "invalid-feedback" in answer.content.decode()
    assert Lead.objects.count() == 0


def test_a_forged_or_old_token_sends_nothing_but_keeps_the_words(desk):
    answer = desk.post("/public/report/", {"token": "forged", "text": "有人收费"})
    assert "请核对后再点一次" in answer.content.decode()
    assert "有人收费" in answer.content.decode()
    assert Lead.objects.count() == 0
    again = desk.post("/public/report/", {"token": token(answer), "text": "有人收费"})
    assert code_of(again)
    lost = desk.post("/public/add/", {"token": "forged", "text": "补充的话"})
    assert "补充的话" in lost.content.decode()
    assert Supplement.objects.count() == 0


def test_hidden_fields_change_nothing(desk):
    send(desk, state="closed", is_major="1", title="x", registered_by="1", channel="1")
    lead = Lead.objects.get()
    assert (lead.state, lead.is_major, lead.title) == (
        "registered",
        False,
        "网上举报：行为类型未填",
    )


def test_the_pages_are_stricter_than_the_others_and_run_nothing(desk):
    code = code_of(send(desk)[0])
    for response in (desk.get("/public/"), desk.get("/public/report/"), ask(desk, code)):
        policy = response["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert "form-action 'self'" in policy
        assert "unsafe" not in policy
        assert response["Cache-Control"] == "no-store"
        assert response["Referrer-Policy"] == "no-referrer"
        page = Page(response.content.decode())
        assert page.inline + page.foreign == []
        assert page.headings == 1
        assert "<script" not in response.content.decode()
        assert "110" in response.content.decode()
