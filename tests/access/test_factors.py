"""The second factor: binding a phone, its codes, recovery codes, and who must have one."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Callable, Iterator

import pytest
from django.core.checks import run_checks
from django.db import connection
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from access.factors import codes, services
from access.models import Authenticator, RecoveryCode
from audit.machine import Conflict
from audit.models import Action, AuditEntry
from departments.models import Account
from departments.roles import Role
from departments.services import grant
from leads import due as due_dates
from leads.drafts import services as drafts
from leads.models import Channel, Lead, LeadDraft
from messaging.models import Message
from tests.access.phones import Phone, bind


@pytest.fixture
def required(settings) -> None:
    settings.PORTAL_FACTOR_ROLES = ["director", "custodian", "system_admin"]


def recorded(account: Account) -> list[tuple[str, str, str]]:
    factor = [Action.FACTOR_PASSED, Action.FACTOR_FAILED, Action.FACTOR_CHANGED]
    rows = AuditEntry.objects.filter(actor=account, action__in=factor).order_by("pk")
    return [(row.action, row.outcome, row.reason) for row in rows]


def views_by_name(patterns=None, namespace: str = "") -> Iterator[tuple[str, Callable]]:
    """Every view with the name of its address."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if hasattr(pattern, "url_patterns"):
            inner = f"{pattern.namespace}:" if pattern.namespace else ""
            yield from views_by_name(pattern.url_patterns, namespace + inner)
        else:
            yield f"{namespace}{pattern.name}", pattern.callback


def sign_in(client, username="director", **values):
    return client.post("/login/", {"username": username, "password": "correct horse"} | values)


# Binding


def test_a_person_who_must_have_a_factor_reaches_only_the_binding_and_the_way_out(
    client, people, required
):
    assert sign_in(client)["Location"] == "/"
    for address in ["/", "/leads/", "/account/", "/password/", "/messages/"]:
        assert client.get(address)["Location"] == "/account/factor/"
        assert client.post(address)["Location"] == "/account/factor/"
    page = client.get("/account/factor/")
    assert "绑定之后才能使用本系统" in page.text
    assert 'href="/leads/' not in page.text
    assert client.post("/logout/")["Location"] == "/login/"


def test_binding_a_phone_opens_the_portal_and_shows_the_codes_once(client, people, required):
    sign_in(client)
    assert client.post("/account/factor/", {"begin": "1"})["Location"] == "/account/factor/"
    page = client.get("/account/factor/").text
    assert 'src="data:image/svg+xml' in page
    phone = Phone.scanning(page)
    shown = client.post("/account/factor/", {"password": "correct horse", "code": phone.code()})
    assert shown.status_code == 200
    assert shown.text.count("<li><code>") == codes.RECOVERY_COUNT
    assert client.get("/leads/").status_code == 200
    assert "恢复码还剩 <strong>10</strong> 个" in client.get("/account/").text
    assert recorded(people.director) == [("factor_changed", "done", "绑定手机验证")]
    assert Message.objects.get(kind="access.factor").recipient == people.director


def test_a_wrong_password_or_code_binds_nothing(client_for, people):
    client = client_for(people.office)
    client.post("/account/factor/", {"begin": "1"})
    phone = Phone.scanning(client.get("/account/factor/").text)
    wrong = client.post("/account/factor/", {"password": "wrong", "code": phone.code()})
    assert "密码不正确" in wrong.text
    wrong = client.post("/account/factor/", {"password": "correct horse", "code": "12"})
    assert "验证码不正确" in wrong.text
    assert not services.has_factor(people.office)
    assert RecoveryCode.objects.count() == 0


def test_looking_at_the_page_begins_nothing_and_beginning_again_makes_another_secret(
    client_for, people
):
    client = client_for(people.office)
    client.get("/account/factor/")
    assert not Authenticator.objects.exists()
    client.post("/account/factor/", {"begin": "1"})
    first = Authenticator.objects.get().key
    client.post("/account/factor/", {"begin": "1"})
    assert Authenticator.objects.get().key != first


def test_a_binding_in_use_is_not_replaced_by_another(people):
    bind(people.office)
    with pytest.raises(Conflict):
        services.begin(account=people.office)


def test_the_secret_and_the_recovery_codes_do_not_lie_in_the_database(people):
    phone, paper = bind(people.office)
    with connection.cursor() as cursor:
        cursor.execute("SELECT sealed, key_id FROM access_authenticator")
        sealed, key_id = cursor.fetchone()
        cursor.execute("SELECT string_agg(digest, ' ') FROM access_recoverycode")
        digests = cursor.fetchone()[0]
    assert phone.secret not in bytes(sealed)
    assert key_id == "test"
    assert not any(code in digests or code.replace("-", "") in digests for code in paper)
    assert str(Authenticator.objects.get()) == f"验证器 {Authenticator.objects.get().pk}"


def test_a_secret_opens_for_its_own_account_only(people):
    bind(people.office)
    bind(people.director)
    mine = Authenticator.objects.get(user=people.office)
    mine.hold(Authenticator.objects.get(user=people.director).envelope)
    mine.save()
    checked = services.check(account=people.office, typed="123456")
    assert (checked.passed, checked.unreadable) == (False, True)


def test_a_change_of_keys_loses_no_secret_and_using_it_seals_it_anew(people, settings):
    phone, _ = bind(people.office)
    old = settings.PORTAL_FILE_KEYS
    new = "next:" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVoxMjM0NTY="
    settings.PORTAL_FILE_KEYS = f"{new},{old}"
    assert services.check(account=people.office, typed=phone.code()).passed
    settings.PORTAL_FILE_KEYS = new
    assert services.check(account=people.office, typed=phone.code(1)).passed


def test_a_lost_key_is_said_and_paper_still_opens(client, people, settings):
    _, paper = bind(people.office)
    settings.PORTAL_FILE_KEYS = "next:QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVoxMjM0NTY="
    sign_in(client, "office")
    assert (
        "系统读不出您的验证密钥" in client.post("/account/factor/check/", {"code": "123456"}).text
    )
    client.post("/account/factor/check/?paper=1", {"code": paper[0]})
    assert client.get("/leads/").status_code == 200


# Showing it


def test_every_session_has_to_show_it_before_anything_else(client, people):
    phone, _ = bind(people.director)
    assert sign_in(client)["Location"] == "/"
    assert client.get("/")["Location"] == "/account/factor/check/"
    asked = client.get("/leads/?tab=todo")["Location"]
    assert asked == "/account/factor/check/?next=%2Fleads%2F%3Ftab%3Dtodo"
    for address in ["/account/", "/account/factor/", "/account/factor/remove/", "/password/"]:
        assert client.get(address)["Location"].startswith("/account/factor/check/")
    wrong = client.post("/account/factor/check/", {"code": "0"})
    assert "验证码不正确" in wrong.text
    Authenticator.objects.update(throttling_failure_timestamp=timezone.now() - dt.timedelta(1))
    key = client.session.session_key
    values = {"code": phone.code(), "next": "/leads/?tab=todo"}
    assert client.post("/account/factor/check/", values)["Location"] == "/leads/?tab=todo"
    assert client.session.session_key != key
    assert client.get("/leads/").status_code == 200
    assert recorded(people.director)[1:] == [
        ("factor_failed", "refused", ""),
        ("factor_passed", "done", ""),
    ]


@pytest.fixture
def begun(people) -> LeadDraft:
    """A lead that the director has begun to type, with who reports it."""
    return drafts.save(
        actor=people.director,
        submission=uuid.uuid4(),
        content={"title": ["写了一半的标题"], "allegation": ["写了一半"]},
        reporters=[{"name": "王举报", "phone": "13900005512"}],
        expected_version=0,
    )


@pytest.mark.parametrize("step", ["factor", "password"])
def test_who_has_not_finished_signing_in_finds_no_draft_and_logs_no_lead(people, begun, step):
    """The form for logging a lead is open to who was signed out, so that no text is lost."""
    if step == "factor":
        bind(people.director)
    else:
        Account.objects.filter(pk=people.director.pk).update(must_change_password=True)
    client = Client(enforce_csrf_checks=True)
    client.force_login(Account.objects.get(pk=people.director.pk))
    address = f"/leads/new/?draft={begun.submission}"
    due = {"factor": "/account/factor/check/", "password": "/password/"}[step]
    assert client.get(address)["Location"] == due
    typed = {
        "submission": str(uuid.uuid4()),
        "channel": str(Channel.objects.get(code="hotline").pk),
        "reporter_kind": "anonymous",
        "received_on": due_dates.today().isoformat(),
        "title": "刚刚写的标题",
        "allegation": "刚刚写的",
    }
    forged = client.post(address, typed)
    client.handler.enforce_csrf_checks = False
    sent = client.post(address, typed)
    assert "刚刚写的" in sent.text  # nothing that was typed is lost
    for answer in (forged, sent, client.post(address, typed | {"resume": "1"})):
        assert answer.status_code in (401, 403)
        for secret in ("王举报", "13900005512", "写了一半的标题"):
            assert secret not in answer.text
    assert not Lead.objects.exists()
    assert LeadDraft.objects.get() == begun


def test_no_other_page_is_open_to_who_has_not_finished_signing_in():
    found = {
        name
        for name, view in views_by_name()
        if not getattr(view, "login_required", True) and not name.startswith("desk:")
    }
    assert found == {"healthz", "login", "leads:create"}


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:a"])
def test_the_code_leads_to_no_other_host(client, people, elsewhere):
    phone, _ = bind(people.director)
    sign_in(client)
    values = {"code": phone.code(), "next": elsewhere}
    assert client.post("/account/factor/check/", values)["Location"] == "/"


def test_a_code_is_good_once(people):
    phone, _ = bind(people.office)
    code = phone.code()
    assert services.check(account=people.office, typed=code).passed
    assert not services.check(account=people.office, typed=code).passed


@pytest.mark.parametrize(("steps", "passes"), [(-2, False), (1, True), (3, False)])
def test_a_clock_may_differ_by_a_step(people, steps, passes):
    phone, _ = bind(people.office)
    assert services.check(account=people.office, typed=phone.code(steps)).passed is passes


def test_full_width_digits_and_blanks_are_what_they_mean(people):
    phone, _ = bind(people.office)
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in phone.code())
    assert services.check(account=people.office, typed=f" {wide[:3]} {wide[3:]} ").passed


def test_wrong_codes_make_one_wait_twice_as_long_each_time(people):
    phone, _ = bind(people.office)
    waits = []
    for count in range(1, 6):
        Authenticator.objects.update(throttling_failure_count=count - 1)
        Authenticator.objects.update(throttling_failure_timestamp=None)
        assert services.check(account=people.office, typed="0").wait == 0
        waits.append(services.check(account=people.office, typed=phone.code()).wait)
    assert waits == [1, 2, 4, 8, 16]
    refused = services.check(account=people.office, typed=phone.code())
    assert not refused.passed
    assert refused.words == "连续输错，请在 16 秒后再试。"


def test_a_recovery_code_is_good_once_and_the_person_is_told(client, people):
    _, paper = bind(people.director)
    sign_in(client)
    page = client.get("/account/factor/check/?paper=1&next=/leads/")
    assert "恢复码" in page.text
    client.post("/account/factor/check/?paper=1", {"code": paper[3].lower().replace("-", " ")})
    assert client.get("/leads/").status_code == 200
    assert not services.check(account=people.director, typed=paper[3]).passed
    assert services.codes_left(people.director) == 9
    told = Message.objects.filter(recipient=people.director, title="您的一个恢复码已被使用")
    assert told.count() == 1
    assert paper[3] not in "".join(AuditEntry.objects.values_list("reason", flat=True))


def test_another_persons_recovery_code_opens_nothing(people):
    _, paper = bind(people.office)
    bind(people.director)
    assert not services.check(account=people.director, typed=paper[0]).passed


@pytest.mark.django_db(transaction=True)
def test_of_two_who_send_one_code_at_once_one_passes(people):
    _, paper = bind(people.office)
    passed, start = [], threading.Barrier(2)

    def send() -> None:
        start.wait()
        passed.append(services.check(account=people.office, typed=paper[0]).passed)
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(passed) == [False, True]


# Giving it up


def test_new_codes_and_giving_it_up_need_a_code(client, people):
    phone, paper = bind(people.office)
    sign_in(client, "office")
    client.post("/account/factor/check/", {"code": phone.code()})
    assert "验证码不正确" in client.post("/account/factor/codes/", {"code": "1"}).text
    Authenticator.objects.update(throttling_failure_timestamp=None)
    fresh = client.post("/account/factor/codes/", {"code": phone.code(1)})
    assert fresh.text.count("<li><code>") == 10
    assert not services.check(account=people.office, typed=paper[0]).passed
    Authenticator.objects.update(last_step=-1, throttling_failure_timestamp=None)
    done = client.post("/account/factor/remove/", {"code": phone.code()})
    assert done["Location"] == "/account/"
    assert not Authenticator.objects.exists()
    assert not RecoveryCode.objects.exists()
    assert client.get("/leads/").status_code == 200


def test_who_must_have_one_binds_the_next_phone_at_once(client, people, required):
    phone, _ = bind(people.director)
    sign_in(client)
    client.post("/account/factor/check/", {"code": phone.code()})
    done = client.post("/account/factor/remove/", {"code": phone.code(1)})
    assert done["Location"] == "/account/factor/"
    assert client.get("/leads/")["Location"] == "/account/factor/"


# Who must have one


def test_a_role_that_needs_one_asks_for_it_at_the_next_request(client_for, people, town, required):
    client = client_for(people.east)
    assert client.get("/leads/").status_code == 200
    people.east.memberships.all().delete()
    grant(account=people.east, unit=town.office, role=Role.CUSTODIAN)
    assert client.get("/leads/")["Location"] == "/account/factor/"


def test_a_session_that_knows_nothing_of_it_is_asked_all_the_same(client_for, people):
    """However it was made: it is not taken for one that has shown the factor."""
    bind(people.office)
    client = client_for(people.office)
    session = client.session
    del session["second_factor"]
    session.save()
    assert client.get("/leads/")["Location"].startswith("/account/factor/check/")


def test_the_gate_costs_no_query(client_for, people, required, django_assert_num_queries):
    client = client_for(people.office)
    client.get("/account/factor/check/")
    # The session, the account, its roles: what every page reads.
    with django_assert_num_queries(3):
        assert client.get("/account/factor/check/").status_code == 302


def test_a_misspelt_role_stops_the_start(settings):
    assert [error.id for error in run_checks() if error.id == "access.E001"] == []
    settings.PORTAL_FACTOR_ROLES = ["custodain"]
    [error] = [error for error in run_checks() if error.id == "access.E001"]
    assert "custodain" in error.msg
