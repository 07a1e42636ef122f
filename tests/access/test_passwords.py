"""Initial passwords, the rules, and that nobody learns which accounts there are."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.test import Client
from django.utils import timezone

from access.models import FormerPassword
from audit.models import Action, AuditEntry
from departments.models import Account

NEW = "a new and longer horse"


def change(client: Client, new: str = NEW, old: str = "correct horse"):
    return client.post(
        "/password/", {"old_password": old, "new_password1": new, "new_password2": new}
    )


# Initial passwords


def test_whoever_has_an_initial_password_reaches_only_its_change_and_the_way_out(client, people):
    Account.objects.filter(pk=people.office.pk).update(must_change_password=True)
    client.post("/login/", {"username": "office", "password": "correct horse"})
    for address in ["/", "/leads/", "/account/", "/account/factor/", "/messages/"]:
        assert client.get(address)["Location"] == "/password/"
        assert client.post(address)["Location"] == "/password/"
    page = client.get("/password/").text
    assert "您现在用的是初始密码" in page
    assert 'href="/leads/' not in page
    assert change(client, "correct horse").status_code == 200
    assert change(client)["Location"] == "/password/done/"
    assert client.get("/leads/").status_code == 200
    people.office.refresh_from_db()
    assert not people.office.must_change_password
    assert people.office.check_password(NEW)
    entry = AuditEntry.objects.get(action=Action.PASSWORD_CHANGED)
    assert (entry.actor, entry.object_label) == (people.office, "office")


def test_a_password_that_somebody_else_sets_is_an_initial_one(town):
    account = Account.objects.create_user("fresh", full_name="新人", password="first horse")
    assert account.must_change_password
    account.must_change_password = False
    account.set_password("second horse")
    assert account.must_change_password


def test_hashing_a_known_password_anew_makes_it_no_initial_one(people, settings):
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.ScryptPasswordHasher",
        "django.contrib.auth.hashers.MD5PasswordHasher",
    ]
    assert people.office.check_password("correct horse")
    assert not people.office.must_change_password
    people.office.refresh_from_db()
    assert people.office.password.startswith("scrypt$")
    assert not people.office.must_change_password


def test_the_factor_comes_before_the_password_and_its_binding_after(client, people, settings):
    settings.PORTAL_FACTOR_ROLES = ["director"]
    Account.objects.filter(pk=people.director.pk).update(must_change_password=True)
    client.post("/login/", {"username": "director", "password": "correct horse"})
    assert client.get("/")["Location"] == "/password/"
    change(client)
    assert client.get("/")["Location"] == "/account/factor/"


# The rules


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("Sh0rt!", "密码太短"),
        ("1029384756102", "密码只包含数字"),
        ("password123", "这个密码太常见了"),
        ("correct horse", "新密码不能与现在的密码相同"),
    ],
)
def test_what_is_refused_without_any_setting(client_for, people, password, words):
    page = change(client_for(people.office), password)
    assert page.status_code == 200
    assert words in page.text


def test_kinds_of_signs_are_asked_for_where_the_setting_says_so(client_for, people, settings):
    settings.PORTAL_PASSWORD_CLASSES = 3
    client = client_for(people.office)
    assert "四类中，至少要有 3 类" in change(client, "onlysmallletters").text
    assert change(client, "Small and 1 digit").status_code == 302


def test_the_last_passwords_are_refused_and_no_more_are_kept(client_for, people, settings):
    settings.PORTAL_PASSWORD_HISTORY = 2
    client, old = client_for(people.office), "correct horse"
    for new in ["first longer horse", "second longer horse", "third longer horse"]:
        assert change(client, new, old).status_code == 302
        old = new
    assert FormerPassword.objects.count() == 2
    assert "最近 2 次" in change(client, "first longer horse", old).text
    assert change(client, "correct horse", old).status_code == 302


def test_the_old_password_is_not_found_out_by_trying(client_for, people, settings):
    client = client_for(people.office)
    for _ in range(settings.AXES_FAILURE_LIMIT):
        assert change(client, old="wrong").status_code == 200
    failed = AuditEntry.objects.filter(action=Action.SIGN_IN_FAILED, actor=people.office)
    assert failed.count() == settings.AXES_FAILURE_LIMIT
    assert "原密码不符次数过多" in change(client).text
    assert change(client_for(people.civil))["Location"] == "/password/done/"


def test_nothing_is_kept_where_no_history_is_asked_for(client_for, people):
    change(client_for(people.office))
    assert not FormerPassword.objects.exists()


def test_a_password_grows_old_only_where_the_setting_says_so(client_for, people, settings):
    client = client_for(people.office)
    Account.objects.update(password_set_at=timezone.now() - dt.timedelta(days=91))
    assert client.get("/leads/").status_code == 200
    settings.PORTAL_PASSWORD_DAYS = 90
    assert client.get("/leads/")["Location"] == "/password/"
    assert "用了很久" in client.get("/password/").text
    change(client)
    assert client.get("/leads/").status_code == 200


# No account can be found out


def answer(username: str, password: str) -> tuple[int, str]:
    """The answer without what was typed and the token of the form."""
    response = Client().post("/login/", {"username": username, "password": password})
    text = response.text.replace(username, "")
    return response.status_code, text[text.find("<h1>") : text.find("csrfmiddlewaretoken")] + (
        text[text.find("</form>") :]
    )


def test_unknown_disabled_and_wrong_read_the_same(people, settings):
    settings.PORTAL_DEMO = False  # the try-out names its accounts on the page
    Account.objects.filter(pk=people.civil.pk).update(is_active=False)
    wrong = answer("office", "wrong")
    assert "请输入一个正确的" in wrong[1]
    assert answer("nobody", "wrong") == wrong
    assert answer("liaison.mzb", "wrong") == wrong
    assert answer("liaison.mzb", "correct horse") == wrong


def test_a_locked_account_reads_like_one_that_does_not_exist(people, settings):
    settings.AXES_ENABLED = True
    answers = {}
    for username in ["office", "nobody"]:
        for _ in range(settings.AXES_FAILURE_LIMIT):
            answers[username] = answer(username, "wrong")
    assert answers["office"] == answers["nobody"]
    assert answers["office"][0] == 429
    assert answer("office", "correct horse") == answers["nobody"]


def test_unknown_disabled_and_wrong_take_the_same_work(people, settings, monkeypatch):
    """Nearly all the time of an answer goes into hashing: it is done as often for each."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    hashed: list[int] = []
    encode = PBKDF2PasswordHasher.encode

    def counting(self, password, salt, iterations=None):
        hashed.append(iterations or self.iterations)
        return encode(self, password, salt, iterations)

    monkeypatch.setattr(PBKDF2PasswordHasher, "encode", counting)
    for person in [people.office, people.civil]:
        person.set_password("correct horse")
        person.must_change_password = False
        person.save()
    Account.objects.filter(pk=people.civil.pk).update(is_active=False)
    taken = {}
    for username in ["office", "nobody", "liaison.mzb"]:
        hashed.clear()
        answer(username, "wrong")
        taken[username] = list(hashed)
    assert taken["office"] == taken["nobody"] == taken["liaison.mzb"] != []
