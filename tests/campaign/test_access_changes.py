"""Whoever loses an account or a role loses it at once: the next request obeys."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.utils import timezone

from access.models import Session
from access.sessions.engine import SINCE
from departments.models import Account, Membership
from departments.roles import Role
from departments.services import grant
from jobs.models import Job


@pytest.mark.parametrize("address", ["/", "/leads/", "/leads/new/", "/messages/", "/exports/"])
def test_a_disabled_account_is_signed_out(client_for, people, address):
    client = client_for(people.office)
    assert client.get(address).status_code == 200
    Account.objects.filter(pk=people.office.pk).update(is_active=False)
    assert client.get(address)["Location"] == f"/login/?next={address}"
    assert client.post(address)["Location"] == f"/login/?next={address}"


def test_a_disabled_account_cannot_sign_in(client, people):
    Account.objects.filter(pk=people.office.pk).update(is_active=False)
    values = {"username": "office", "password": "correct horse"}
    assert client.post("/login/", values).status_code == 200
    assert "_auth_user_id" not in client.session


def test_a_lost_role_is_lost_at_once(client_for, people, make_assigned):
    lead = make_assigned()
    client = client_for(people.police)
    assert client.get(f"/leads/{lead.number}/").status_code == 200
    Membership.objects.filter(account=people.police).delete()
    assert client.get(f"/leads/{lead.number}/").status_code == 404
    assert client.get("/leads/").status_code == 403
    assert client.get("/reports/mine/").status_code == 403
    assert "登记线索" not in client.get("/").text


def test_another_role_is_another_view_at_once(client_for, people, town, make_assigned):
    lead = make_assigned()
    client = client_for(people.police)
    Membership.objects.filter(account=people.police).delete()
    grant(account=people.police, unit=town.land, role=Role.LIAISON)
    assert client.get(f"/leads/{lead.number}/").status_code == 404
    assert client.get("/leads/").status_code == 200


def test_a_new_password_ends_the_other_sessions(client_for, people):
    here, elsewhere = client_for(people.office), client_for(people.office)
    new = "a new and longer horse"
    values = {"old_password": "correct horse", "new_password1": new, "new_password2": new}
    assert here.post("/password/", values).status_code == 302
    assert here.get("/leads/").status_code == 200
    assert elsewhere.get("/leads/")["Location"] == "/login/?next=/leads/"


def test_idle_time_begins_anew_with_every_page_and_is_written_once_a_minute(client_for, people):
    client = client_for(people.office)
    client.get("/")
    sessions = Session.objects.filter(pk=client.session.session_key)
    fresh = sessions.get().expire_date
    client.get("/")
    assert sessions.get().expire_date == fresh
    sessions.update(expire_date=fresh - dt.timedelta(seconds=61))
    assert client.get("/").status_code == 200
    assert sessions.get().expire_date >= fresh
    sessions.update(expire_date=timezone.now())
    assert client.get("/")["Location"] == "/login/?next=/"


def test_a_page_that_asks_by_itself_does_not_keep_a_session(client_for, people):
    job = Job.objects.create(
        kind="test", title="测试", requested_by=people.office, submission=uuid.uuid4()
    )
    client, address = client_for(people.office), f"/exports/{job.public_id}/"
    client.get(address)
    sessions = Session.objects.filter(pk=client.session.session_key)
    older = sessions.get().expire_date - dt.timedelta(minutes=10)
    sessions.update(expire_date=older)
    assert client.get(address, headers={"hx-request": "true"}).status_code == 200
    assert sessions.get().expire_date == older
    client.get(address)
    assert sessions.get().expire_date > older


def test_a_session_ends_a_set_time_after_the_sign_in_however_busy_it_is(client, people):
    client.post("/login/", {"username": "office", "password": "correct horse"})
    assert client.get("/leads/").status_code == 200
    session = client.session
    session[SINCE] -= 12 * 3600 - 60
    session.save()
    assert client.get("/leads/").status_code == 200
    session[SINCE] -= 60
    session.save()
    assert client.get("/leads/")["Location"] == "/login/?next=/leads/"
    assert not Session.objects.exists()
