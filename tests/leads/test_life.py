"""What can happen to a lead besides the straight way: each step's effect, and its refusals."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction

from audit.machine import Conflict
from departments.models import Unit
from leads import due, services
from leads.models import Assignment, Extension, Feedback, FeedbackSignature, Lead
from leads.services import extensions
from leads.states import Attitude, ContactWay, Finding, LeadState
from leads.timeline import awaited_step
from messaging.models import Message
from tests.leads.test_services import FEEDBACK, close, report, verbs


def again(row):
    return type(row).objects.get(pk=row.pk)


@pytest.fixture
def task(make_assigned):
    return make_assigned().assignments.get()


@pytest.fixture
def verifying(people, task):
    return services.sign(assignment=task, actor=people.police)


@pytest.fixture
def reported(people, verifying):
    """A lead whose only unit has reported."""
    report(verifying, people.police_leader)
    return again(verifying.lead)


@pytest.fixture
def closed(people, reported):
    return close(reported, people.director)


def told(kind: str) -> set[str]:
    return set(Message.objects.filter(kind=kind).values_list("recipient__username", flat=True))


# The unit


def test_feedback_waits_for_the_leaders_signature(people, verifying, client_for):
    written = services.report_back(
        assignment=verifying, actor=people.police, expected_version=1, **FEEDBACK
    )
    task = again(verifying)
    assert (task.state, again(task.lead).state) == ("awaiting_signature", "verifying")
    assert told("lead_to_sign") == {"leader.pcs"}
    assert task.lead in Lead.objects.waiting_for(people.police_leader)
    assert task.lead not in Lead.objects.waiting_for(people.police)
    # Until then it is the unit's own paper.
    assert written in Feedback.objects.visible_to(people.police)
    assert written not in Feedback.objects.visible_to(people.office)
    page = client_for(people.office).get(f"/leads/{task.lead.number}/").content.decode()
    assert FEEDBACK["verified_facts"] not in page

    with pytest.raises(PermissionDenied):
        services.sign_off(assignment=task, actor=people.police, expected_version=task.version)
    services.sign_off(assignment=task, actor=people.police_leader, expected_version=task.version)
    assert (again(task).state, again(task.lead).state) == ("reported", "reported_back")
    signature = FeedbackSignature.objects.get()
    assert (signature.by, signature.digest, signature.holds) == (
        people.police_leader,
        written.digest,
        True,
    )
    assert written in Feedback.objects.visible_to(people.office)
    assert told("lead_reported") == {"office", "director"}


def test_other_words_break_the_signature(people, reported):
    signature = FeedbackSignature.objects.get()
    signature.feedback.verified_facts = "改写过的事实"
    assert not signature.holds
    with pytest.raises(DatabaseError), transaction.atomic():
        Feedback.objects.update(verified_facts="改写过的事实")


def test_the_leader_sends_a_draft_back_and_a_second_one_follows(people, verifying):
    services.report_back(assignment=verifying, actor=people.police, expected_version=1, **FEEDBACK)
    services.revise(
        assignment=verifying, actor=people.police_leader, note="写明日期。", expected_version=2
    )
    assert again(verifying).state == "verifying"
    services.report_back(assignment=verifying, actor=people.police, expected_version=3, **FEEDBACK)
    services.sign_off(assignment=verifying, actor=people.police_leader, expected_version=4)
    drafts = list(Feedback.objects.order_by("pk"))
    assert [one.is_signed for one in drafts] == [False, True]
    assert list(Feedback.objects.visible_to(people.office)) == drafts[1:]


def test_a_refused_lead_leaves_the_unit_and_comes_back_to_the_office(people, town, task):
    with pytest.raises(ValidationError):
        services.refuse(assignment=task, actor=people.police, note=" ", expected_version=0)
    services.refuse(assignment=task, actor=people.police, note="不属本所。", expected_version=0)
    lead = again(task.lead)
    assert (again(task).state, lead.state) == ("refused", LeadState.ASSESSED)
    assert lead not in Lead.objects.visible_to(people.police)
    assert lead in Lead.objects.waiting_for(people.office)
    assert told("lead_refused") == {"office", "director"}
    # The same unit can be asked again.
    services.assign(
        lead=lead,
        actor=people.office,
        units=[town.police],
        due_on=due.today(),
        expected_version=lead.version,
    )
    assert lead in Lead.objects.visible_to(people.police)
    # Each time is news.
    assert Message.objects.filter(kind="lead_assigned", recipient=people.police).count() == 2


def test_one_of_two_refuses_and_the_lead_follows_the_other(people, town, make_assigned):
    lead = make_assigned(town.police, town.civil)
    police, civil = lead.assignments.order_by("pk")
    services.sign(assignment=police, actor=people.police)
    report(police, people.police_leader)
    assert again(lead).state == LeadState.VERIFYING
    services.refuse(assignment=civil, actor=people.civil, note="不属本办。", expected_version=0)
    assert again(lead).state == LeadState.REPORTED_BACK


def test_the_office_withdraws_before_the_unit_has_signed(people, task):
    services.withdraw(assignment=task, actor=people.office, note="交办有误。", expected_version=0)
    assert (again(task).state, again(task.lead).state) == ("withdrawn", "assessed")
    assert task.lead not in Lead.objects.visible_to(people.police)
    message = Message.objects.get(kind="lead_withdrawn", recipient=people.police)
    assert message.url == ""


def test_not_after(people, verifying):
    with pytest.raises(Conflict, match="核查中"):
        services.withdraw(
            assignment=verifying, actor=people.office, note="交办有误。", expected_version=1
        )


def test_progress_is_noted_and_moves_nothing(people, verifying):
    services.note_progress(
        assignment=verifying, actor=people.police, note="已走访三户。", expected_version=1
    )
    event = verifying.lead.events.last()
    assert (event.verb_label, event.note, event.from_state) == ("进展", "已走访三户。", "verifying")
    assert (again(verifying).state, again(verifying).version) == ("verifying", 2)
    with pytest.raises(Conflict):
        services.note_progress(
            assignment=verifying, actor=people.police, note="又一次。", expected_version=1
        )
    with pytest.raises(PermissionDenied):
        services.note_progress(
            assignment=verifying, actor=people.civil, note="不是我的。", expected_version=2
        )


def test_further_units_join_and_the_lead_goes_on_being_verified(people, town, reported):
    services.add_units(
        lead=reported,
        actor=people.office,
        units=[town.civil],
        due_on=due.today(),
        expected_version=reported.version,
    )
    lead = again(reported)
    assert (lead.state, lead.due_on) == (LeadState.VERIFYING, due.today())
    assert told("lead_assigned") >= {"liaison.mzb"}
    with pytest.raises(ValidationError, match="民政办已在承办"):
        services.add_units(
            lead=lead,
            actor=people.office,
            units=[town.civil],
            due_on=due.today(),
            expected_version=lead.version,
        )


# More time


def ask(task, actor, days=10):
    return extensions.ask(
        assignment=task,
        actor=actor,
        new_due_on=task.due_on + dt.timedelta(days=days),
        reason="需补充走访。",
        expected_version=again(task).version,
    )


def test_more_time_is_asked_and_given_and_the_old_deadline_kept(people, verifying):
    before = verifying.due_on
    extension = ask(verifying, people.police)
    assert told("extension_asked") == {"director"}
    assert verifying.lead in Lead.objects.waiting_for(people.director)
    assert verifying.lead not in Lead.objects.waiting_for(people.office)
    with pytest.raises(Conflict, match="已有一项"):
        ask(verifying, people.police)
    with pytest.raises(PermissionDenied):
        extensions.grant(extension=extension, actor=people.office)
    extensions.grant(extension=extension, actor=people.director)
    task = again(verifying)
    assert (task.due_on, again(task.lead).due_on) == (before + dt.timedelta(days=10),) * 2
    kept = Extension.objects.get()
    assert (kept.state, kept.old_due_on, kept.decided_by) == ("granted", before, people.director)
    assert told("extension_decided") == {"liaison.pcs", "leader.pcs"}


def test_more_time_is_denied_with_a_reason_or_dropped(people, verifying):
    before = verifying.due_on
    extension = ask(verifying, people.police)
    with pytest.raises(ValidationError):
        extensions.deny(extension=extension, actor=people.director, note="")
    extensions.deny(extension=extension, actor=people.director, note="请抓紧。")
    extensions.drop(extension=ask(verifying, people.police), actor=people.police)
    assert list(Extension.objects.values_list("state", flat=True)) == ["denied", "dropped"]
    assert again(verifying).due_on == before
    assert verbs(verifying.lead)[-4:] == ["ask_extension", "deny", "ask_extension", "drop"]


def test_a_deadline_only_moves_to_a_later_day(people, verifying):
    with pytest.raises(ValidationError, match="须晚于"):
        ask(verifying, people.police, days=0)


def test_a_request_ends_with_the_work_it_was_for(people, verifying):
    extension = ask(verifying, people.police)
    report(verifying, people.police_leader)
    assert again(extension).state == "dropped"


# Review and closing


def test_feedback_is_approved_one_by_one_and_can_still_come_back(people, reported):
    task = reported.assignments.get()
    services.approve(assignment=task, actor=people.office, expected_version=task.version)
    assert again(task).state == "accepted"
    services.return_feedback(
        assignment=task,
        actor=people.office,
        note="还需补充。",
        expected_version=again(task).version,
    )
    assert (again(task).state, again(reported).state) == ("verifying", "verifying")


PROPOSED = {
    "finding": Finding.DISPROVEN,
    "disposition": "no_action",
    "closing_words": "经核查不属实。",
}


def propose(lead, actor):
    return services.propose_closing(
        lead=lead, actor=actor, expected_version=again(lead).version, **PROPOSED
    )


def test_the_office_proposes_and_the_director_closes_as_proposed(people, reported):
    lead = propose(reported, people.office)
    assert (lead.state, lead.finding, told("closing_proposed")) == (
        "awaiting_closure",
        "",
        {"director"},
    )
    assert lead in Lead.objects.waiting_for(people.director)
    assert lead not in Lead.objects.waiting_for(people.office)
    task = lead.assignments.get()
    with pytest.raises(Conflict, match="待批办结"):
        services.return_feedback(
            assignment=task, actor=people.office, note="再补。", expected_version=task.version
        )
    with pytest.raises(PermissionDenied):
        services.approve_closing(lead=lead, actor=people.office, expected_version=lead.version)
    closed = services.approve_closing(
        lead=lead, actor=people.director, expected_version=lead.version
    )
    assert {name: getattr(closed, name) for name in PROPOSED} == PROPOSED
    assert again(task).state == "accepted"


def test_a_proposal_is_rejected_or_recalled(people, reported):
    lead = propose(reported, people.office)
    lead = services.reject_closing(
        lead=lead, actor=people.director, note="请补充。", expected_version=lead.version
    )
    assert (lead.state, told("closing_rejected")) == ("reported_back", {"office"})
    lead = propose(lead, people.office)
    lead = services.recall_closing(lead=lead, actor=people.office, expected_version=lead.version)
    assert lead.state == "reported_back"
    assert lead.proposals.count() == 2


# After the end


def test_a_lead_is_filed_and_taken_up_again_with_its_first_round_kept(people, town, closed):
    filed = services.archive(
        lead=closed, actor=people.office, archive_ref="2026-7", expected_version=closed.version
    )
    assert (filed.state, filed.archive_ref, filed.finding) == ("archived", "2026-7", closed.finding)
    lead = services.restart(
        lead=filed, actor=people.office, note="有新的反映。", expected_version=filed.version
    )
    assert (lead.state, lead.round, lead.finding, lead.closed_at, lead.due_on) == (
        LeadState.ACCEPTED,
        2,
        "",
        None,
        None,
    )
    first = lead.rounds.get()
    assert (first.number, first.state, first.finding, first.closing_words) == (
        1,
        "archived",
        closed.finding,
        closed.closing_words,
    )
    lead = services.assign(
        lead=lead,
        actor=people.office,
        units=[town.police],
        due_on=due.today(),
        expected_version=lead.version,
    )
    assert list(lead.assignments.values_list("round", "state")) == [
        (1, "accepted"),
        (2, "pending"),
    ]
    assert lead.state == LeadState.ASSIGNED


def test_in_a_new_round_the_discipline_commission_reports_anew(people, town, make_assigned):
    lead = make_assigned(town.police, town.discipline, umbrella_suspected=True)
    leaders = {town.police: people.police_leader, town.discipline: people.discipline_leader}
    for task in lead.assignments.all():
        services.sign(assignment=task, actor=leaders[task.unit])
        report(task, leaders[task.unit])
    lead = close(lead, people.director)
    lead = services.restart(
        lead=lead, actor=people.office, note="重启。", expected_version=lead.version
    )
    lead = services.assign(
        lead=lead,
        actor=people.office,
        units=[town.police],
        due_on=due.today(),
        expected_version=lead.version,
    )
    task = lead.assignments.get(round=2)
    services.sign(assignment=task, actor=people.police_leader)
    report(task, people.police_leader)
    with pytest.raises(ValidationError, match="纪检"):
        close(lead, people.director)


def call_back(lead, actor, **changes):
    values = {
        "contacted_on": due.today(),
        "way": ContactWay.PHONE,
        "attitude": Attitude.SATISFIED,
        "words": "已告知结果。",
        "expected_version": again(lead).version,
    }
    return services.follow_up(lead=lead, actor=actor, **values | changes)


def test_a_reporter_who_gave_a_name_is_called_back(people, make_assigned):
    lead = make_assigned(reporter_kind="named")
    call_back(lead, people.office)
    assert lead.follow_ups.get().way == "phone"
    # The unit sees that it happened, not how the reporter took it.
    seen = {event.verb: event.note for event in again(lead).events_for(people.police)}
    assert seen["follow_up"] == ""
    with pytest.raises(ValidationError, match="晚于今天"):
        call_back(lead, people.office, contacted_on=due.today() + dt.timedelta(days=1))


def test_not_one_who_gave_none(people, make_assigned):
    with pytest.raises(ValidationError, match="实名"):
        call_back(make_assigned(), people.office)


def refer(lead, actor):
    return services.refer(
        lead=lead,
        actor=actor,
        note="涉及外镇。",
        authority="区扫黑办",
        referred_on=due.today(),
        document_number="",
        pages=3,
        expected_version=again(lead).version,
    )


def test_a_lead_goes_up_and_its_receipt_comes_back(people, reported):
    lead = refer(reported, people.office)
    assert lead.state == LeadState.REFERRED
    assert [step.verb_label for step in awaited_step(lead, people.office)] == ["登记移送回执"]
    receipt = {
        "receipt_number": "区办收〔2026〕3号",
        "received_by": "接收员",
        "received_on": due.today(),
    }
    early = receipt | {"received_on": due.today() - dt.timedelta(days=1)}
    with pytest.raises(ValidationError, match="不能早于移送日期"):
        services.note_receipt(
            lead=lead, actor=people.office, expected_version=lead.version, **early
        )
    services.note_receipt(lead=lead, actor=people.office, expected_version=lead.version, **receipt)
    assert lead.referrals.get().received_by == "接收员"
    assert awaited_step(again(lead), people.office) == []
    with pytest.raises(ValidationError, match="没有等待回执"):
        services.note_receipt(
            lead=lead, actor=people.office, expected_version=again(lead).version, **receipt
        )


# One matter or two


def merge(lead, into, actor):
    return services.merge(
        lead=lead, into=into, actor=actor, note="同一事。", expected_version=again(lead).version
    )


def test_two_leads_become_one_and_both_histories_stay(people, town, make_lead):
    first, second = make_lead(), make_lead(named_units=[town.land])
    merged = merge(second, first, people.office)
    assert (merged.state, merged.merged_into) == (LeadState.MERGED, first)
    assert verbs(second) == ["register", "merge"]
    assert verbs(first) == ["register", "take_in"]
    # What the one names, the other names from now on.
    assert list(first.named_units.all()) == [town.land]
    again_alone = services.unmerge(
        lead=merged, actor=people.office, note="不是一事。", expected_version=merged.version
    )
    assert (again_alone.state, again_alone.merged_into) == (LeadState.ACCEPTED, None)
    assert verbs(first)[-1] == "let_go"


def test_what_cannot_be_merged(people, far_people, other_town, town, make_lead, make_assigned):
    lead, other, closed = make_lead(), make_lead(), make_assigned()
    with pytest.raises(ValidationError, match="自身"):
        merge(lead, lead, people.office)
    far = make_lead(actor=far_people.office, place=None)
    with pytest.raises(PermissionDenied):
        merge(lead, far, people.office)
    merge(other, lead, people.office)
    with pytest.raises(ValidationError, match="已并案"):
        merge(make_lead(), other, people.office)
    with pytest.raises(ValidationError, match="把另一条并入"):
        merge(lead, make_lead(), people.office)
    with pytest.raises(ValidationError, match="正由其承办"):
        merge(make_lead(named_units=[town.police]), closed, people.office)


def test_a_lead_is_split_once_however_often_it_is_sent(people, town, make_lead):
    lead = make_lead(named_units=[town.land], reporter_kind="named")
    token = uuid.uuid4()
    made = [
        services.split(
            lead=lead,
            actor=people.office,
            submission=token,
            title="另一件事",
            allegation="另一件事的内容。",
        )
        for _ in range(2)
    ]
    assert [is_new for _, is_new in made] == [True, False]
    second = made[0][0]
    assert (second.split_from, second.channel, second.reporter_kind) == (
        lead,
        lead.channel,
        "named",
    )
    assert list(second.named_units.all()) == [town.land]
    assert verbs(lead) == ["register", "split"]
    assert verbs(second) == ["register", "split_from"]
    assert again(lead).allegation == lead.allegation


def test_the_menu_offers_what_can_be_done_and_every_entry_opens(people, client_for, make_lead):
    client = client_for(people.office)
    lead = make_lead(reporter_kind="named")
    page = client.get(f"/leads/{lead.number}/")
    labels = [action.label for action in page.context["actions"]]
    assert labels == [
        *("拆分", "答复举报人", "知悉范围", "查询码"),
        *("申请回避", "更正", "并案", "不予受理"),
    ]
    for action in page.context["actions"]:
        assert client.get(action.url).status_code == 200, action
    assert client_for(people.town_leader).get(f"/leads/{lead.number}/").context["actions"] == []


def test_a_unit_that_gave_a_lead_back_is_led_to_its_list(people, client_for, task):
    client = client_for(people.police)
    response = client.post(
        f"/leads/assignments/{task.pk}/refuse/", {"version": 0, "note": "不属本所。"}, follow=True
    )
    assert response.redirect_chain == [("/leads/", 302)]
    assert "已退回扫黑办" in response.content.decode()
    assert Assignment.objects.get().state == "refused"
    assert Unit.objects.filter(assignments__state="refused").count() == 1
