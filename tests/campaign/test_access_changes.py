"""Whoever loses an account or a role loses it at once: the next request obeys."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from departments.models import Account, Membership
from departments.roles import Role
from departments.services import grant


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
