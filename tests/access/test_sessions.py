"""One's own sessions: seen in plain words, ended from elsewhere."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils import timezone

from access.models import Session
from access.sessions import devices, services
from access.tasks import delete_expired_sessions
from audit.models import Action, AuditEntry

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/86.0 Safari/537.36"
PHONE = "Mozilla/5.0 (Linux; Android 12) AppleWebKit/537.36 Chrome/107 Mobile MicroMessenger/8.0"


@pytest.fixture
def signed_in(people):
    def sign_in(agent: str, address: str, username: str = "office") -> Client:
        client = Client(headers={"user-agent": agent}, REMOTE_ADDR=address)
        client.post("/login/", {"username": username, "password": "correct horse"})
        return client

    return sign_in


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (WINDOWS, "Windows 电脑，Chrome 内核浏览器"),
        (WINDOWS + " Edg/110", "Windows 电脑，Edge"),
        (PHONE, "安卓手机或平板，微信"),
        ("", "未知设备，未知浏览器"),
    ],
)
def test_a_browser_in_plain_words(agent, words):
    assert devices.in_words(agent) == words


def test_one_sees_from_where_one_is_signed_in_and_no_key(signed_in):
    here, there = signed_in(WINDOWS, "10.0.0.7"), signed_in(PHONE, "10.0.0.8")
    signed_in(PHONE, "10.0.0.9", "director")
    page = here.get("/account/").text
    assert "Windows 电脑，Chrome 内核浏览器" in page
    assert "安卓手机或平板，微信" in page
    assert "10.0.0.7" in page
    assert "10.0.0.8" in page
    assert "10.0.0.9" not in page
    assert page.count("本机") == 1
    for client in (here, there):
        assert client.session.session_key not in page


def test_one_session_is_ended_and_the_next_request_knows_it(signed_in, people):
    here, there = signed_in(WINDOWS, "10.0.0.7"), signed_in(PHONE, "10.0.0.8")
    [handle] = re.findall(r'name="session" value="([0-9a-f]+)"', here.get("/account/").text)
    assert here.post("/account/sessions/end/", {"session": handle})["Location"] == "/account/"
    assert there.get("/leads/")["Location"] == "/login/?next=/leads/"
    assert here.get("/leads/").status_code == 200
    entry = AuditEntry.objects.get(action=Action.SESSIONS_ENDED)
    assert (entry.actor, entry.reason) == (people.office, "退出一处登录，1 处")


def test_nobody_ends_a_session_of_somebody_else(signed_in, people):
    here, other = signed_in(WINDOWS, "10.0.0.7"), signed_in(PHONE, "10.0.0.9", "director")
    [theirs] = services.sessions_of(people.director, this_one=None)
    here.post("/account/sessions/end/", {"session": theirs.handle})
    here.post("/account/sessions/end-others/")
    assert other.get("/leads/").status_code == 200


def test_all_others_end_at_once(signed_in):
    here = signed_in(WINDOWS, "10.0.0.7")
    others = [signed_in(PHONE, f"10.0.1.{number}") for number in range(3)]
    here.post("/account/sessions/end-others/")
    assert [client.get("/leads/").status_code for client in [here, *others]] == [200, 302, 302, 302]


def test_a_new_password_leaves_one_session(signed_in, people):
    here = signed_in(WINDOWS, "10.0.0.7")
    signed_in(PHONE, "10.0.0.8")
    new = "a new and longer horse"
    values = {"old_password": "correct horse", "new_password1": new, "new_password2": new}
    here.post("/password/", values)
    [left] = services.sessions_of(people.office, this_one=here.session.session_key)
    assert left.is_this_one
    assert left.address == "10.0.0.7"


def test_what_has_ended_is_deleted_with_its_address(signed_in):
    signed_in(WINDOWS, "10.0.0.7")
    Session.objects.update(expire_date=timezone.now())
    delete_expired_sessions()
    assert not Session.objects.exists()


def test_signing_out_deletes_the_session(signed_in):
    client = signed_in(WINDOWS, "10.0.0.7")
    client.post("/logout/")
    assert not Session.objects.exclude(account=None).exists()
