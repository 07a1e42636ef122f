"""The life of a lead: what each step does, and what it refuses."""

import uuid

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction

from audit.machine import Conflict
from leads import due, services
from leads.models import Assignment, Channel, Conduct, Feedback, Lead, LeadEvent
from leads.states import AssignmentState, Disposition, Finding, LeadState

FEEDBACK = {
    "first_verifier": "核查员一",
    "second_verifier": "核查员二",
    "verified_facts": "经走访，集市确有收费，收费人未出示依据。",
    "basis": "走访笔录三份。",
    "opinion": "建议立案调查。",
    "finding": Finding.PARTLY_PROVEN,
}


def report(assignment, actor):
    assignment.refresh_from_db()
    return services.report_and_sign(
        assignment=assignment, actor=actor, expected_version=assignment.version, **FEEDBACK
    )


def close(lead, actor, **changes):
    lead.refresh_from_db()
    values = {
        "finding": Finding.PARTLY_PROVEN,
        "disposition": Disposition.CASE_FILED,
        "closing_words": "已由派出所立案。",
        "expected_version": lead.version,
    }
    return services.close(lead=lead, actor=actor, **values | changes)


def verbs(lead):
    return list(lead.events.values_list("verb", flat=True))


def test_registering_twice_with_one_token_makes_one_lead(people, make_lead):
    token = uuid.uuid4()
    fields = {
        "actor": people.office,
        "submission": token,
        "channel": Channel.objects.get(code="visit"),
        "title": "同一次提交",
        "allegation": "同一次提交。",
    }
    first, made = services.register(**fields)
    again, made_again = services.register(**fields)
    assert (made, made_again) == (True, False)
    assert first.pk == again.pk
    assert Lead.objects.count() == 1
    assert verbs(first) == ["register"]


def test_numbers_run_on_without_gaps_even_after_a_refusal(make_lead):
    first = make_lead()
    with pytest.raises(ValidationError):
        make_lead(title="")
    second = make_lead()
    year = due.today().year
    assert [first.number, second.number] == [f"TOWN-{year}-00001", f"TOWN-{year}-00002"]


def test_towns_count_on_their_own(town, other_town, far_people, make_lead):
    make_lead()
    lead = make_lead(actor=far_people.office, place=None)
    assert lead.number.endswith("-00001")
    assert lead.jurisdiction == other_town.unit


def test_the_whole_way(town, people, make_assigned):
    lead = make_assigned()
    assert lead.state == LeadState.ASSIGNED
    assignment = lead.assignments.get()
    assert assignment.state == AssignmentState.PENDING

    services.sign(assignment=assignment, actor=people.police)
    lead.refresh_from_db()
    assert lead.state == LeadState.VERIFYING

    report(assignment, people.police_leader)
    lead.refresh_from_db()
    assert lead.state == LeadState.REPORTED_BACK

    closed = close(lead, people.director)
    assert (closed.state, closed.finding, closed.disposition) == (
        LeadState.CLOSED,
        Finding.PARTLY_PROVEN,
        Disposition.CASE_FILED,
    )
    assert verbs(lead) == ["register", "accept", "assess", "assign", "sign", "sign_off", "close"]
    signed = lead.events.get(verb="sign")
    assert (signed.actor, signed.actor_name, signed.unit_name) == (
        people.police,
        "民警丁",
        "派出所",
    )
    assignment.refresh_from_db()
    assert assignment.state == AssignmentState.ACCEPTED


def test_a_lead_is_reported_back_when_the_last_unit_has_reported(town, people, make_assigned):
    lead = make_assigned(town.police, town.civil)
    police, civil = lead.assignments.order_by("pk")
    services.sign(assignment=police, actor=people.police)
    services.sign(assignment=civil, actor=people.civil)
    report(police, people.police_leader)
    lead.refresh_from_db()
    assert lead.state == LeadState.VERIFYING
    report(civil, people.civil_leader)
    lead.refresh_from_db()
    assert lead.state == LeadState.REPORTED_BACK


def test_returned_feedback_stays_and_a_second_one_follows(town, people, make_assigned):
    lead = make_assigned()
    assignment = lead.assignments.get()
    services.sign(assignment=assignment, actor=people.police)
    report(assignment, people.police_leader)
    assignment.refresh_from_db()
    services.return_feedback(
        assignment=assignment,
        actor=people.office,
        note="请补充收费人员情况。",
        expected_version=assignment.version,
    )
    lead.refresh_from_db()
    assert lead.state == LeadState.VERIFYING
    report(assignment, people.police_leader)
    assert Feedback.objects.filter(assignment=assignment).count() == 2
    assert lead.events.get(verb="return").note == "请补充收费人员情况。"


def test_returning_needs_a_reason(people, make_assigned):
    lead = make_assigned()
    assignment = lead.assignments.get()
    services.sign(assignment=assignment, actor=people.police)
    report(assignment, people.police_leader)
    assignment.refresh_from_db()
    with pytest.raises(ValidationError, match="必须填写"):
        services.return_feedback(
            assignment=assignment,
            actor=people.office,
            note="  ",
            expected_version=assignment.version,
        )


def test_signing_twice_is_a_conflict(people, make_assigned):
    assignment = make_assigned().assignments.get()
    services.sign(assignment=assignment, actor=people.police)
    with pytest.raises(Conflict, match="核查中"):
        services.sign(assignment=assignment, actor=people.police_leader)
    assert LeadEvent.objects.filter(verb="sign").count() == 1


def test_acting_on_an_outdated_page_is_a_conflict_and_writes_nothing(town, people, make_assigned):
    lead = make_assigned()
    events = lead.events.count()
    with pytest.raises(Conflict):
        services.assign(
            lead=lead,
            actor=people.director,
            units=[town.civil],
            due_on=due.today(),
            expected_version=0,
        )
    assert lead.events.count() == events
    assert Assignment.objects.count() == 1


def test_a_named_unit_cannot_be_assigned(town, people, make_lead):
    lead = make_lead(named_units=[town.civil])
    with pytest.raises(ValidationError, match="被反映的单位"):
        services.assign(
            lead=lead,
            actor=people.office,
            units=[town.civil],
            due_on=due.today(),
            expected_version=lead.version,
            conduct=Conduct.objects.get(code="loan"),
        )
    lead.refresh_from_db()
    assert lead.state == LeadState.REGISTERED


@pytest.mark.parametrize("attribute", ["east", "office", "unit"])
def test_only_units_that_receive_leads_are_assigned(town, people, make_lead, attribute):
    lead = make_lead()
    with pytest.raises(ValidationError, match="不能承办"):
        services.assign(
            lead=lead,
            actor=people.office,
            units=[getattr(town, attribute)],
            due_on=due.today(),
            expected_version=lead.version,
        )


def test_a_unit_of_another_town_is_not_assigned(town, other_town, people, make_lead):
    lead = make_lead()
    with pytest.raises(ValidationError, match="不能承办"):
        services.assign(
            lead=lead,
            actor=people.office,
            units=[other_town.police],
            due_on=due.today(),
            expected_version=lead.version,
        )


def test_an_umbrella_lead_waits_for_the_discipline_commission(town, people, make_assigned):
    lead = make_assigned(town.police, town.discipline, umbrella_suspected=True)
    police, discipline = lead.assignments.order_by("pk")
    services.sign(assignment=police, actor=people.police)
    report(police, people.police_leader)
    with pytest.raises(ValidationError, match="纪检"):
        close(lead, people.director)
    services.sign(assignment=discipline, actor=people.discipline)
    report(discipline, people.discipline_leader)
    assert close(lead, people.director).state == LeadState.CLOSED


@pytest.mark.parametrize("name", ["office", "police", "town_leader", "east", "auditor"])
def test_only_the_director_closes(people, make_assigned, name):
    lead = make_assigned()
    assignment = lead.assignments.get()
    services.sign(assignment=assignment, actor=people.police)
    report(assignment, people.police_leader)
    with pytest.raises(PermissionDenied):
        close(lead, getattr(people, name))


def test_closing_without_a_finding_is_refused(people, make_assigned):
    lead = make_assigned()
    assignment = lead.assignments.get()
    services.sign(assignment=assignment, actor=people.police)
    report(assignment, people.police_leader)
    with pytest.raises((ValidationError, DatabaseError)):
        close(lead, people.director, finding="")


@pytest.mark.parametrize("state", ["closed", "verifying", "assigned", "reported_back", "nonsense"])
def test_the_database_refuses_a_jump(make_lead, state):
    lead = make_lead()
    with pytest.raises(DatabaseError), transaction.atomic():
        Lead.objects.filter(pk=lead.pk).update(state=state)


def test_the_timeline_cannot_be_rewritten(make_lead):
    event = make_lead().events.get()
    for change in (
        lambda: LeadEvent.objects.filter(pk=event.pk).update(note="改写"),
        lambda: LeadEvent.objects.filter(pk=event.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_not_even_by_the_owner(make_lead, as_owner):
    event = make_lead().events.get()
    with pytest.raises(DatabaseError, match="append_only"), transaction.atomic():
        LeadEvent.objects.filter(pk=event.pk).update(note="改写")


def test_an_old_version_in_a_state_that_allows_the_step_is_a_conflict(people, make_lead):
    lead = make_lead()
    Lead.objects.filter(pk=lead.pk).update(version=lead.version + 1)
    with pytest.raises(Conflict, match="刚刚在别处被修改过"):
        services.decline(
            lead=lead, actor=people.office, note="不属于线索。", expected_version=lead.version
        )
    assert verbs(lead) == ["register"]
