"""People with an account who try for more than their part: by hand, out of turn, by detours."""

from __future__ import annotations

import uuid

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from audit.machine import Conflict
from departments.models import Domain
from departments.roles import Role
from leads import due, services
from leads.conflicts import services as conflicts
from leads.models import Assignment, Conduct, Lead
from leads.states import AssignmentState
from tests.leads.test_life import again
from tests.leads.test_services import FEEDBACK, close, report


def url(name, obj):
    return reverse(f"leads:{name}", args=[obj.number if isinstance(obj, Lead) else obj.pk])


def page(client, address):
    return client.get(address).content.decode()


@pytest.fixture
def colleague(town, make_account):
    return make_account("office2", town.office, Role.OFFICE, full_name="办公室戊")


def assigned(lead, actor, *units, **fields):
    lead = again(lead)
    return services.assign(
        lead=lead,
        actor=actor,
        units=units,
        due_on=due.default_deadline(is_major=False),
        expected_version=lead.version,
        domain=Domain.objects.get(code="market"),
        conduct=Conduct.objects.get(code="extortion"),
        **fields,
    )


@pytest.fixture
def second_round(town, people, make_assigned):
    """A lead that the police verified once, closed and restarted, and a department has now."""
    lead = make_assigned()
    task = services.sign(assignment=lead.assignments.get(), actor=people.police)
    report(task, people.police_leader)
    lead = close(again(lead), people.director)
    lead = services.restart(
        lead=lead, actor=people.office, note="新情况。", expected_version=lead.version
    )
    lead = assigned(lead, people.office, town.civil)
    services.sign(assignment=lead.assignments.get(unit=town.civil), actor=people.civil)
    return again(lead)


def test_a_round_that_is_over_stays_as_it_was(town, people, second_round, client_for):
    old = second_round.assignments.get(unit=town.police)
    office = client_for(people.office)
    for name in ("return", "approve"):
        office.post(url(name, old), {"version": old.version, "note": "再查。"})
        assert again(old).state == AssignmentState.ACCEPTED
    with pytest.raises(Conflict):
        services.return_feedback(
            assignment=old, actor=people.office, note="再查。", expected_version=old.version
        )
    shown = page(office, url("detail", second_round))
    assert url("return", old) not in shown


def test_who_keeps_away_from_a_lead_keeps_away_from_what_it_becomes(
    town, people, make_lead, colleague
):
    lead, target = make_lead(), make_lead()
    conflicts.recuse(lead=lead, actor=colleague, reason="亲属。")
    services.merge(
        lead=again(lead), into=target, actor=people.office, note="同一事。", expected_version=0
    )
    assert not Lead.objects.visible_to(colleague).exists()

    whole = make_lead()
    conflicts.recuse(lead=whole, actor=colleague, reason="亲属。")
    part, _ = services.split(
        lead=again(whole),
        actor=people.office,
        submission=uuid.uuid4(),
        title="另一件事",
        allegation="另一件事。",
    )
    assert part not in Lead.objects.visible_to(colleague)


def test_a_unit_reads_no_number_of_a_lead_that_its_own_came_from(
    town, people, make_lead, client_for
):
    whole = make_lead()
    part, _ = services.split(
        lead=whole,
        actor=people.office,
        submission=uuid.uuid4(),
        title="另一件事",
        allegation="另一件事。",
    )
    assigned(part, people.office, town.police)
    shown = page(client_for(people.police), url("detail", part))
    assert part.number in shown
    assert whole.number not in shown


def test_a_timeline_names_no_lead_that_its_reader_must_not_know(
    town, people, make_lead, colleague, client_for
):
    lead, hidden = make_lead(), make_lead()
    conflicts.recuse(lead=hidden, actor=colleague, reason="亲属。")
    services.merge(
        lead=lead, into=again(hidden), actor=people.office, note="同一事。", expected_version=0
    )
    assert hidden.number in page(client_for(people.office), url("detail", lead))
    assert hidden.number not in page(client_for(colleague), url("detail", lead))


def test_what_an_assessment_takes_back_is_on_record(town, people, make_lead, client_for):
    lead = make_lead(is_major=True, umbrella_suspected=True)
    assigned(lead, people.office, town.civil, is_major=False, umbrella_suspected=False)
    note = lead.events.get(verb="assess").note
    assert note == "重大线索：是→否。反映涉及“保护伞”：是→否。"
    assert note in page(client_for(people.director), url("detail", lead))
    assert "→否" not in page(client_for(people.civil), url("detail", lead))


def test_many_at_once_an_umbrella_lead_does_not_pass_discipline_by(
    town, people, make_lead, client_for
):
    lead = make_lead(umbrella_suspected=True, conduct=Conduct.objects.get(code="loan"))
    client = client_for(people.office)
    ticked = {"action": "assign", "lead": f"{lead.pk}.{lead.version}"}
    address = client.post("/leads/bulk/", ticked)["Location"]
    client.post(
        address, {"units": [town.civil.pk], "due_on": due.today().isoformat(), "instructions": ""}
    )
    assert not lead.assignments.exists()
    assert "请单独研判转办" in page(client, address)


@pytest.mark.parametrize("verb", ["withdraw", "refuse"])
def test_a_unit_that_lost_its_part_can_do_nothing_more(
    town, people, make_assigned, client_for, verb
):
    lead = make_assigned(town.police, town.civil)
    task = lead.assignments.get(unit=town.police)
    service = getattr(services, verb)
    actor = people.office if verb == "withdraw" else people.police
    service(assignment=task, actor=actor, note="错派。", expected_version=task.version)
    before = again(lead).version, again(task).version, lead.events.count()
    for person in (people.police, people.police_leader):
        client = client_for(person)
        for name in (
            *("sign", "refuse", "progress", "ask_extension", "report", "sign_off", "revise"),
            *("withdraw", "return", "approve", "remind"),
        ):
            response = client.post(
                url(name, task), {"version": task.version, "note": "x"} | FEEDBACK
            )
            assert response.status_code == 404, name
        for name in ("detail", "assign", "close", "attach", "recuse", "similar", "merge"):
            assert client.get(url(name, lead)).status_code in (404, 405), name
        assert client.get(f"/leads/papers/{task.paper.pk}/").status_code == 404
        assert lead.number not in page(client, "/leads/")
    assert (again(lead).version, again(task).version, lead.events.count()) == before


def test_a_lead_is_not_merged_into_itself_nor_into_what_one_does_not_see(
    people, far_people, make_lead, colleague, client_for
):
    lead, hidden = make_lead(), make_lead()
    foreign = make_lead(actor=far_people.office, place=None)
    conflicts.recuse(lead=hidden, actor=colleague, reason="亲属。")
    client = client_for(colleague)
    answers = []
    for into in (hidden.number, foreign.number, "TOWN-2026-99999", lead.number):
        response = client.post(
            url("merge", lead), {"into": into, "note": "并。", "version": lead.version}
        )
        assert response.status_code == 200
        answers.append(response.context["form"].errors["into"][0])
    assert answers == ["没有这个编号的线索。"] * 3 + ["不能并入自身。"]
    assert not again(lead).merged_into_id


def test_undoing_a_merge_tells_nothing_of_the_other_lead(people, make_lead, colleague, client_for):
    lead, target = make_lead(), make_lead()
    merged = services.merge(
        lead=lead, into=target, actor=people.office, note="同一事。", expected_version=0
    )
    conflicts.recuse(lead=again(target), actor=colleague, reason="亲属。")
    client = client_for(colleague)
    response = client.post(
        url("unmerge", merged), {"note": "不是。", "version": merged.version}, follow=True
    )
    assert target.number not in response.content.decode()


def test_one_number_walks_nobody_past_the_turn(people, make_lead):
    lead = make_lead()
    for act in (
        lambda: services.unmerge(lead=lead, actor=people.office, note="x", expected_version=0),
        lambda: services.restart(lead=lead, actor=people.office, note="x", expected_version=0),
        lambda: services.archive(lead=lead, actor=people.office, expected_version=0),
        lambda: services.note_receipt(
            lead=lead,
            actor=people.office,
            receipt_number="1",
            received_by="甲",
            received_on=due.today(),
            expected_version=0,
        ),
        lambda: services.refer(lead=lead, actor=people.office, note="x", expected_version=0),
        lambda: close(lead, people.director),
    ):
        with pytest.raises((Conflict, ValidationError)):
            act()
    assert again(lead).version == 0
    assert not Assignment.objects.exists()
