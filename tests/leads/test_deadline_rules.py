"""A town's rules: who settles them, what they change, and what pages say of them."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, IntegrityError, transaction

from audit.machine import Conflict
from departments import calendar
from leads import due, services
from leads.deadlines.kinds import USUAL, Basis, DeadlineKind, Rule
from leads.deadlines.models import DeadlineRule
from leads.deadlines.rules import Rules
from leads.deadlines.services import settle
from leads.models import Conduct, Lead

PAGE = "/leads/deadlines/"
ORDINARY = DeadlineKind.ORDINARY


@pytest.fixture
def settle_ordinary(town, people):
    def do(rule: Rule, version: int = 0, actor=None) -> int:
        return settle(
            actor=actor or people.director,
            town=town.unit.pk,
            rules=dict(USUAL) | {ORDINARY: rule},
            versions=dict.fromkeys(USUAL, 0) | {ORDINARY: version},
        )

    return do


def posted(**changes: object) -> dict[str, object]:
    """The page's form as it is shown at first, with some changes."""
    values = {}
    for kind, rule in USUAL.items():
        values[f"{kind}-days"], values[f"{kind}-basis"] = rule.days, rule.basis
        values[f"{kind}-near_days"], values[f"{kind}-version"] = rule.near_days, 0
    return values | {name.replace("__", "-"): value for name, value in changes.items()}


def test_only_what_differs_is_written(settle_ordinary):
    assert settle_ordinary(USUAL[ORDINARY]) == 0
    assert settle_ordinary(Rule(10, Basis.WORKING, 2)) == 1
    assert settle_ordinary(Rule(10, Basis.WORKING, 2), 1) == 0
    assert DeadlineRule.objects.count() == 1


def test_a_rule_holds_for_its_town_alone(settle_ordinary, town, other_town):
    settle_ordinary(Rule(10, Basis.WORKING, 2))
    assert Rules.of(town.unit.pk).by_kind[ORDINARY] == Rule(10, Basis.WORKING, 2)
    assert Rules.of(town.unit.pk).by_kind[DeadlineKind.MAJOR] == USUAL[DeadlineKind.MAJOR]
    assert Rules.of(other_town.unit.pk).by_kind == USUAL


def test_who_was_slower_is_told_and_history_stays(settle_ordinary):
    settle_ordinary(Rule(10, Basis.WORKING, 2))
    with pytest.raises(Conflict, match="刚刚在别处被修改过"):
        settle_ordinary(Rule(12, Basis.WORKING, 2))
    settle_ordinary(Rule(12, Basis.WORKING, 2), 1)
    rows = DeadlineRule.objects.filter(kind=ORDINARY)
    assert list(rows.values_list("days", "version")) == [(12, 2), (10, 1)]
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.update(days=1)


@pytest.mark.parametrize("name", ["office", "police_leader", "town_leader", "sysadmin"])
def test_only_the_director_settles(settle_ordinary, people, name):
    with pytest.raises(PermissionDenied):
        settle_ordinary(Rule(10, Basis.WORKING, 2), actor=getattr(people, name))
    assert DeadlineRule.objects.count() == 0


def test_the_director_of_another_town_does_not(settle_ordinary, far_people):
    with pytest.raises(PermissionDenied):
        settle_ordinary(Rule(10, Basis.WORKING, 2), actor=far_people.director)


@pytest.mark.parametrize("rule", [Rule(0, "calendar", 0), Rule(5, "calendar", 5)])
def test_senseless_rules_are_refused(settle_ordinary, town, people, rule):
    with pytest.raises(ValidationError):
        settle_ordinary(rule)
    with pytest.raises(IntegrityError), transaction.atomic():
        DeadlineRule.objects.create(
            jurisdiction=town.unit,
            kind=ORDINARY,
            version=1,
            days=rule.days,
            basis=rule.basis,
            near_days=rule.near_days,
            set_by=people.director,
        )


def test_the_director_edits_the_page(client_for, people, town):
    client = client_for(people.director)
    assert "还没有修改过" in client.get(PAGE).content.decode()
    done = client.post(PAGE, posted(ordinary__days=20, ordinary__basis="working"), follow=True)
    page = done.content.decode()
    assert "已修改 1 项" in page
    assert "20 个工作日，提前 3 个工作日为临期" in page
    again = client.post(PAGE, posted(ordinary__days=21), follow=True).content.decode()
    assert "刚刚在别处被修改过" in again
    assert Rules.of(town.unit.pk).by_kind[ORDINARY].days == 20


def test_a_wrong_number_stays_as_typed_and_nothing_is_written(client_for, people):
    values = posted(ordinary__days="-3", major__near_days=9)
    response = client_for(people.director).post(PAGE, values)
    page = response.content.decode()
    assert response.status_code == 200
    assert 'value="-3"' in page
    assert "临期提前的天数须少于期限。" in page
    assert "请先改正以下内容" in page
    assert DeadlineRule.objects.count() == 0


def test_the_office_sees_them_and_cannot_change_them(client_for, people):
    page = client_for(people.office).get(PAGE).content.decode()
    assert "期限由扫黑办主任修改" in page
    assert "保存" not in page


def test_the_assign_form_offers_the_towns_deadline_and_says_what_is_unsure(
    settle_ordinary, client_for, people, make_lead, monkeypatch
):
    calendar.seed(2026)
    settle_ordinary(Rule(3, Basis.WORKING, 1))
    lead = make_lead()
    monkeypatch.setattr(due, "today", lambda: dt.date(2026, 12, 30))
    page = client_for(people.office).get(f"/leads/{lead.number}/assign/").content.decode()
    assert 'value="2027-01-04"' in page
    assert "一般线索 3 个工作日，重大线索 7 个自然日" in page
    assert "2027年节假日数据尚未录入" in page


def test_the_lead_keeps_when_it_is_near_and_its_page_says_what_is_unsure(
    settle_ordinary, client_for, people, make_assigned
):
    calendar.seed(due.today().year)
    settle_ordinary(Rule(3, Basis.WORKING, 1))
    far = dt.date(due.today().year + 1, 3, 1)
    lead = make_assigned(due_on=far)
    expected = Rules.of(lead.jurisdiction_id).near_days(ORDINARY, far)
    assert (lead.near_days, lead.assignments.get().near_days) == (expected, expected)
    page = client_for(people.office).get(f"/leads/{lead.number}/").content.decode()
    assert f"{far.year}年节假日数据尚未录入" in page


def test_until_when_a_reporter_who_gave_a_name_is_contacted(client_for, people, make_lead):
    lead = make_lead(reporter_kind="named")
    address = f"/leads/{lead.number}/"
    by = lead.received_on + dt.timedelta(days=30)
    assert f"应在 {by} 以前" in client_for(people.office).get(address).content.decode()
    assert "联系实名举报人" not in client_for(people.town_leader).get(address).content.decode()
    Lead.objects.update(reporter_kind="anonymous")
    assert "联系实名举报人" not in client_for(people.office).get(address).content.decode()


JOINT = {
    DeadlineKind.TO_POLICE: Rule(4, Basis.WORKING, 2),
    DeadlineKind.TO_DISCIPLINE: Rule(12, Basis.CALENDAR, 4),
}


@pytest.fixture
def halves(town, people, client_for, make_lead, monkeypatch):
    """What a 双移交 of Wednesday 2026-11-25 gives to each, by the town's own rules."""
    calendar.seed(2026)
    settle(
        actor=people.director,
        town=town.unit.pk,
        rules=dict(USUAL) | JOINT,
        versions=dict.fromkeys(USUAL, 0),
    )
    lead = make_lead(umbrella_suspected=True)
    monkeypatch.setattr(due, "today", lambda: dt.date(2026, 11, 25))
    office, address = client_for(people.office), f"/leads/{lead.number}/assign/"
    page = office.get(address)
    assert "4 个工作日，可以修改" in page.content.decode()
    assert "12 个自然日，可以修改" in page.content.decode()
    form = page.context["form"]
    sent = {name: form[name].value() for name in form.fields if name != "units"}
    sent |= {"is_joint": "on", "umbrella_suspected": "on", "is_major": None}
    sent["conduct"] = Conduct.objects.get(code="extortion").pk
    response = office.post(
        address, {name: value for name, value in sent.items() if value is not None}
    )
    assert response.status_code == 302, response.context["form"].errors
    return {part.unit: part for part in lead.assignments.select_related("unit", "lead")}


def test_each_half_of_a_joint_transfer_keeps_its_own_rule(town, halves):
    police, discipline = halves[town.police], halves[town.discipline]
    # Four working days on, over a weekend; near from two working days before, a Friday.
    assert (police.due_on, police.near_days) == (dt.date(2026, 12, 1), 4)
    assert (discipline.due_on, discipline.near_days) == (dt.date(2026, 12, 7), 4)
    # The lead shows the next of the two, with its own warning.
    assert (police.lead.due_on, police.lead.near_days) == (dt.date(2026, 12, 1), 4)


def test_an_extended_half_stays_under_its_own_rule(town, people, halves):
    police = halves[town.police]
    asked = services.extensions.ask(
        assignment=police,
        actor=people.police,
        new_due_on=dt.date(2026, 12, 9),
        reason="需要补充证据",
        expected_version=police.version,
    )
    services.extensions.grant(extension=asked, actor=people.director)
    police.refresh_from_db()
    # A Wednesday: two working days before it are two days. A general lead would have three.
    assert (police.due_on, police.near_days) == (dt.date(2026, 12, 9), 2)
