"""An identity is released to one handler, for a reason, by the director, for a set time."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from audit.machine import Conflict
from audit.models import Action, AuditEntry
from departments.roles import Role
from departments.services import grant
from leads.conflicts import services as conflicts
from leads.models import IdentityLook, LeadEvent, Release
from leads.reporters import services as identities
from leads.reporters.releases import services
from leads.reporters.releases.tasks import end_expired_releases
from messaging.models import Message

REASON = "三十日内联系举报人"


@pytest.fixture
def lead(make_assigned, reporter):
    return make_assigned(reporter_kind="named", reporters=[reporter])


def ask(lead, actor):
    return services.ask(lead=lead, actor=actor, reason=REASON, submission=uuid.uuid4())


@pytest.fixture
def approved(lead, people):
    return services.approve(release=ask(lead, people.office), actor=people.director, days=3)


def test_a_handler_asks_the_director_approves_and_each_look_is_on_record(
    lead, people, client_for, reporter
):
    client = client_for(people.office)
    page = client.get(f"/leads/{lead.number}/").content.decode()
    assert f"/leads/{lead.number}/release/" in page
    token = str(uuid.uuid4())
    for _ in range(2):  # a second click makes no second request
        client.post(f"/leads/{lead.number}/release/", {"reason": REASON, "submission": token})
    release = Release.objects.get()
    look = f"/leads/releases/{release.pk}/look/"
    assert reporter.name not in client.post(look, follow=True).content.decode()

    director = client_for(people.director)
    assert "待审批" in director.get(f"/leads/{lead.number}/").content.decode()
    assert lead in type(lead).objects.waiting_for(people.director)
    director.post(f"/leads/releases/{release.pk}/approve/", {"days": "2"})
    release.refresh_from_db()
    assert (release.state, release.decided_by) == ("approved", people.director)
    assert release.expires_at - release.decided_at == dt.timedelta(days=2)
    assert lead not in type(lead).objects.waiting_for(people.director)

    for _ in range(2):
        shown = client.post(look, REMOTE_ADDR="10.0.0.9")
    page = shown.content.decode()
    assert reporter.name in page
    assert reporter.id_number in page
    assert shown["Cache-Control"] == "no-store"
    assert "办公室甲 扫黑办" in page  # the watermark
    assert client.get(look).status_code == 405
    looks = AuditEntry.objects.filter(action=Action.REPORTER_VIEWED)
    assert [(one.actor, one.object_label, one.address, one.reason) for one in looks] == [
        (people.office, lead.number, "10.0.0.9", f"第 {release.pk} 号调阅")
    ] * 2
    assert IdentityLook.objects.filter(release=release).count() == 2
    for account in (people.director, people.police, people.custodian):
        assert client_for(account).post(look).status_code in (403, 404)


def test_messages_name_the_number_alone(lead, people, reporter):
    release = ask(lead, people.police)
    told = set(Message.objects.filter(kind="identity_release").values_list("recipient", flat=True))
    assert told == {people.director.pk, people.custodian.pk}
    services.approve(release=release, actor=people.director, days=1)
    answered = Message.objects.filter(kind="identity_release", round="approved")
    assert {one.recipient for one in answered} == {people.police, people.custodian}
    for message in Message.objects.filter(kind="identity_release"):
        assert lead.number in message.title
        assert REASON not in message.body
        assert reporter.name not in message.title + message.body


def test_it_is_no_step_of_the_lead(lead, people):
    before = LeadEvent.objects.count()
    ask(lead, people.office)
    assert LeadEvent.objects.count() == before


@pytest.mark.parametrize("who", ["civil", "west", "town_leader", "custodian", "auditor"])
def test_who_does_not_work_on_the_lead_cannot_ask(lead, people, who):
    with pytest.raises(PermissionDenied):
        ask(lead, getattr(people, who))


def test_nobody_decides_about_their_own_request(town, lead, people, make_account, as_owner):
    with pytest.raises(ValidationError, match="没有可以审批这项申请的其他主任"):
        ask(lead, people.director)
    make_account("director.2", town.office, "director")
    release = ask(lead, people.director)
    with pytest.raises(PermissionDenied):
        services.approve(release=release, actor=people.director, days=1)
    with pytest.raises(PermissionDenied):
        services.approve(release=release, actor=people.office, days=1)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE leads_release SET state = 'approved', decided_by_id = asked_by_id, "
            "decided_at = now(), expires_at = now() + interval '1 day'"
        )


@pytest.mark.parametrize("days", [0, 15])
def test_it_lasts_a_day_at_least_and_two_weeks_at_most(lead, people, days):
    with pytest.raises(ValidationError):
        services.approve(release=ask(lead, people.office), actor=people.director, days=days)


def test_before_the_director_has_decided_nothing_is_shown(lead, people, reporter):
    with pytest.raises(Conflict, match="还没有批准"):
        services.look(release=ask(lead, people.office), actor=people.office)


def test_when_the_time_is_over_nothing_is_shown(approved, people):
    past = timezone.now() - dt.timedelta(days=4)
    Release.objects.update(decided_at=past, expires_at=past + dt.timedelta(days=3))
    with pytest.raises(Conflict):
        services.look(release=approved, actor=people.office)
    assert IdentityLook.objects.count() == 0
    # The clock need not have been round for the same person to ask again.
    again = ask(approved.lead, people.office)
    assert again.pk != approved.pk
    approved.refresh_from_db()
    assert approved.state == "ended"


def test_the_clock_ends_what_is_over_and_nothing_else(approved, people, lead):
    other = services.approve(release=ask(lead, people.police), actor=people.director, days=3)
    past = timezone.now() - dt.timedelta(days=4)
    Release.objects.filter(pk=approved.pk).update(
        decided_at=past, expires_at=past + dt.timedelta(days=3)
    )
    end_expired_releases()
    end_expired_releases()
    assert dict(Release.objects.values_list("pk", "state")) == {
        approved.pk: "ended",
        other.pk: "approved",
    }


@pytest.mark.parametrize("who", ["office", "director", "custodian"])
def test_taken_back_it_ends_at_once(approved, people, client_for, who):
    client = client_for(getattr(people, who))
    assert client.post(f"/leads/releases/{approved.pk}/end/").status_code == 302
    with pytest.raises(Conflict):
        services.look(release=approved, actor=people.office)


def test_rejected_or_withdrawn_it_shows_nothing(lead, people):
    first, second = ask(lead, people.office), ask(lead, people.police)
    with pytest.raises(ValidationError):
        services.reject(release=first, actor=people.director, note=" ")
    services.reject(release=first, actor=people.director, note="不需要")
    services.withdraw(release=second, actor=people.police)
    for release, actor in ((first, people.office), (second, people.police)):
        with pytest.raises(Conflict):
            services.look(release=release, actor=actor)
        with pytest.raises(Conflict):
            services.approve(release=release, actor=people.director, days=1)


def test_one_open_request_per_person(lead, people):
    ask(lead, people.office)
    with pytest.raises(Conflict):
        ask(lead, people.office)
    ask(lead, people.police)


def test_who_must_keep_away_sees_nothing_from_then_on(approved, people, client_for):
    conflicts.recuse(lead=approved.lead, actor=people.office, reason="亲属")
    again = type(people.office).objects.get(pk=people.office.pk)
    with pytest.raises(PermissionDenied):
        services.look(release=approved, actor=again)
    response = client_for(again).post(f"/leads/releases/{approved.pk}/look/")
    assert response.status_code == 404


def test_a_barred_director_is_not_told_and_cannot_decide(lead, people, town, make_account):
    second = make_account("director2", town.office, Role.DIRECTOR)
    conflicts.recuse(lead=lead, actor=people.director, reason="亲属")
    release = ask(type(lead).objects.get(pk=lead.pk), people.office)
    told = set(Message.objects.filter(kind="identity_release").values_list("recipient", flat=True))
    assert told == {second.pk, people.custodian.pk}
    barred = type(people.director).objects.get(pk=people.director.pk)
    release = Release.objects.get(pk=release.pk)
    with pytest.raises(PermissionDenied):
        services.approve(release=release, actor=barred, days=1)


def test_a_custodian_named_in_the_lead_keeps_nothing_of_it(make_lead, people, town, reporter):
    people.custodian.full_name = "保管员某"
    people.custodian.save(update_fields=["full_name"])
    from leads.models import Subject

    lead = make_lead(
        reporter_kind="named", reporters=[reporter], subjects=[Subject(name="保管员某")]
    )
    with pytest.raises(PermissionDenied):
        identities.look(lead=lead, actor=people.custodian, reason="回访")
    assert identities.find(actor=people.custodian, phone=reporter.phone) == []


def test_a_lost_role_ends_it(approved, people, town):
    people.office.memberships.all().delete()
    grant(account=people.office, unit=town.civil, role=Role.LIAISON)
    again = type(people.office).objects.get(pk=people.office.pk)
    with pytest.raises(PermissionDenied):
        services.look(release=approved, actor=again)
