"""Messages: said once, delivered once, read by whom they are for."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import re
import smtplib
import time

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils import timezone

from departments.models import Account
from messaging import backends, services
from messaging.channels import email as by_email
from messaging.deliveries import services as deliveries
from messaging.models import Delivery, Message
from tests.processes import fork, kill_after, wait


@pytest.fixture(autouse=True)
def knocks(monkeypatch):
    """Deliveries are started by the test itself; what would have started a worker is counted."""
    heard = []
    monkeypatch.setattr(services, "knock", lambda: heard.append(1))
    return heard


def tell(*people, **given) -> int:
    values = {
        "kind": "test",
        "subject_key": "lead:1",
        "round": "r1",
        "title": "线索 2026-0001 待签收",
        "body": "请及时签收。",
        "url": "/leads/2026-0001/",
    } | given
    return services.send(recipients=people, **values)


def test_a_message_is_said_once_per_recipient_subject_and_round(people):
    assert tell(people.police, people.east) == 2
    assert tell(people.police, people.west) == 1
    assert tell(people.police, round="r2") == 1
    assert tell(people.police, subject_key="lead:2") == 1
    assert Message.objects.count() == Delivery.objects.count() == 5
    first = Message.objects.get(recipient=people.police, subject_key="lead:1", round="r1")
    assert (first.title, first.body, first.url) == (
        "线索 2026-0001 待签收",
        "请及时签收。",
        "/leads/2026-0001/",
    )
    delivery = first.deliveries.get()
    assert (delivery.channel, delivery.address, delivery.state, delivery.attempts) == (
        "email",
        "liaison.pcs@example.invalid",
        "queued",
        0,
    )


def test_no_address_means_no_delivery_and_inactive_people_hear_nothing(people):
    Account.objects.filter(pk=people.east.pk).update(email="")
    Account.objects.filter(pk=people.west.pk).update(is_active=False)
    assert tell(people.east, people.west) == 1
    assert Message.objects.get().recipient == people.east
    assert Delivery.objects.count() == 0


def test_one_statement_for_many_recipients(people, django_assert_num_queries):
    everyone = list(Account.objects.all())
    with django_assert_num_queries(3):  # a savepoint, the insert, and its release
        assert tell(*everyone) == 14


def test_nothing_is_said_when_the_transaction_fails(people, knocks):
    with transaction.atomic():
        assert tell(people.police) == 1
        transaction.set_rollback(True)
    assert Message.objects.count() == 0


def test_workers_hear_of_it_on_commit_only_if_it_was_news(
    people, knocks, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        tell(people.police)
        assert knocks == []
    assert knocks == [1]
    with django_capture_on_commit_callbacks(execute=True):
        tell(people.police)
    assert knocks == [1]


def test_a_broker_that_is_away_is_no_error(people, monkeypatch):
    monkeypatch.undo()
    from messaging import tasks

    def away() -> None:
        raise ConnectionError

    monkeypatch.setattr(tasks.deliver_due, "delay", away)
    services.knock()


def test_deliver_due_sends_each_once(people):
    tell(people.police, people.east)
    assert deliveries.deliver_due() == 2
    assert deliveries.deliver_due() == 0
    assert sorted(letter.to[0] for letter in mail.outbox) == [
        "liaison.dong@example.invalid",
        "liaison.pcs@example.invalid",
    ]
    for delivery in Delivery.objects.select_related("message"):
        assert (delivery.state, delivery.attempts, delivery.lease_until) == ("sent", 1, None)
        assert delivery.sent_at is not None
    ids = {letter.extra_headers["Message-ID"] for letter in mail.outbox}
    assert ids == {d.letter_id for d in Delivery.objects.select_related("message")}
    assert all(re.fullmatch(r"<delivery\.\d+\.\d{16}@example\.invalid>", one) for one in ids)
    assert mail.outbox[0].subject == "线索 2026-0001 待签收"
    assert mail.outbox[0].body.startswith("请及时签收。\n")


def test_a_title_cannot_inject_headers(people):
    tell(people.police, title="标题\nBcc: x@example.invalid")
    assert deliveries.deliver_due() == 1
    assert mail.outbox[0].subject == "标题 Bcc: x@example.invalid"
    assert mail.outbox[0].recipients() == ["liaison.pcs@example.invalid"]


class Refusing(BaseEmailBackend):
    """A mail server that refuses one address."""

    def send_messages(self, email_messages: list[EmailMessage]) -> int:
        for letter in email_messages:
            if letter.to == ["liaison.pcs@example.invalid"]:
                raise smtplib.SMTPDataError(451, b"try liaison.pcs@example.invalid again")
        return len(email_messages)


class Away(BaseEmailBackend):
    def open(self) -> bool:
        raise ConnectionRefusedError


def test_a_refused_letter_is_tried_again_later_and_given_up_at_last(people, settings):
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    tell(people.police, people.east)
    before = timezone.now()
    assert deliveries.deliver_due() == 1
    refused = Delivery.objects.get(message__recipient=people.police)
    assert (refused.state, refused.attempts, refused.last_error) == (
        "queued",
        1,
        "SMTPDataError 451",
    )
    pause = refused.next_attempt_at - before
    assert dt.timedelta(seconds=30) <= pause < dt.timedelta(seconds=35)
    now = timezone.now()
    for _ in range(deliveries.MAX_ATTEMPTS - 1):
        now += 2 * deliveries.LONGEST_PAUSE
        assert deliveries.deliver_due(now) == 0
    refused.refresh_from_db()
    assert (refused.state, refused.attempts) == ("failed", 8)
    assert deliveries.deliver_due(now + 9 * deliveries.LONGEST_PAUSE) == 0


def test_a_mail_server_that_is_away_puts_all_off(people, settings):
    settings.EMAIL_BACKEND = f"{__name__}.Away"
    tell(people.police, people.east)
    assert deliveries.deliver_due() == 0
    states = Delivery.objects.values_list("state", "attempts", "last_error")
    assert list(states) == [("queued", 0, "ConnectionRefusedError")] * 2


def test_a_lost_lease_is_taken_again_and_a_kept_one_is_not(people):
    tell(people.police, people.east)
    now = timezone.now()
    lost, kept = Delivery.objects.order_by("pk")
    past, later = now - dt.timedelta(seconds=1), now + dt.timedelta(seconds=30)
    Delivery.objects.update(state="sending", attempts=1, lease_until=later)
    Delivery.objects.filter(pk=lost.pk).update(lease_until=past)
    assert deliveries.deliver_due() == 1
    lost.refresh_from_db()
    kept.refresh_from_db()
    assert (lost.state, lost.attempts) == ("sent", 2)
    assert (kept.state, kept.attempts) == ("sending", 1)


def test_a_worker_that_lost_its_lease_sends_nothing(people):
    tell(people.police)
    batch = deliveries._claim(by_email.WAY, timezone.now())
    Delivery.objects.update(takings=2)
    with by_email.session() as send_mail:
        assert deliveries._send_one(batch[0], send_mail) == 0
    assert mail.outbox == []


def test_a_delivery_that_killed_its_worker_each_time_is_given_up(people):
    tell(people.police)
    past = timezone.now() - dt.timedelta(seconds=1)
    Delivery.objects.update(state="sending", attempts=8, lease_until=past)
    assert deliveries.deliver_due() == 0
    assert Delivery.objects.get().state == "failed"


def test_the_same_delivery_twice_leaves_one_file(people, settings, tmp_path):
    settings.EMAIL_BACKEND = "messaging.backends.OneFilePerMessage"
    settings.EMAIL_FILE_PATH = tmp_path
    tell(people.police)
    assert deliveries.deliver_due() == 1
    Delivery.objects.update(state="queued")
    assert deliveries.deliver_due() == 1
    (file,) = tmp_path.iterdir()
    delivery = Delivery.objects.select_related("message").get()
    assert file.name == f"{delivery.letter_id.strip('<>')}.eml"
    letter = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    assert letter["Message-ID"] == delivery.letter_id
    assert letter["Subject"] == "线索 2026-0001 待签收"
    assert letter.get_content().startswith("请及时签收。")


@pytest.mark.parametrize("message_id", ["<../../etc/passwd>", "<.hidden@x>", "", "<a/b@c>"])
def test_a_file_name_never_leaves_the_folder(message_id):
    name = backends.file_name(message_id)
    assert "/" not in name
    assert not name.startswith(".")
    assert len(name) == 64 + len(".eml")


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_send_each_letter_once(people, settings, tmp_path, make_account, town):
    settings.EMAIL_BACKEND = "messaging.backends.OneFilePerMessage"
    settings.EMAIL_FILE_PATH = tmp_path
    for number in range(120):
        tell(people.police, subject_key=f"lead:{number}")
    children = [fork(deliveries.deliver_due) for _ in range(4)]
    assert wait(*children) == [0, 0, 0, 0]
    assert len(list(tmp_path.iterdir())) == 120
    counts = Delivery.objects.values_list("state", "attempts")
    assert set(counts) == {("sent", 1)}


@pytest.mark.django_db(transaction=True)
def test_killed_in_the_middle_no_letter_is_lost_or_doubled(people, settings, tmp_path, monkeypatch):
    settings.EMAIL_BACKEND = "messaging.backends.OneFilePerMessage"
    settings.EMAIL_FILE_PATH = tmp_path
    settings.PORTAL_DELIVERY_LEASE_SECONDS = 0.03
    monkeypatch.setattr(deliveries, "BATCH", 3)
    monkeypatch.setattr(deliveries, "MAX_ATTEMPTS", 100)
    write = backends.OneFilePerMessage._write

    def slowly(self, letter) -> None:
        time.sleep(0.004)
        write(self, letter)

    for number in range(60):
        tell(people.police, subject_key=f"lead:{number}")
    with monkeypatch.context() as slow:
        slow.setattr(backends.OneFilePerMessage, "_write", slowly)
        killed = [kill_after(fork(deliveries.deliver_due), 0.02 + 0.004 * n) for n in range(20)]
    assert killed.count(-9) >= 5
    time.sleep(0.05)
    deliveries.deliver_due()
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}
    whole = [file for file in tmp_path.iterdir() if file.suffix == ".eml"]
    assert len(whole) == 60


# Pages


def test_the_inbox_shows_ones_own_messages_only(people, client_for):
    tell(people.police, title="给民警的")
    tell(people.east, title="给东村的")
    answer = client_for(people.east).get("/messages/")
    assert answer.status_code == 200
    assert "给东村的" in answer.text
    assert "给民警的" not in answer.text


def test_reading_marks_it_and_leads_to_its_subject(people, client_for):
    tell(people.east)
    message = Message.objects.get()
    client = client_for(people.east)
    assert client.get(f"/messages/{message.pk}/read/").status_code == 405
    answer = client.post(f"/messages/{message.pk}/read/")
    assert (answer.status_code, answer.url) == (302, "/leads/2026-0001/")
    message.refresh_from_db()
    assert message.read_at is not None
    first = message.read_at
    client.post(f"/messages/{message.pk}/read/")
    message.refresh_from_db()
    assert message.read_at == first


def test_a_foreign_message_is_not_found(people, client_for):
    tell(people.east)
    answer = client_for(people.office).post(f"/messages/{Message.objects.get().pk}/read/")
    assert answer.status_code == 404
    assert Message.objects.unread().count() == 1


def test_a_message_never_leads_out_of_the_house(people, client_for):
    tell(people.east, url="https://example.com/")
    answer = client_for(people.east).post(f"/messages/{Message.objects.get().pk}/read/")
    assert answer.url == "/messages/"


def test_read_all_leaves_what_came_in_since(people, client_for):
    tell(people.east, subject_key="a")
    seen = Message.objects.get().pk
    tell(people.east, subject_key="b")
    tell(people.west, subject_key="a")
    client = client_for(people.east)
    assert client.post("/messages/read-all/", {"up_to": seen}).status_code == 302
    left = Message.objects.unread().order_by("pk")
    assert list(left.values_list("recipient__username", "subject_key")) == [
        ("liaison.dong", "b"),
        ("liaison.xi", "a"),
    ]
    assert client.post("/messages/read-all/", {"up_to": "x"}).status_code == 302


def test_the_inbox_pages_and_filters_at_a_bounded_cost(
    people, client_for, django_assert_max_num_queries
):
    for number in range(45):
        tell(people.east, subject_key=f"s{number}", title=f"第{number}条。")
    Message.objects.filter(subject_key="s44").update(read_at=timezone.now())
    client = client_for(people.east)
    with django_assert_max_num_queries(15):
        first = client.get("/messages/")
    assert "第44条。" in first.text
    assert "第25条。" in first.text
    assert "第24条。" not in first.text
    older = client.get("/messages/" + first.context["page"].older_url)
    assert "第24条。" in older.text
    assert "第25条。" not in older.text
    assert "第44条。" not in client.get("/messages/?unread=1").text
    assert client.get("/messages/?before=999999999999999999999").status_code == 200
