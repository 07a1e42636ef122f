"""SMS and chat against a real server that is slow, broken, silent or wrong; and the page of it."""

from __future__ import annotations

import json
import logging
import re
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from django.utils import timezone

from audit.models import AuditEntry
from messaging import services
from messaging.channels import outside
from messaging.deliveries import services as deliveries
from messaging.deliveries import words
from messaging.models import Contact, Delivery, Message
from messaging.states import Pace

SECRET = "key-that-nobody-may-read"
PHONE = "13800000001"


class Gateway(ThreadingHTTPServer):
    """Answers as `behaviour` says; keeps what it was told."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.behaviour, self.told, self.over = "fine", [], threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/send?key={SECRET}"


class Handler(BaseHTTPRequestHandler):
    server: Gateway

    def do_POST(self) -> None:
        content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.told.append((self.path, dict(self.headers), content))
        match self.server.behaviour:
            case "slow":
                self.server.over.wait(60)
            case "drops":
                self.connection.close()
            case "redirects":
                self.answer(302, b"", Location=self.server.url.replace("/send", "/elsewhere"))
            case "endless":
                self.answer(200, b"x" * 100_000)
            case "refuses":
                self.answer(200, b'{"errcode": 81013, "errmsg": "user 13800000001"}')
            case "fine":
                self.answer(200, b'{"errcode": 0}')
            case status:
                self.answer(int(status), SECRET.encode())

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Nothing: the test looks at the portal's log."""


@pytest.fixture(autouse=True)
def quiet_workers(monkeypatch):
    monkeypatch.setattr(services, "knock", lambda: None)
    monkeypatch.setattr(deliveries, "knock", lambda: None)


@pytest.fixture
def gateway(settings):
    server = Gateway()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    settings.PORTAL_SMS_URL = server.url
    settings.PORTAL_SMS_TOKEN = SECRET
    # Long enough for an answer on a busy machine: only one of the gateway's ways is to be silent.
    settings.PORTAL_CHANNEL_READ_SECONDS = 2
    settings.PORTAL_CHANNEL_CONNECT_SECONDS = 2
    yield server
    server.over.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def phone(people) -> Contact:
    return Contact.objects.create(account=people.east, phone=PHONE, by_email=False)


def tell(
    *people, pace=Pace.PROMPT, subject="lead:1", title="线索办理期限：逾期（TOWN-2026-00012）"
):
    letters = [
        services.Letter(
            recipient_id=one.pk, subject_key=subject, title=title, body="内容", url="/leads/"
        )
        for one in people
    ]
    return services.send_letters(kind="deadline_test", letters=letters, pace=pace)


def test_a_text_message_names_no_lead_and_says_who_sends_it(people, phone, gateway, settings):
    tell(people.east)
    assert deliveries.deliver_due() == 1
    ((path, headers, content),) = gateway.told
    delivery = Delivery.objects.select_related("message").get()
    assert path == f"/send?key={SECRET}"
    assert headers["Authorization"] == f"Bearer {SECRET}"
    assert headers["Idempotency-Key"] == content["id"] == delivery.name
    assert content == {
        "id": delivery.name,
        "phone": PHONE,
        "text": f"【{settings.PORTAL_NAME}】线索办理期限：逾期。请登录平台查看。",
    }
    assert (delivery.channel, delivery.state, delivery.attempts) == ("sms", "sent", 1)


def test_chat_goes_to_one_person(people, phone, gateway, settings):
    settings.PORTAL_CHAT_URL, settings.PORTAL_SMS_URL = gateway.url, ""
    settings.PORTAL_CHAT_AGENT = 7
    Contact.objects.update(chat_name="dong.liaison")
    tell(people.east, title="请按时报送周报：东村")
    assert deliveries.deliver_due() == 1
    content = gateway.told[0][2]
    assert (content["touser"], content["msgtype"], content["agentid"]) == (
        "dong.liaison",
        "text",
        7,
    )
    assert content["text"]["content"].endswith("】请按时报送周报：东村。请登录平台查看。")


@pytest.mark.parametrize(
    ("behaviour", "state", "error"),
    [
        ("500", "queued", "HTTP 500"),
        ("429", "queued", "HTTP 429"),
        ("404", "failed", "HTTP 404"),
        ("redirects", "failed", "HTTP 302"),
        ("drops", "queued", "Dropped"),
        ("slow", "queued", "TimedOut"),
        ("endless", "queued", "BadAnswer"),
        ("refuses", "queued", "Refused 81013"),
    ],
)
def test_what_goes_wrong_is_on_record_and_tells_no_secret(
    people, phone, gateway, caplog, behaviour, state, error
):
    gateway.behaviour = behaviour
    tell(people.east)
    with caplog.at_level(logging.DEBUG, logger="messaging"):
        began = time.monotonic()
        assert deliveries.deliver_due() == 0
    assert time.monotonic() - began < 30, "a silent gateway is not waited for to its end"
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.last_error, delivery.attempts) == (state, error, 1)
    assert len(gateway.told) == 1, "a redirect is not followed, nothing repeated at once"
    assert error in caplog.text
    for hidden in (SECRET, PHONE, "127.0.0.1"):
        assert hidden not in caplog.text
    assert "（" not in words.reason(error) or words.reason(error).rstrip("）")[-3:].isdigit()


def test_a_server_that_falls_silent_is_told_the_same_name_again(people, phone, gateway):
    """It may have taken the message: by its name it knows that it did."""
    gateway.behaviour = "drops"
    tell(people.east)
    deliveries.deliver_due()
    gateway.behaviour = "fine"
    assert deliveries.deliver_due(timezone.now() + deliveries.LONGEST_PAUSE) == 1
    names = Counter(content["id"] for _, _, content in gateway.told)
    assert list(names.values()) == [2]


def test_who_cannot_be_reached_holds_up_neither_the_others_nor_other_channels(
    people, phone, gateway, settings
):
    settings.PORTAL_SMS_URL = "http://127.0.0.1:9/"
    Contact.objects.create(account=people.west, phone=PHONE, by_email=False)
    tell(people.east, people.west, people.police)
    assert deliveries.deliver_due() == 1
    assert sorted(Delivery.objects.values_list("channel", "state", "last_error")) == [
        ("email", "sent", ""),
        ("sms", "queued", "Unreachable"),
        ("sms", "queued", "Unreachable"),
    ]


def test_an_unknown_certificate_is_not_spoken_to(people, phone, gateway, settings):
    settings.PORTAL_SMS_URL = gateway.url.replace("http://", "https://")
    tell(people.east)
    assert deliveries.deliver_due() == 0
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts) == ("queued", 0)
    assert delivery.last_error in ("BadCertificate", "Dropped")
    assert gateway.told == []


def test_ways_are_chosen_and_what_is_urgent_asks_for_no_choice(people, phone, gateway):
    Contact.objects.update(by_sms=False)
    tell(people.east)
    assert Delivery.objects.count() == 0
    tell(people.east, pace=Pace.URGENT, subject="lead:2")
    assert sorted(Delivery.objects.values_list("channel", flat=True)) == ["email", "sms"]


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("重大线索提醒（SZ-2026-00001）", "重大线索提醒"),
        ("线索 A_B-2026-00001 待签收", "待签收"),
        ("TOWN-1-2026-000123", "您有新的提醒"),
        ("周报逾期：6 个单位未报", "周报逾期：6 个单位未报"),
    ],
)
def test_no_number_of_a_lead_goes_through_other_hands(title, said):
    assert outside.words(Message(title=title)).partition("】")[2] == f"{said}。请登录平台查看。"


# The pages


def failed(account, **given) -> Delivery:
    message = Message.objects.create(
        recipient=account, kind="weekly_reminder", subject_key=str(time.monotonic()), title="秘密"
    )
    values = {
        "message": message,
        "jurisdiction": account.main_unit.jurisdiction,
        "address": "secret@example.invalid",
        "state": "failed",
        "attempts": 8,
        "last_error": "HTTP 500",
    }
    return Delivery.objects.create(**values | given)


def test_the_page_says_what_failed_and_why_and_not_what_it_says(people, far_people, client_for):
    failed(people.east)
    failed(far_people.east)
    for account in (people.office, people.director, people.sysadmin):
        answer = client_for(account).get("/messages/deliveries/")
        assert answer.text.count(">重发<") == 1
        assert "对方服务器应答错误（500）" in answer.text
        assert "周报催报" in answer.text
        for hidden in ("秘密", "secret@"):
            assert hidden not in answer.text


def test_the_office_sees_of_all_that_reporting_sends_that_it_was_sent():
    """Every kind that the code of reporting names, and none that the code of leads does."""
    ours = "weekly|bulletin|correction|delegation|incident"
    named = re.compile(rf'(?:kind=|Reminder\(|_tell\((?:row, actor, )?)"((?:{ours})[a-z_]*)"')
    any_kind = re.compile(r'(?:kind=|Reminder\(|tell_office\()"([a-z_]+)"')

    def kinds(app: str, pattern: re.Pattern[str]) -> set[str]:
        files = (one for one in Path(app).rglob("*.py") if "migrations" not in one.parts)
        return {kind for one in files for kind in pattern.findall(one.read_text())}

    sent = kinds("reporting", named)
    assert len(sent) > 15
    assert sent <= set(words.KINDS)
    assert not kinds("leads", any_kind) & set(words.KINDS)


def test_who_was_told_of_a_lead_is_told_to_nobody_else(people, client_for):
    """Of a lead that is kept from somebody this list must not say that there is one."""
    for kind in ("major_lead", "deadline", "lead_assigned", "unusual"):
        message = Message.objects.create(
            recipient=people.director, kind=kind, subject_key="lead:1", title="秘密"
        )
        for state in ("sent", "queued", "failed"):
            failed(people.director, message=message, state=state, channel=f"email{state}"[:10])
    shown = {
        who: len(client_for(getattr(people, who)).get("/messages/deliveries/").context["page"].rows)
        for who in ("office", "director", "sysadmin")
    }
    assert shown == {"office": 0, "director": 12, "sysadmin": 4}
    page = client_for(people.sysadmin).get("/messages/deliveries/")
    assert page.text.count("待办通知") == 4 + page.text.count(">待办通知</option>") + 4


def test_it_is_filtered_and_paged_at_a_bounded_cost(
    people, client_for, django_assert_max_num_queries
):
    for _ in range(60):
        failed(people.east)
    failed(people.west, state="sent", channel="sms")
    client = client_for(people.office)
    with django_assert_max_num_queries(15):
        first = client.get("/messages/deliveries/?state=failed")
    assert len(first.context["page"].rows) == 50
    older = client.get("/messages/deliveries/" + first.context["page"].older_url)
    assert len(older.context["page"].rows) == 10
    assert len(client.get("/messages/deliveries/?channel=sms").context["page"].rows) == 1


def test_a_failed_one_is_sent_anew_once_and_on_record(people, client_for):
    delivery = failed(people.east, channel="email")
    client = client_for(people.office)
    for _ in range(2):
        client.post(f"/messages/deliveries/{delivery.pk}/resend/")
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, delivery.resent_by) == ("queued", 0, people.office)
    assert AuditEntry.objects.filter(action="message_resent").count() == 1
    assert deliveries.deliver_due() == 0, "the week is not owed: nothing leaves"
    Delivery.objects.update(state="failed")
    client.post(f"/messages/deliveries/{delivery.pk}/resend/")
    delivery.refresh_from_db()
    assert delivery.state == "failed"


def test_another_towns_is_not_there(people, far_people, client_for):
    delivery = failed(far_people.east)
    answer = client_for(people.office).post(f"/messages/deliveries/{delivery.pk}/resend/")
    assert answer.status_code == 404


def test_one_sets_ones_own_ways(people, client_for):
    client = client_for(people.east)
    answer = client.post("/messages/contact/", {"phone": "不是号码"})
    assert "请填写手机号码" in answer.text
    client.post("/messages/contact/", {"phone": PHONE, "chat_name": "", "by_sms": "on"})
    row = Contact.objects.get()
    assert (row.account, row.phone, row.by_email, row.by_sms) == (people.east, PHONE, False, True)
