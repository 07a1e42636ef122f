"""The public notice, and who keeps the contacts that stand on it."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied

from audit.machine import Conflict
from audit.seen import mark_of
from departments import services
from departments.models import Unit
from leads.models import Conduct


def text(response):
    return response.content.decode()


def sent(unit, **changes):
    unit.refresh_from_db()
    values = {
        "seen": mark_of(services.contact_words(unit)),
        "hotline": "000-1234",
        "mailbox": "镇政府门口信箱",
    }
    return values | {"address": "综治中心一楼", "hours": "工作日 8:30—17:30"} | changes


def test_a_unit_keeps_its_own_contacts_and_they_are_on_its_notice(client_for, people, town):
    client = client_for(people.east)
    assert client.post("/units/dong/contact/", sent(town.east)).status_code == 302
    page = text(client.get("/leads/notice/dong/"))
    for words in ("000-1234", "镇政府门口信箱", "综治中心一楼", "东村"):
        assert words in page
    for conduct in Conduct.objects.all():
        assert conduct.name in page
    for words in ("依法信访", "诬告陷害", "予以保护"):
        assert words in page


def test_the_office_keeps_those_of_its_town(client_for, people, town):
    office = client_for(people.office)
    assert office.post("/units/shb/contact/", sent(town.office)).status_code == 302
    assert office.post("/units/xi/contact/", sent(town.west)).status_code == 302
    assert "000-1234" in text(office.get("/leads/notice/"))
    # A unit's notice has the office on it too.
    assert text(office.get("/leads/notice/dong/")).count("000-1234") == 1


def test_who_may_not(client_for, people, far_people, town):
    assert client_for(people.west).post("/units/dong/contact/", {}).status_code == 403
    assert client_for(far_people.office).get("/units/dong/contact/").status_code == 404
    values = sent(town.east)
    with pytest.raises(PermissionDenied):
        services.set_contact(unit=town.east, actor=people.west, **values)


def test_of_two_the_second_is_told_and_keeps_what_was_typed(client_for, people, town):
    values = sent(town.east)
    client_for(people.office).post("/units/dong/contact/", values | {"hotline": "000-1111"})
    response = client_for(people.east).post(
        "/units/dong/contact/", values | {"hotline": "000-2222"}
    )
    page = text(response)
    assert "刚刚在别处被修改过" in page
    assert "举报电话：000-1111" in page
    assert 'value="000-2222"' in page
    assert Unit.objects.get(code="dong").hotline == "000-1111"
    with pytest.raises(Conflict):
        services.set_contact(unit=town.east, actor=people.east, **values)
    mark = response.context["form"]["seen"].value()
    client_for(people.east).post(
        "/units/dong/contact/", values | {"hotline": "000-2222", "seen": mark}
    )
    assert Unit.objects.get(code="dong").hotline == "000-2222"


def test_other_fields_of_a_unit_are_not_touched(client_for, people, town):
    extra = {"name": "改名", "receives_leads": "on", "is_active": "", "kind": "town"}
    client_for(people.east).post("/units/dong/contact/", sent(town.east, **extra))
    unit = Unit.objects.get(code="dong")
    assert (unit.name, unit.receives_leads, unit.is_active, unit.kind) == (
        "东村",
        False,
        True,
        "village",
    )


def test_without_any_contact_the_notice_says_so(client_for, people, town):
    assert "还没有填写" in text(client_for(people.office).get("/leads/notice/"))
