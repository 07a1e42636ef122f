"""委托签发: who signs in the leader's place, from when to when, and what says so."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import Error, connection, transaction
from django.utils import timezone

from audit.machine import Conflict
from audit.models import Action, AuditEntry
from departments.models import Account, Membership
from departments.roles import Role
from messaging.models import Message
from reporting.corrections import services as corrections
from reporting.delegations import services
from reporting.delegations.models import MOST_AHEAD, MOST_DAYS, SigningDelegation
from reporting.periods.models import ReportExpectation
from reporting.weekly import services as weekly
from reporting.weekly.models import WeeklyReport
from tests.processes import fork, wait
from tests.reporting.conftest import content_of

DAY = dt.timedelta(days=1)


def days(first: int, last: int) -> dict[str, dt.date]:
    today = timezone.localdate()
    return {"first_day": today + first * DAY, "last_day": today + last * DAY}


@pytest.fixture
def delegated(town, people):
    """The east village's head lets its liaison sign, from today on."""

    def make(**changes) -> SigningDelegation:
        values = {
            "actor": people.east_leader,
            "unit": town.east,
            "leader": people.east_leader,
            "to": people.east,
            "reason": "外出培训",
            **days(0, 3),
        }
        return services.delegate(**values | changes)

    return make


def sign(actor, report: WeeklyReport) -> WeeklyReport:
    report = WeeklyReport.objects.get(pk=report.pk)
    return weekly.sign(
        actor=Account.objects.get(pk=actor.pk), report=report, expected_version=report.version
    )


def sql(statement: str, *values) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_a_delegate_signs_and_everything_says_for_whom(people, draft, delegated):
    report = draft(found=2)
    with pytest.raises(PermissionDenied):
        sign(people.east, report)
    row = delegated()
    report = sign(people.east, report)
    assert (report.state, report.signed_by, report.delegation) == ("signed", people.east, row)
    assert report.signer == "liaison.dong（受leader.dong委托）"
    assert report.is_signed_by_its_writer
    event = report.events.get(verb="sign")
    assert event.note == "受leader.dong委托签字。填报人与签发人是同一人。"
    report = WeeklyReport.objects.get(pk=report.pk)
    assert report.signature_holds
    report.delegation = None
    assert not report.signature_holds
    # Returned, the signature and its ground are void together.
    report = weekly.give_back(
        actor=people.office, report=report, expected_version=report.version, note="补充"
    )
    assert (report.delegation, report.signature) == (None, "")
    # The leader who is back signs as ever, and says nothing of it.
    report = sign(people.east_leader, report)
    assert (report.signer, report.events.last().note) == ("leader.dong", "")
    assert not report.is_signed_by_its_writer


def test_it_holds_from_its_first_day_to_its_last(people, draft, delegated):
    report, row = draft(), delegated(**days(1, 2))
    with pytest.raises(PermissionDenied):
        sign(people.east, report)
    today = timezone.localdate()
    for day, holds in ((1, True), (2, True), (3, False)):
        in_force = SigningDelegation.objects.in_force(today + day * DAY)
        assert in_force.filter(pk=row.pk).exists() == holds


def test_ended_it_counts_no_more_on_the_next_request(people, draft, delegated):
    report, row = draft(), delegated()
    for stranger in (people.east, people.west, people.office, people.town_leader):
        with pytest.raises(PermissionDenied):
            services.end(actor=stranger, delegation=row)
    services.end(actor=people.east_leader, delegation=row)
    with pytest.raises(PermissionDenied):
        sign(people.east, report)
    with pytest.raises(Conflict, match="已经结束"):
        services.end(actor=people.director, delegation=row)
    told = Message.objects.order_by("pk").values_list("kind", "recipient__username")
    assert list(told) == [
        ("delegation_set", "liaison.dong"),
        ("delegation_ended", "liaison.dong"),
    ]
    entries = AuditEntry.objects.filter(action=Action.SIGNING_DELEGATED).order_by("pk")
    span = f"{row.first_day} 至 {row.last_day}"
    assert list(entries.values_list("actor_name", "object_label", "reason")) == [
        ("leader.dong", "东村委托签发", f"leader.dong委托liaison.dong，{span}，外出培训"),
        ("leader.dong", "东村委托签发", f"提前结束leader.dong对liaison.dong的委托（{span}）"),
    ]
    # The days are free again.
    assert delegated().pk != row.pk


@pytest.mark.parametrize("who", ["east_leader", "east"])
def test_it_is_no_better_than_the_right_behind_it(people, draft, delegated, who):
    """A leader who is no leader any more, a delegate who has left the unit."""
    report = draft()
    delegated()
    Membership.objects.filter(account=getattr(people, who)).update(role=Role.CUSTODIAN)
    with pytest.raises(PermissionDenied):
        sign(people.east, report)
    Account.objects.filter(pk=people.east_leader.pk).update(is_active=False)
    assert not SigningDelegation.objects.in_force().exists()


def test_the_director_names_somebody_for_a_leader_who_is_away(people, delegated):
    row = delegated(actor=people.director)
    assert (row.leader, row.set_by) == (people.east_leader, people.director)
    told = Message.objects.filter(kind="delegation_set").order_by("recipient__username")
    assert [one.recipient.username for one in told] == ["leader.dong", "liaison.dong"]


def test_who_delegates_and_to_whom(town, people, far_people, make_account, delegated):
    second = make_account("leader2.dong", town.east, Role.LEADER)
    strangers = (people.east, people.office, people.west, people.town_leader, people.sysadmin)
    for actor in (*strangers, people.police_leader, far_people.director):
        with pytest.raises(PermissionDenied):
            delegated(actor=actor)
    with pytest.raises(PermissionDenied):
        delegated(actor=second)  # a leader delegates for themself alone
    for changes, field in (
        ({"to": people.west}, "to"),
        ({"to": people.east_leader}, "to"),
        ({"actor": people.director, "leader": people.east}, "leader"),
        (days(-1, 2), "first_day"),
        (days(MOST_AHEAD + 1, MOST_AHEAD + 2), "first_day"),
        (days(0, MOST_DAYS), "last_day"),
        (days(2, 1), "last_day"),
        ({"reason": " "}, "reason"),
    ):
        with pytest.raises(ValidationError) as refused:
            delegated(**changes)
        assert field in refused.value.message_dict, changes
    assert not SigningDelegation.objects.exists()
    row = delegated(to=second, **days(0, MOST_DAYS - 1))
    assert delegated(to=second, **days(0, MOST_DAYS - 1)) == row  # the second click of two
    with pytest.raises(ValidationError, match="已经委托了人"):
        delegated(**days(3, 4))
    # Who signs by delegation passes it on to nobody.
    with pytest.raises(PermissionDenied):
        delegated(actor=people.east, leader=people.east, to=second)


@pytest.mark.django_db(transaction=True)
def test_two_delegations_at_once_and_ending_while_signing(town, people, draft, delegated):
    def give(last: int):
        return lambda: delegated(**days(0, last))

    assert sorted(wait(fork(give(1)), fork(give(2)))) == [0, 1]
    row, report = SigningDelegation.objects.get(), draft()

    def end() -> None:
        services.end(actor=people.east_leader, delegation=row)

    children = [fork(end), fork(lambda: sign(people.east, report))]
    ended, signed = wait(*children)
    assert ended == 0
    report, row = WeeklyReport.objects.get(), SigningDelegation.objects.get()
    assert (report.state == "signed") == (signed == 0)
    if signed == 0:
        assert report.signed_at < row.ended_at


def test_the_database_allows_no_other_signature_by_delegation(town, people, draft, delegated):
    report, row = draft(), delegated()
    other = delegated(
        actor=people.director,
        unit=town.police,
        leader=people.police_leader,
        to=people.police,
    )
    take = (
        "UPDATE reporting_weeklyreport SET state = 'signed', signature = repeat('0', 64), "
        "signed_at = clock_timestamp() + %s * interval '1 day', filed_at = now(), "
        "signed_by_id = %s, delegation_id = %s"
    )
    for later, by, delegation in (
        (0, people.east, other),
        (0, people.west, row),
        (4, people.east, row),
        (-1, people.east, row),
    ):
        with pytest.raises(Error):
            sql(take, later, by.pk, delegation.pk)
    services.end(actor=people.east_leader, delegation=row)
    with pytest.raises(Error):
        sql(take, 0, people.east.pk, row.pk)
    for change in (
        "last_day = last_day + 1",
        "delegate_id = leader_id",
        "reason = 'x'",
        "ended_at = NULL, ended_by_id = NULL",
    ):
        with pytest.raises(Error):
            sql(f"UPDATE reporting_signingdelegation SET {change}")
    with pytest.raises(Error):
        sql("DELETE FROM reporting_signingdelegation")
    report.refresh_from_db()
    assert report.state == "draft"


def test_a_correction_is_signed_by_delegation_too(people, signed, delegated):
    report = signed(found=3)
    report = weekly.receive(actor=people.office, report=report, expected_version=report.version)
    delegated()
    row = corrections.save_and_sign(
        actor=people.east,
        report=report,
        by_office=False,
        content=content_of(found=1),
        reason="重复。",
        expected_version=0,
        seen=report.signature,
    )
    assert row.signer == "liaison.dong（受leader.dong委托）"
    assert row.is_signed_by_its_writer
    assert "同一人" in row.events.get(verb="sign").note
    row = corrections.receive(actor=people.office, correction=row, expected_version=row.version)
    now = WeeklyReport.objects.get()
    assert (now.signer, now.signature_holds) == (row.signer, True)
    assert row.replaced.signer == "leader.dong"


# Reminders and pages


def test_what_waits_for_a_signature_waits_for_the_delegate_too(
    town, people, make_account, draft, delegated
):
    deputy = make_account("deputy.dong", town.east, Role.LIAISON)
    report = draft()
    delegated(to=deputy)
    weekly.submit(actor=people.east, report=report, expected_version=1)
    told = Message.objects.filter(kind="weekly_awaiting_signature")
    names = sorted(told.values_list("recipient__username", flat=True))
    assert names == ["deputy.dong", "leader.dong"]

    def waits_for(account) -> bool:
        return ReportExpectation.objects.to_do_for(account).filter(unit=town.east).exists()

    assert [waits_for(one) for one in (people.east_leader, deputy, people.east)] == [
        True,
        True,
        False,
    ]


def test_the_pages_of_a_delegation(town, people, period, draft, client_for):
    leader, east = client_for(people.east_leader), client_for(people.east)
    url = f"/reports/units/{town.east.code}/delegate/"
    assert f'href="{url}"' in leader.get("/reports/delegations/").text
    assert east.get(url).status_code == 403
    values = {name: str(day) for name, day in days(0, 40).items()}
    values |= {"leader": str(people.east_leader.pk), "to": str(people.east.pk), "reason": "培训"}
    assert "连续最多 30 天" in leader.post(url, values).text
    values["last_day"] = str(timezone.localdate() + DAY)
    # Another's pen, another unit's person: no choice of this form.
    for name in ("leader", "to"):
        page = leader.post(url, values | {name: str(people.west.pk)})
        assert page.status_code == 200
    assert not SigningDelegation.objects.exists()
    leader.post(url, values)
    row = SigningDelegation.objects.get()
    report = draft()
    shown = f"/reports/{report.pk}/"
    page = east.get(shown).text
    assert "您受leader.dong委托" in page
    assert "签字报送" in page
    assert "leader.dong委托liaison.dong签发" in east.get("/reports/mine/").text
    east.post(f"{shown}sign/", {"version": report.version})
    page = client_for(people.office).get(shown).text
    assert "liaison.dong（受leader.dong委托）" in page
    assert "填报人和签发人是同一人" in page
    for account in (people.office, people.director, people.town_leader):
        assert "生效中" in client_for(account).get("/reports/delegations/").text
    assert "东村" not in client_for(people.west).get("/reports/delegations/").text
    assert east.post(f"/reports/delegations/{row.pk}/end/").status_code == 403
    assert client_for(people.west).post(f"/reports/delegations/{row.pk}/end/").status_code == 404
    page = leader.post(f"/reports/delegations/{row.pk}/end/", follow=True).text
    assert "已提前结束" in page


def test_queries_do_not_grow_with_the_delegations(
    people, delegated, client_for, django_assert_max_num_queries
):
    for _ in range(6):
        services.end(actor=people.east_leader, delegation=delegated())
    delegated()
    for account in (people.office, people.director, people.east_leader):
        client = client_for(account)
        with django_assert_max_num_queries(12):
            assert client.get("/reports/delegations/").status_code == 200
