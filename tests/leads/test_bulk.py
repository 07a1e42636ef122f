"""Acting on many leads at once: an outcome for each, and nothing twice."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from audit.machine import Conflict
from departments.models import Domain
from jobs import services as jobs
from jobs.models import Job, JobState
from leads import due
from leads.conflicts import services as conflicts
from leads.lists.bulk import services
from leads.lists.bulk.models import BulkItem, BulkRun, BulkState
from leads.lists.listing import Listing
from leads.models import Assignment, Conduct, Lead
from leads.services import decline
from leads.states import LeadState

LIST = "/leads/"
ANOTHER_DAY = due.today() + dt.timedelta(days=20)


@pytest.fixture
def office(client_for, people):
    return client_for(people.office)


@pytest.fixture
def ready(make_lead):
    """A lead that lacks nothing to be assigned."""
    return lambda **fields: make_lead(conduct=Conduct.objects.get(code="loan"), **fields)


def text(response):
    return response.content.decode()


def ticked(*leads):
    return [f"{lead.pk}.{lead.version}" for lead in leads]


def answers(*units, **changes):
    return {
        "units": [unit.pk for unit in units],
        "due_on": ANOTHER_DAY.isoformat(),
        "instructions": "请核查。",
        "domain": "",
        "conduct": "",
    } | changes


def begin(client, *leads, action="assign", **values):
    response = client.post(f"{LIST}bulk/", {"action": action, "lead": ticked(*leads)} | values)
    return response["Location"]


def outcomes(client, address):
    page = client.get(address).context["page"]
    return {item.lead.number: (item.outcome, item.words) for item in page}


def test_each_lead_has_an_outcome_of_its_own(office, people, town, ready, make_lead, make_assigned):
    good, other = ready(), ready()
    names_police = ready(named_units=[town.police])
    unassessed = make_lead()
    with_unit = make_assigned()
    changed, declined = ready(), ready()
    address = begin(office, good, other, names_police, unassessed, with_unit, changed, declined)
    page = text(office.get(address))
    assert "已选 7 条线索" in page
    assert good.number in page
    Lead.objects.filter(pk=changed.pk).update(version=changed.version + 1)
    decline(lead=declined, actor=people.director, note="重复", expected_version=declined.version)

    response = office.post(address, answers(town.police, town.civil))
    assert response["Location"] == address
    said = outcomes(office, address)
    assert said[good.number] == said[other.number] == ("done", "")
    assert said[names_police.number] == ("skipped", "被反映的单位不能承办本线索，须回避。")
    assert said[unassessed.number] == ("skipped", "行业领域或行为类型待研判，请单独研判转办。")
    assert said[changed.number] == (
        "skipped",
        "这条记录刚刚在别处被修改过，请查看最新情况后再操作。",
    )
    assert said[with_unit.number][0] == said[declined.number][0] == "skipped"
    assert "当前状态已是“已转办”" in said[with_unit.number][1]
    assert "当前状态已是“不予受理”" in said[declined.number][1]
    assert list(said.values())[-2:] == [("done", "")] * 2  # what needs a look stands first
    for lead in (good, other):
        lead.refresh_from_db()
        assert (lead.state, lead.due_on) == (LeadState.ASSIGNED, ANOTHER_DAY)
        assert {item.unit for item in lead.assignments.all()} == {town.police, town.civil}
    for lead in (names_police, unassessed, changed, declined):
        assert not lead.assignments.exists()


def test_domain_and_conduct_are_taken_only_where_a_lead_has_none(office, town, ready, make_lead):
    has, lacks = ready(), make_lead(domain=None)
    address = begin(office, has, lacks)
    land, extortion = Domain.objects.get(code="land"), Conduct.objects.get(code="extortion")
    office.post(address, answers(town.police, domain=land.pk, conduct=extortion.pk))
    assert {words for _, words in outcomes(office, address).values()} == {""}
    has.refresh_from_db()
    lacks.refresh_from_db()
    assert (has.domain.code, has.conduct.code) == ("market", "loan")
    assert (lacks.domain, lacks.conduct) == (land, extortion)


def test_a_second_click_does_nothing_again(office, town, ready):
    lead = ready()
    address = begin(office, lead)
    for _ in range(2):
        assert office.post(address, answers(town.police))["Location"] == address
    assert Assignment.objects.count() == 1
    assert lead.events.filter(verb="assign").count() == 1
    assert outcomes(office, address) == {lead.number: ("done", "")}


def test_two_who_confirm_at_once_start_it_once(people, town, ready):
    ready()
    run = services.select(
        actor=people.office, action="assign", listing=Listing.of(people.office, "")
    )
    services.start(run=run, actor=people.office, params={})
    with pytest.raises(Conflict, match="已经提交过"):
        services.start(run=run, actor=people.office, params={})


def test_what_a_crash_left_undone_is_done_later(office, people, town, ready, monkeypatch):
    first, second = ready(), ready()
    address = begin(office, first, second)
    real, calls = services._act_on, []

    def die(key, **given):
        calls.append(key)
        if len(calls) == 2:
            raise KeyboardInterrupt
        real(key, **given)

    monkeypatch.setattr(services, "_act_on", die)
    with pytest.raises(KeyboardInterrupt):
        office.post(address, answers(town.police))
    assert "还有 1 条没有办理" in text(office.get(address))
    monkeypatch.setattr(services, "_act_on", real)
    office.post(address)
    assert {outcome for outcome, _ in outcomes(office, address).values()} == {"done"}
    assert Assignment.objects.count() == 2
    assert BulkRun.objects.get().state == BulkState.DONE


def test_one_lead_that_breaks_does_not_keep_the_others(office, town, ready, monkeypatch):
    first, second = ready(), ready()
    address = begin(office, first, second)
    from leads import services as leads

    real = leads.assign

    def break_first(*, lead, **given):
        if lead.pk == first.pk:
            real(lead=lead, **given)
            raise RuntimeError("a secret")
        return real(lead=lead, **given)

    monkeypatch.setattr(leads, "assign", break_first)
    office.post(address, answers(town.police))
    said = outcomes(office, address)
    assert said[first.number] == ("skipped", "处理时出错，没有改动，请单独办理。")
    assert said[second.number] == ("done", "")
    assert not first.assignments.exists()


def test_all_of_the_list_means_the_filter_and_not_the_page(office, town, ready):
    leads = [ready() for _ in range(3)]
    elsewhere = ready(place=town.west)
    address = begin(office, query="place=dong", all="1")
    office.post(address, answers(town.police))
    assert set(outcomes(office, address)) == {lead.number for lead in leads}
    assert not elsewhere.assignments.exists()


def test_there_is_a_limit_and_it_is_said(office, ready, monkeypatch):
    monkeypatch.setattr(services, "MOST", 2)
    for _ in range(3):
        ready()
    response = office.post(f"{LIST}bulk/", {"action": "assign", "all": "1"}, follow=True)
    assert "一次最多处理 2 条" in text(response)
    assert not BulkRun.objects.exists()


@pytest.mark.parametrize("value", ["", "x", "1", "1.x", "٣.1", "9" * 25 + ".1", "-1.0"])
def test_nothing_selected_is_said(office, ready, value):
    ready()
    response = office.post(f"{LIST}bulk/", {"action": "assign", "lead": value}, follow=True)
    assert "请先勾选线索。" in text(response)


def test_a_wrong_answer_keeps_what_was_typed_and_does_nothing(office, town, ready):
    lead = ready()
    address = begin(office, lead)
    response = office.post(address, answers(due_on="2000-01-01", instructions="别丢"))
    assert list(response.context["form"].errors) == ["units", "due_on"]
    assert "别丢" in text(response)
    assert BulkRun.objects.get().state == BulkState.DRAFT
    assert not Assignment.objects.exists()


def test_leads_that_one_does_not_see_are_left_out(office, far_people, make_lead, ready):
    mine, foreign = ready(), make_lead(actor=far_people.office, place=None)
    address = begin(office, mine, foreign)
    assert [item.lead for item in BulkItem.objects.all()] == [mine]
    assert foreign.number not in text(office.get(address))


def test_a_lead_that_one_may_no_longer_see_is_said_to_be_gone(office, people, town, ready):
    lead = ready()
    address = begin(office, lead)
    lead.named_units.add(town.office)
    conflicts.derive(lead)
    office.post(address, answers(town.police))
    assert BulkItem.objects.get().words == services.GONE
    assert not lead.assignments.exists()


def test_units_are_urged_once_and_who_has_nothing_to_do_is_not(
    office, people, make_assigned, make_lead
):
    waiting, early = make_assigned(), make_lead()
    address = begin(office, waiting, early, action="remind")
    assert "确认批量催办" in text(office.get(address))
    office.post(address)
    said = outcomes(office, address)
    assert said[waiting.number] == ("done", "")
    assert said[early.number] == ("skipped", "没有待办的承办单位，无需催办。")
    assert waiting.events.filter(verb="remind").count() == 1
    again = begin(office, waiting, action="remind")
    office.post(again)
    outcome, words = outcomes(office, again)[waiting.number]
    assert outcome == "skipped"
    assert "催办过" in words
    assert waiting.events.filter(verb="remind").count() == 1


@pytest.fixture
def few_at_once(monkeypatch):
    """Two leads are many; jobs run when the test says so."""
    monkeypatch.setattr(services, "IN_REQUEST", 1)
    monkeypatch.setattr(jobs, "knock", lambda job_id: None)


def test_many_are_done_in_the_background(office, town, ready, few_at_once):
    leads = [ready(), ready(named_units=[town.police])]
    address = begin(office, *leads)
    for _ in range(2):
        response = office.post(address, answers(town.police))
        job = Job.objects.get()  # the second click finds the same
        assert response["Location"] == f"/exports/{job.public_id}/"
    assert (job.title, job.total) == ("批量转办", 2)
    assert "正在后台逐条办理" in text(office.get(address))
    assert not Assignment.objects.exists()
    for _ in range(2):
        jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done) == (JobState.DONE, 2)
    assert job.result_url == address
    assert [outcome for outcome, _ in outcomes(office, address).values()] == ["skipped", "done"]
    assert Assignment.objects.count() == 1


def test_what_was_done_before_it_was_given_up_stays_and_the_rest_can_follow(
    office, people, town, ready, few_at_once, monkeypatch
):
    monkeypatch.setattr(services, "SIGN_OF_LIFE", 1)
    leads = [ready() for _ in range(3)]
    address = begin(office, *leads)
    office.post(address, answers(town.police))
    job = Job.objects.get()
    real = services._act_on

    def give_up(key, **given):
        real(key, **given)
        jobs.cancel(job=job)

    monkeypatch.setattr(services, "_act_on", give_up)
    jobs.run(job.pk)
    monkeypatch.setattr(services, "_act_on", real)
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED
    assert "已办理的条目有效，其余没有办理。" in text(office.get(f"/exports/{job.public_id}/"))
    assert Assignment.objects.count() == 1
    assert "还有 2 条没有办理" in text(office.get(address))
    response = office.post(address)
    second = Job.objects.exclude(pk=job.pk).get()
    assert response["Location"] == f"/exports/{second.public_id}/"
    jobs.run(second.pk)
    assert Assignment.objects.count() == 3
    assert BulkRun.objects.get().state == BulkState.DONE


def test_the_background_asks_again_who_may(office, people, town, ready, few_at_once):
    address = begin(office, ready(), ready())
    office.post(address, answers(town.police))
    people.office.memberships.all().delete()
    job = Job.objects.get()
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error) == (JobState.FAILED, "您目前没有办理这项任务的权限。")
    assert not Assignment.objects.exists()


@pytest.mark.parametrize("who", ["police", "town_leader"])
def test_only_the_office_assigns(client_for, people, make_assigned, who):
    lead = make_assigned()
    client = client_for(getattr(people, who))
    response = client.post(f"{LIST}bulk/", {"action": "assign", "lead": ticked(lead)})
    assert response.status_code == 403
    assert 'value="assign"' not in text(client.get(LIST))


def test_a_right_lost_before_it_is_confirmed_is_asked_for_again(people, ready):
    ready()
    listing = Listing.of(people.office, "")
    run = services.select(actor=people.office, action="assign", listing=listing)
    people.office.memberships.all().delete()
    account = type(people.office).objects.get(pk=people.office.pk)
    with pytest.raises(PermissionDenied):
        services.start(run=run, actor=account, params={})


def test_a_foreign_run_is_not_there(office, client_for, people, town, ready):
    address = begin(client_for(people.director), ready())
    assert office.get(address).status_code == 404
    assert office.post(address, answers(town.police)).status_code == 404
    assert office.get(f"{LIST}bulk/{uuid.uuid4()}/").status_code == 404


def test_old_drafts_are_forgotten(people, ready, monkeypatch):
    ready()
    listing = Listing.of(people.office, "")
    services.select(actor=people.office, action="assign", listing=listing)
    monkeypatch.setattr(services, "DRAFT_LIFE", dt.timedelta(0))
    services.select(actor=people.office, action="assign", listing=listing)
    assert BulkRun.objects.count() == 1


def test_an_unknown_act_is_refused(people, ready):
    ready()
    with pytest.raises(PermissionDenied):
        services.select(actor=people.office, action="close", listing=Listing.of(people.office, ""))
    with pytest.raises(ValidationError, match="请先勾选"):
        services.select(
            actor=people.office, action="assign", listing=Listing.of(people.office, ""), chosen=[]
        )


def test_of_a_lead_that_is_kept_from_them_since_nothing_is_told(office, people, town, ready):
    good, lost = ready(), ready(named_units=[town.police])
    address = begin(office, good, lost)
    conflicts.recuse(lead=lost, actor=people.office, reason="亲属")
    assert lost.number not in text(office.get(address))
    office.post(address, answers(town.police))
    shown = text(office.get(address))
    assert good.number in shown
    assert lost.number not in shown
    assert "已不在您的查看范围内" in shown

    address = begin(office, good, action="export")
    conflicts.recuse(lead=good, actor=people.office, reason="亲属")
    assert "0 条" in text(office.get(address))
