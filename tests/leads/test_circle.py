"""Who reads a limited lead: its circle, whom the director lets in, and who lets themselves in."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from audit.machine import Conflict
from audit.models import Action, AuditEntry
from departments.models import Account
from leads.circle import services
from leads.circle.models import Access
from leads.conflicts import services as conflicts
from leads.models import Lead
from leads.states import Secrecy
from messaging.models import Message

WORDS = "每月初有人到东村集市"


def fresh(account):
    return Account.objects.get(pk=account.pk)


@pytest.fixture
def colleague(town, make_account):
    return make_account("colleague", town.office, "office", full_name="办公室己")


@pytest.fixture
def limited(people, make_lead):
    """Logged by the police, limited by the clerk, who handles it."""
    lead = make_lead(actor=people.police)
    return services.set_circle(
        lead=lead,
        actor=people.office,
        secrecy=Secrecy.LIMITED,
        expected_version=lead.version,
    )


def page(client_for, account, lead):
    return client_for(account).get(f"/leads/{lead.number}/").content.decode()


def reads(account, lead):
    return Lead.objects.readable_by(fresh(account)).filter(pk=lead.pk).exists()


def test_only_the_circle_reads_a_limited_lead(people, colleague, limited):
    inside = {person.username for person in people.everyone() if reads(person, limited)}
    assert inside == {"office", "director", "liaison.pcs", "leader.pcs"}
    assert not reads(colleague, limited)


def test_who_is_outside_sees_number_and_state(client_for, people, colleague, limited):
    for account in (colleague, people.town_leader):
        shown = page(client_for, account, limited)
        assert limited.number in shown
        assert "已登记" in shown
        assert "限定知悉" in shown
        for hidden in (WORDS, "强行收取", "东村", "市场经营", "举报电话", "派出所"):
            assert hidden not in shown.split("<main")[1]


def test_outside_there_is_nothing_to_do(client_for, colleague, limited):
    client = client_for(colleague)
    for step in ("assign", "circle", "correct", "decline", "similar", "recuse", "grant"):
        assert client.get(f"/leads/{limited.number}/{step}/").status_code == 403
    assert limited not in Lead.objects.waiting_for(fresh(colleague))


def test_what_is_not_seen_is_not_found_by_asking(colleague, people, limited, make_lead):
    from leads.lists.listing import Listing

    other = make_lead()
    asked = ("q=集市", "place=dong", "domain=market", "channel=hotline", "major=false")
    for account in (colleague, people.town_leader):
        for query in asked:
            found = set(Listing.of(fresh(account), query).leads)
            assert limited not in found, query
        assert set(Listing.of(fresh(account), "state=registered").leads) == {limited, other}
    assert limited in set(Listing.of(fresh(people.office), "q=集市").leads)


def test_a_named_handler_reads_and_works(people, colleague, limited):
    services.set_circle(
        lead=limited,
        actor=people.director,
        secrecy=Secrecy.LIMITED,
        handlers=[colleague],
        expected_version=limited.version,
    )
    assert reads(colleague, limited)
    assert not reads(people.office, limited)
    assert limited.accesses.handlers().get(ended_at=None).account == colleague


def test_only_people_of_the_office_handle(people, limited):
    with pytest.raises(ValidationError):
        services.set_circle(
            lead=limited,
            actor=people.director,
            secrecy=Secrecy.LIMITED,
            handlers=[people.east],
            expected_version=limited.version,
        )


def test_a_clerk_who_limits_a_lead_stays_inside(people, limited):
    assert limited.accesses.handlers().get().account == people.office


def test_an_urgent_look_opens_for_an_hour_and_is_told(client_for, people, colleague, limited):
    client = client_for(colleague)
    url = f"/leads/{limited.number}/urgent/"
    form = client.get(url).content.decode()
    assert "强行收取" not in form
    answer = client.post(url, {"version": limited.version, "note": "值班接到紧急警情"})
    assert answer.status_code == 302
    access = Access.objects.get(kind="urgent")
    minutes = (access.ends_at - access.at) / dt.timedelta(minutes=1)
    assert round(minutes) == 60
    assert WORDS in page(client_for, colleague, limited)
    told = Message.objects.get(kind="lead_urgent_look")
    assert told.recipient == people.director
    assert limited.number in told.title
    assert "警情" not in told.title + told.body
    looks = AuditEntry.objects.filter(actor=colleague, object_label=limited.number)
    assert [entry.action for entry in looks.order_by("pk")] == [
        Action.URGENT_LOOK,
        Action.LEAD_VIEWED,
    ]
    assert looks.first().reason == "紧急查阅：值班接到紧急警情"
    assert client.get(f"/leads/{limited.number}/assign/").status_code == 403
    with pytest.raises(PermissionDenied):
        conflicts.recuse(lead=limited, actor=fresh(colleague), reason="亲属。")
    with pytest.raises(Conflict):
        services.look_urgently(lead=limited, actor=fresh(colleague), reason="再看。")


def test_an_urgent_look_ends_by_itself(client_for, colleague, limited):
    past = timezone.now() - dt.timedelta(hours=2)
    Access.objects.create(
        lead=limited,
        account=colleague,
        kind="urgent",
        reason="警情",
        given_by=colleague,
        at=past,
        ends_at=past + dt.timedelta(hours=1),
    )
    assert WORDS not in page(client_for, colleague, limited)
    services.look_urgently(lead=limited, actor=fresh(colleague), reason="再次。")
    assert reads(colleague, limited)


def test_the_director_ends_a_look_and_takes_note(client_for, people, colleague, limited):
    access = services.look_urgently(lead=limited, actor=colleague, reason="警情")
    client = client_for(people.director)
    assert "警情" in client.get("/leads/readings/").content.decode()
    assert client.post(f"/leads/readings/{access.pk}/end/").status_code == 302
    assert not reads(colleague, limited)
    assert services.unacknowledged_count(fresh(people.director)) == 1
    assert client.post(f"/leads/readings/{access.pk}/acknowledge/").status_code == 302
    assert services.unacknowledged_count(fresh(people.director)) == 0
    access.refresh_from_db()
    assert access.acknowledged_by == access.ended_by == people.director
    with pytest.raises(Conflict):
        services.acknowledge(access=access, actor=fresh(people.director))
    # What was ended is not begun again for as long as it would have lasted.
    given = {"version": limited.version, "note": "再看"}
    again = client_for(colleague).post(f"/leads/{limited.number}/urgent/", given, follow=True)
    assert "主任已终止这次查阅" in again.content.decode()
    assert not reads(colleague, limited)


def test_where_the_director_must_keep_away_others_are_told_of_a_look(people, colleague, limited):
    """And whoever looks is not told that the director must."""
    conflicts.recuse(lead=limited, actor=people.director, reason="亲属")
    services.look_urgently(lead=limited, actor=fresh(colleague), reason="警情")
    told = Message.objects.filter(kind="lead_urgent_look")
    assert set(told.values_list("recipient__username", flat=True)) >= {"town"}
    assert not told.filter(recipient__in=[people.director, colleague]).exists()


def test_no_urgent_look_past_a_conflict_of_interest(client_for, people, colleague, limited):
    Access.objects.filter(lead=limited).update(ended_at=timezone.now())
    services.look_urgently(lead=limited, actor=fresh(colleague), reason="警情")
    conflicts.ConflictOfInterest.objects.create(
        lead=limited, account=colleague, why="recused", reason="亲属"
    )
    assert not reads(colleague, limited)
    client = client_for(colleague)
    assert client.get(f"/leads/{limited.number}/").status_code == 404
    assert client.get(f"/leads/{limited.number}/urgent/").status_code == 404


def test_no_urgent_look_for_others(people, limited, make_lead):
    for account in (people.office, people.director, people.town_leader, people.civil):
        with pytest.raises(PermissionDenied):
            services.look_urgently(lead=limited, actor=fresh(account), reason="想看。")
    with pytest.raises(PermissionDenied):
        services.look_urgently(lead=make_lead(), actor=fresh(people.office), reason="想看。")


def test_the_director_lets_a_leader_read_one_lead(client_for, people, make_lead):
    lead, other = make_lead(), make_lead()
    leader, director = people.town_leader, people.director
    assert WORDS not in page(client_for, leader, lead)
    client = client_for(director)
    until = timezone.localdate() + dt.timedelta(days=3)
    values = {
        "version": lead.version,
        "account": leader.pk,
        "ends_on": until.isoformat(),
        "reason": "现场协调",
    }
    assert client.post(f"/leads/{lead.number}/grant/", values).status_code == 302
    shown = page(client_for, leader, lead)
    assert WORDS in shown
    assert f"至 {until + dt.timedelta(days=1)} 00:00" in shown
    assert WORDS not in page(client_for, leader, other)
    assert Message.objects.get(kind="lead_reading_granted").recipient == leader
    access = Access.objects.get(kind="granted")
    services.end_reading(access=access, actor=fresh(director))
    assert WORDS not in page(client_for, leader, lead)
    actions = AuditEntry.objects.filter(actor=director, object_label=lead.number)
    assert set(actions.values_list("action", flat=True)) == {
        Action.READING_GRANTED,
        Action.READING_ENDED,
    }


def test_a_grant_is_for_leaders_of_the_town_and_a_while(people, far_people, make_lead):
    lead, today = make_lead(), timezone.localdate()
    give = {"lead": lead, "reason": "协调", "ends_on": today}
    with pytest.raises(PermissionDenied):
        services.grant_reading(actor=people.office, account=people.town_leader, **give)
    for account in (people.east, far_people.town_leader, people.custodian):
        with pytest.raises(ValidationError):
            services.grant_reading(actor=people.director, account=account, **give)
    for wrong in ({"reason": " "}, {"ends_on": today + dt.timedelta(days=31)}):
        with pytest.raises(ValidationError):
            services.grant_reading(
                actor=people.director, account=people.town_leader, **(give | wrong)
            )


def test_a_split_off_part_is_as_narrow(people, colleague, limited):
    import uuid

    from leads.services import split

    made, _ = split(
        lead=limited,
        actor=people.office,
        submission=uuid.uuid4(),
        title="另一件",
        allegation="事。",
    )
    assert made.secrecy == Secrecy.LIMITED
    assert reads(people.office, made)
    assert not reads(colleague, made)


def test_a_limited_lead_is_not_merged_into_an_open_one(people, limited, make_lead):
    from leads.services import merge

    with pytest.raises(ValidationError):
        merge(
            lead=limited,
            into=make_lead(),
            actor=people.office,
            note="同一件",
            expected_version=limited.version,
        )


def test_messages_of_a_limited_lead_go_to_its_circle(people, colleague, limited):
    from leads.services import telling

    telling.tell_office(limited, actor=None, kind="trial", title="试")
    told = Message.objects.filter(kind="trial").values_list("recipient__username", flat=True)
    assert set(told) == {"office", "director"}


def test_shared_figures_say_nothing_of_what_a_limited_lead_is_about(
    people, colleague, limited, make_lead
):
    from leads import due
    from reporting.periods import services as periods
    from reporting.statistics import figures
    from reporting.statistics.services import roll_up
    from reporting.statistics.states import Measure

    make_lead()
    period, _ = periods.open_period(jurisdiction=limited.jurisdiction, day=due.today())
    roll_up(period)
    seen = {}
    for account in (people.office, colleague, people.town_leader):
        counts, _ = figures.counted(fresh(account), period)
        seen[account.username] = (
            counts[Measure.LEAD_DOMAIN, "market"],
            counts[Measure.LEAD_STATE, "registered"],
        )
    assert seen == {"office": (2, 2), "colleague": (1, 2), "town": (1, 2)}
