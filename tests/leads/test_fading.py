"""Unproven reports fade: who still sees what of a restricted lead, and when it becomes one."""

from __future__ import annotations

import datetime as dt
import uuid

import openpyxl
import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from audit.machine import Conflict
from audit.models import Action, AuditEntry
from departments.models import Account
from jobs import services as jobs
from leads import due
from leads import services as leads
from leads.circle import services as circle
from leads.duplicates.services import Told, find
from leads.fading import rules, services
from leads.fading.models import FadingRule
from leads.lists.listing import Listing
from leads.models import Lead, LeadEvent, Subject
from leads.states import UNPROVEN, Finding, LeadState

#: Words that stand in every sensitive field of the lead, and nowhere else.
TITLE, WORDS, WHO, DUTY, SAID = (
    "甲字号标题",
    "乙字号内容反映",
    "丙字号姓名",
    "丁字号职务",
    "戊字号所指",
)
DETAIL, OUTSIDE = "己字号地点", "GENG-2026"
CANARIES = (TITLE, WORDS, WHO, DUTY, SAID, DETAIL, OUTSIDE, "经走访属实", "已办结。")


def fresh(account):
    return Account.objects.get(pk=account.pk)


def in_days(days):
    return timezone.now() + dt.timedelta(days=days)


def age(lead, days):
    """Let the lead have been closed so many days ago."""
    at = timezone.now() - dt.timedelta(days=days)
    Lead.objects.filter(pk=lead.pk).update(closed_at=at)


@pytest.fixture
def closed(close):
    """Found untrue 29 days ago: not restricted until tomorrow."""
    lead = close(
        Finding.DISPROVEN,
        title=TITLE,
        allegation=f"{WORDS}：有人每月到集市收费，不交就不让摆摊。",
        place_detail=DETAIL,
        external_number=OUTSIDE,
        subjects=[Subject(name=WHO, position=DUTY, alleged=SAID)],
    )
    age(lead, 29)
    lead.refresh_from_db()
    return lead


@pytest.fixture
def restricted(closed):
    age(closed, 30)
    assert services.restrict_due() == 1
    closed.refresh_from_db()
    return closed


def test_a_lead_that_was_found_untrue_is_restricted_on_its_day(closed):
    assert services.restrict_due() == 0
    assert services.restrict_due(in_days(1)) == 1
    closed.refresh_from_db()
    assert closed.is_restricted
    assert (closed.state, closed.finding) == (LeadState.CLOSED, Finding.DISPROVEN)
    event = closed.events.last()
    assert (event.verb, event.actor, event.actor_name) == ("restrict", None, "平台自动")
    assert services.restrict_due(in_days(1)) == 0
    assert LeadEvent.objects.filter(verb="restrict").count() == 1


@pytest.mark.parametrize("finding", sorted(set(Finding) - {Finding.DISPROVEN}))
def test_what_is_not_known_to_be_untrue_does_not_fade_by_itself(close, finding):
    age(close(finding), 3000)
    assert services.restrict_due() == 0


def test_a_town_settles_the_days(people, close, closed):
    doubtful = close(Finding.DOUBTFUL)
    age(doubtful, 100)
    days = {Finding.DISPROVEN: 60, Finding.DOUBTFUL: 100, Finding.UNVERIFIABLE: None}
    versions = dict.fromkeys(days, 0)
    town = people.director.main_unit.jurisdiction_id
    give = {"town": town, "days": days, "versions": versions}
    assert services.settle(actor=people.director, **give) == 2
    with pytest.raises(Conflict):
        services.settle(actor=people.director, **give)
    with pytest.raises(PermissionDenied):
        services.settle(actor=people.office, **give)
    assert rules.in_force(town) == days
    assert services.restrict_due(in_days(5)) == 1
    doubtful.refresh_from_db()
    assert doubtful.is_restricted
    reasons = AuditEntry.objects.filter(action=Action.SETTINGS_CHANGED).order_by("pk")
    assert [entry.reason for entry in reasons] == ["改为：办结后 60 天", "改为：办结后 100 天"]


def test_the_database_holds_the_rules(people, town, make_lead):
    rule = {"jurisdiction": town.unit, "version": 1, "set_by": people.director}
    for wrong in (
        {"finding": Finding.DISPROVEN, "days": None},
        {"finding": Finding.DISPROVEN, "days": 0},
        {"finding": Finding.PROVEN, "days": 30},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            FadingRule.objects.create(**rule, **wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        Lead.objects.filter(pk=make_lead().pk).update(restricted_at=timezone.now())
    made = FadingRule.objects.create(**rule, finding=Finding.DOUBTFUL, days=9)
    with pytest.raises(DatabaseError), transaction.atomic():
        FadingRule.objects.filter(pk=made.pk).update(days=1)


def page(client_for, account, lead):
    return client_for(account).get(f"/leads/{lead.number}/").content.decode()


WHO_HAD_IT = ("office", "director", "town_leader", "police", "police_leader")


def test_only_the_director_reads_a_restricted_lead(client_for, people, restricted):
    assert {
        who for who in WHO_HAD_IT if TITLE in page(client_for, getattr(people, who), restricted)
    }
    for who in WHO_HAD_IT:
        shown = page(client_for, getattr(people, who), restricted)
        assert restricted.number in shown
        assert "受限" in shown
        assert "查否" in shown
        found = {word for word in CANARIES if word in shown}
        assert found == (set(CANARIES) if who == "director" else set()), who
    viewed = AuditEntry.objects.filter(action=Action.LEAD_VIEWED, object_label=restricted.number)
    assert {entry.actor for entry in viewed} == {people.director}


def test_no_list_search_or_file_tells_of_it(client_for, people, restricted, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    for who in WHO_HAD_IT:
        account = fresh(getattr(people, who))
        client = client_for(account)
        for query in ("", "?state=closed", "?tab=all&finding=disproven", "?place=dong"):
            shown = client.get(f"/leads/{query}").content.decode()
            assert restricted.number in shown, (who, query)
            assert not any(word in shown for word in CANARIES), (who, query)
        for query in (f"q={WHO}", f"q={TITLE}", f"q={WORDS}", "q=集市", f"external={OUTSIDE}"):
            assert not Listing.of(account, query).leads.exists(), (who, query)
        assert not Listing.of(account, "umbrella=false").leads.exists()
        home = client.get("/").content.decode()
        assert not any(word in home for word in CANARIES), who
        job = jobs.request_export(
            actor=account,
            export_id="lead_ledger",
            params={"query": ""},
            purpose="核对",
            submission=uuid.uuid4(),
        )
        jobs.run(job.pk)
        job.refresh_from_db()
        with job.open() as file:
            cells = [cell.value for row in openpyxl.load_workbook(file).active for cell in row]
        assert restricted.number in cells
        assert not any(word in str(cell) for word in CANARIES for cell in cells), who


def test_a_file_made_before_is_not_handed_out_after(client_for, people, closed, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    job = jobs.request_export(
        actor=people.director,
        export_id="lead_ledger",
        params={"query": ""},
        purpose="核对",
        submission=uuid.uuid4(),
    )
    jobs.run(job.pk)
    job.refresh_from_db()
    assert jobs.may_fetch(job=job, actor=fresh(people.director))
    services.restrict_due(in_days(1))
    assert not jobs.may_fetch(job=job, actor=fresh(people.director))


def test_no_hint_tells_of_it(people, town, closed):
    told = Told(
        title=closed.title,
        allegation=closed.allegation,
        place_id=town.east.pk,
        domain_id=closed.domain_id,
        external_number=OUTSIDE,
        received_on=closed.received_on,
    )
    assert [hint.lead for hint in find(told, user=fresh(people.office))] == [closed]
    services.restrict_due(in_days(1))
    for who in ("office", "director"):
        assert find(told, user=fresh(getattr(people, who))) == []


def test_figures_stay_explainable(people, restricted, close):
    close(Finding.DISPROVEN)
    office = fresh(people.office)
    assert Listing.of(office, "finding=disproven").leads.count() == 2
    assert Listing.of(office, "domain=market").leads.count() == 2
    assert Lead.objects.of_units(fresh(people.police)).count() == 2


def test_the_office_and_units_do_nothing_with_it(client_for, people, restricted):
    for who in ("office", "police"):
        client = client_for(getattr(people, who))
        for step in (
            "restart",
            "archive",
            "circle",
            "clarify",
            "keep-open",
            "recuse",
            "attachments",
        ):
            got = client.get(f"/leads/{restricted.number}/{step}/").status_code
            assert got == 403, (who, step)
    menu = page(client_for, people.director, restricted)
    assert "解除受限" in menu


def test_a_handler_whom_the_director_names_reads_it(client_for, people, restricted):
    circle.set_circle(
        lead=restricted,
        actor=people.director,
        secrecy="normal",
        handlers=[people.office],
        expected_version=restricted.version,
    )
    assert WORDS in page(client_for, people.office, restricted)
    assert TITLE not in client_for(people.office).get("/leads/").content.decode()


def test_somebody_of_the_office_looks_urgently(client_for, people, restricted):
    client = client_for(people.office)
    url = f"/leads/{restricted.number}/urgent/"
    assert url in page(client_for, people.office, restricted)
    answer = client.post(url, {"version": restricted.version, "note": "又接到警情"})
    assert answer.status_code == 302
    assert WORDS in page(client_for, people.office, restricted)
    with pytest.raises(PermissionDenied):
        circle.look_urgently(lead=restricted, actor=fresh(people.police), reason="想看。")


def test_a_limited_lead_that_is_restricted_shows_no_figures_outside(people, restricted):
    Lead.objects.filter(pk=restricted.pk).update(secrecy="limited")
    office = fresh(people.office)  # logged it
    assert not Listing.of(office, "finding=disproven").leads.exists()
    assert Lead.objects.visible_to(office).filter(pk=restricted.pk).exists()


def test_the_director_lifts_it_for_a_while_and_for_a_reason(client_for, people, restricted):
    until = due.today() + dt.timedelta(days=10)
    client = client_for(people.director)
    url = f"/leads/{restricted.number}/keep-open/"
    assert client.get(url).status_code == 200
    values = {"version": restricted.version, "until": until.isoformat(), "note": "复核旧案"}
    assert client.post(url, values).status_code == 302
    again = client.post(url, values, follow=True).content.decode()
    assert "已经办理过，没有重复办理" in again
    assert WORDS in page(client_for, people.office, restricted)
    entry = AuditEntry.objects.get(action=Action.RESTRICTION_LIFTED)
    assert (entry.actor, entry.reason) == (people.director, "复核旧案")
    assert services.restrict_due(in_days(10)) == 0
    assert services.restrict_due(in_days(11)) == 1


@pytest.mark.parametrize(
    "wrong", [{"note": " "}, {"until": due.today() + dt.timedelta(days=181)}], ids=["why", "far"]
)
def test_nothing_is_kept_open_without_reason_or_for_good(people, restricted, wrong):
    give = {"note": "复核", "until": due.today(), "expected_version": restricted.version}
    with pytest.raises(ValidationError):
        services.keep_open(lead=restricted, actor=people.director, **(give | wrong))
    with pytest.raises(PermissionDenied):
        services.keep_open(lead=restricted, actor=people.office, **give)


def test_what_was_proven_does_not_fade(people, close):
    lead = close(Finding.PROVEN)
    with pytest.raises(Conflict):
        services.keep_open(
            lead=lead,
            actor=people.director,
            note="x",
            until=due.today(),
            expected_version=lead.version,
        )


def test_a_new_round_lifts_it_by_itself(people, restricted):
    lead = leads.restart(
        lead=restricted,
        actor=people.director,
        note="有新情况",
        expected_version=restricted.version,
    )
    assert not lead.is_restricted
    assert list(Listing.of(fresh(people.office), f"q={TITLE}").leads) == [lead]


def test_the_page_shows_what_is_due(client_for, people, closed, close):
    later = close(Finding.DISPROVEN)
    shown = client_for(people.office).get("/leads/fading/").content.decode()
    tomorrow = due.today() + dt.timedelta(days=1)
    assert closed.number in shown
    assert f"{tomorrow:%Y-%m-%d}" in shown
    assert later.number in shown
    assert "现有 0 条受限" in shown
    assert not any(word in shown for word in CANARIES)
    assert "规则由扫黑办主任修改" in shown
    assert "受限日期" in page(client_for, people.office, closed)


def test_the_director_settles_on_the_page(client_for, people, town):
    client = client_for(people.director)
    values = {f"{finding}-version": 0 for finding in UNPROVEN}
    values |= {"disproven-days": "45", "doubtful-days": "", "unverifiable-days": "365"}
    assert client.post("/leads/fading/", values).status_code == 302
    assert rules.in_force(town.unit.pk) == {
        Finding.DISPROVEN: 45,
        Finding.DOUBTFUL: None,
        Finding.UNVERIFIABLE: 365,
    }
    empty = client.post("/leads/fading/", values | {"disproven-days": ""})
    assert empty.status_code == 200
    assert client_for(people.office).post("/leads/fading/", values).status_code == 403


def test_many_leads_are_restricted_in_few_queries(close, django_assert_max_num_queries):
    for _ in range(3):
        age(close(Finding.DISPROVEN), 40)
    with django_assert_max_num_queries(12):
        assert services.restrict_due() == 3


def test_a_lead_is_restricted_by_sql_only_as_an_ended_one(restricted):
    with connection.cursor() as cursor, pytest.raises(IntegrityError), transaction.atomic():
        cursor.execute(
            "UPDATE leads_lead SET state = 'accepted', finding = '', disposition = '', "
            "closed_at = NULL WHERE id = %s",
            [restricted.pk],
        )
