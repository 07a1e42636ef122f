"""Rewards: two approvals by two people, paid against the code, without names."""

from __future__ import annotations

import re
import uuid

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from audit.machine import Conflict
from audit.models import Action, AuditEntry
from jobs import services as jobs
from jobs.models import Job
from leads import exports
from leads import services as leads
from leads.codes import digits
from leads.codes import services as codes
from leads.conflicts import services as conflicts
from leads.models import Lead
from leads.rewards import services
from leads.rewards.models import Reward, RewardTier
from leads.states import Finding
from messaging.models import Message
from tests.owner import ignoring


@pytest.fixture
def tier(town, people):
    return services.save_tier(
        tier=None,
        town=town.unit,
        actor=people.director,
        name="一般线索",
        low=500,
        high=2000,
        is_active=True,
    )


@pytest.fixture
def closed(close, people):
    """A closed lead and its reporter's code."""
    lead = close()
    _, code = codes.issue(lead=lead, actor=people.office, secret="of a page")
    return lead, code


def propose(lead, actor, tier, amount=800, **values):
    given = {"basis": "按奖励办法第三条。", "submission": uuid.uuid4()} | values
    return services.propose(lead=lead, actor=actor, tier=tier, amount=amount, **given)


def approve(reward, actor, *, statement=True):
    reward.refresh_from_db()
    return services.approve(
        reward=reward, actor=actor, statement=statement, expected_version=reward.version
    )


@pytest.fixture
def approved(closed, people, tier):
    reward = propose(closed[0], people.office, tier)
    approve(reward, people.director)
    return approve(reward, people.town_leader)


def test_a_reward_is_proposed_approved_twice_and_paid_against_the_code(closed, approved, people):
    lead, code = closed
    paid = services.pay(
        reward=approved, actor=people.office, code=code, expected_version=approved.version
    )
    assert paid.state == "paid"
    assert paid.number.startswith("JL-TOWN-")
    assert paid.code == lead.codes.get()
    assert [(e.verb_label, e.actor) for e in paid.events.all()] == [
        ("提出", people.office),
        ("初审同意", people.director),
        ("复审同意", people.town_leader),
        ("发放", people.office),
    ]
    told = list(
        AuditEntry.objects.filter(action=Action.REWARD_STEP)
        .order_by("pk")
        .values_list("actor_name", "object_label", "reason")
    )
    serial = paid.code.serial
    assert told == [
        ("office", paid.number, "提出 800 元"),
        ("director", paid.number, "初审同意"),
        ("town", paid.number, "复审同意"),
        ("office", paid.number, f"发放 800 元，凭证号 {serial}"),
    ]
    waits = Message.objects.filter(kind="reward_waits").order_by("pk")
    assert [(one.recipient, one.round) for one in waits] == [
        (people.director, "proposed"),
        (people.town_leader, "approved_once"),
    ]


def test_only_what_was_found_to_be_so_is_rewarded(close, make_lead, people, tier):
    for lead in (make_lead(), close(Finding.DISPROVEN)):
        with pytest.raises(Conflict):
            propose(lead, people.office, tier)


def test_the_amount_lies_within_the_tier(closed, people, tier):
    for amount in (499, 2001):
        with pytest.raises(ValidationError):
            propose(closed[0], people.office, tier, amount)
    reward = propose(closed[0], people.office, tier, 2000)
    # What the tier becomes later changes nothing.
    services.save_tier(tier=tier, town=tier.jurisdiction, actor=people.director, high=1000)
    reward.refresh_from_db()
    assert (reward.high, reward.amount) == (2000, 2000)


def test_a_second_click_and_a_second_reward(closed, people, tier):
    token = uuid.uuid4()
    first = propose(closed[0], people.office, tier, submission=token)
    assert propose(closed[0], people.office, tier, submission=token) == first
    with pytest.raises(Conflict):
        propose(closed[0], people.office, tier)
    services.withdraw(
        reward=first, actor=people.office, note="金额有误", expected_version=first.version
    )
    assert propose(closed[0], people.office, tier).number != first.number


def test_who_reported_first_takes_precedence(close, make_lead, people, tier):
    later = make_lead(received_on="2026-03-02")
    earlier = make_lead(received_on="2026-03-01")
    main = close(received_on="2026-03-03")
    # As a merger before the closing leaves them.
    for lead in (later, earlier):
        Lead.objects.filter(pk=lead.pk).update(state="merged", merged_into=main)
    codes.issue(lead=main, actor=people.office, secret="main")
    with pytest.raises(ValidationError, match="最先举报的人没有查询码"):
        propose(main, people.office, tier)
    earlier.refresh_from_db()
    codes.issue(lead=earlier, actor=people.office, secret="earlier")
    assert propose(main, people.office, tier).beneficiary == earlier


def test_also_a_first_report_that_is_kept_from_the_proposer_takes_precedence(
    close, make_lead, people, tier, client_for
):
    """It is not paid to who came second, and who must keep away has no part in it."""
    middle = make_lead(received_on="2026-03-02")
    earliest = make_lead(received_on="2026-03-01")
    main = close(received_on="2026-03-03")
    Lead.objects.filter(pk=earliest.pk).update(state="merged", merged_into=middle)
    Lead.objects.filter(pk=middle.pk).update(state="merged", merged_into=main)
    conflicts.recuse(lead=earliest, actor=people.office, reason="亲属。")
    for lead in (main, earliest):
        codes.issue(lead=lead, actor=people.director, secret=str(lead.pk))
    values = {"submission": uuid.uuid4(), "tier": tier.pk, "amount": 800, "basis": "按办法。"}
    url = f"/leads/{main.number}/reward/"
    page = client_for(people.office).post(url, values)
    assert page.status_code == 200
    assert "请由扫黑办其他工作人员提出" in page.text
    assert earliest.number not in page.text
    assert not Reward.objects.exists()
    assert client_for(people.director).post(url, values).status_code == 302
    assert Reward.objects.get().beneficiary == earliest


def test_nobody_takes_two_of_the_steps(closed, people, tier):
    lead, _ = closed
    by_director = propose(lead, people.director, tier)
    with pytest.raises(PermissionDenied):
        approve(by_director, people.director)
    services.withdraw(
        reward=by_director, actor=people.office, note="改由他人提出", expected_version=0
    )
    reward = propose(lead, people.office, tier)
    for actor in (people.office, people.town_leader, people.police_leader):
        with pytest.raises(PermissionDenied):
            approve(reward, actor)
    approve(reward, people.director)
    for actor in (people.office, people.director):
        with pytest.raises(PermissionDenied):
            approve(reward, actor)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE leads_reward SET first_by_id = proposed_by_id",
        "UPDATE leads_reward SET second_by_id = first_by_id",
        "UPDATE leads_reward SET amount = 900",
        "UPDATE leads_reward SET state = 'paid'",
        "UPDATE leads_reward SET state = 'proposed', first_by_id = NULL, second_by_id = NULL",
        "DELETE FROM leads_reward",
    ],
)
def test_the_database_knows_the_rules_as_well(approved, change, as_owner):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


def test_approving_needs_the_statement(closed, people, tier):
    reward = propose(closed[0], people.office, tier)
    with pytest.raises(ValidationError):
        approve(reward, people.director, statement=False)
    reward = approve(reward, people.director)
    assert "因职责知悉线索" in reward.events.last().note


def test_a_wrong_code_pays_nothing_and_is_on_record(approved, people, make_lead):
    _, other = codes.issue(lead=make_lead(), actor=people.office, secret="another")
    for code in (digits.whole(7), other):
        with pytest.raises(ValidationError):
            services.pay(
                reward=approved, actor=people.office, code=code, expected_version=approved.version
            )
    approved.refresh_from_db()
    assert approved.state == "approved"
    wrong = AuditEntry.objects.filter(action=Action.CODE_WRONG)
    assert list(wrong.values_list("object_label", "reason")) == [(approved.number, "")] * 2


def test_a_code_that_was_replaced_pays_nothing(closed, approved, people):
    lead, old = closed
    _, new = codes.issue(lead=lead, actor=people.office, secret="new", reason="遗失")
    with pytest.raises(ValidationError):
        services.pay(reward=approved, actor=people.office, code=old, expected_version=2)
    assert (
        services.pay(reward=approved, actor=people.office, code=new, expected_version=2).state
        == "paid"
    )


def test_who_approved_does_not_pay(closed, approved, people):
    with pytest.raises(PermissionDenied):
        services.pay(reward=approved, actor=people.director, code=closed[1], expected_version=2)


def test_a_lead_that_was_taken_up_again_is_not_rewarded(closed, people, tier):
    reward = propose(closed[0], people.office, tier)
    lead = Lead.objects.get(pk=closed[0].pk)
    leads.restart(lead=lead, actor=people.office, note="新情况", expected_version=lead.version)
    with pytest.raises(Conflict):
        approve(reward, people.director)


def test_nor_is_what_was_approved_before_paid(closed, approved, people):
    lead = Lead.objects.get(pk=closed[0].pk)
    leads.restart(lead=lead, actor=people.office, note="新情况", expected_version=lead.version)
    with pytest.raises(Conflict, match="已经重启"):
        services.pay(
            reward=approved,
            actor=people.office,
            code=closed[1],
            expected_version=approved.version,
        )
    approved.refresh_from_db()
    assert approved.state == "approved"


def test_nobody_is_rewarded_twice_for_one_report(close, make_lead, people, tier):
    """Not by way of a lead that was merged, rewarded with the other, and taken out again."""
    earlier, main = make_lead(received_on="2026-03-01"), close(received_on="2026-03-03")
    codes.issue(lead=earlier, actor=people.office, secret="earlier")
    Lead.objects.filter(pk=earlier.pk).update(state="merged", merged_into=main)
    assert propose(main, people.office, tier).beneficiary == earlier
    ended = {"finding": "proven", "disposition": "administrative", "closed_at": timezone.now()}
    with ignoring("leads.Lead:lead_states"):
        Lead.objects.filter(pk=earlier.pk).update(state="closed", merged_into=None, **ended)
    earlier.refresh_from_db()
    with pytest.raises(Conflict, match="已有奖励"):
        propose(earlier, people.office, tier)


def test_who_keeps_away_from_the_lead_sees_no_reward(closed, approved, people, client_for):
    conflicts.recuse(lead=closed[0], actor=people.office, reason="亲属。")
    assert Reward.objects.visible_to(people.director).count() == 1
    assert Reward.objects.visible_to(people.office).count() == 0
    assert client_for(people.office).get(f"/leads/rewards/{approved.number}/").status_code == 404


def test_pages_and_the_file_have_sums_and_serials_and_no_names(
    closed, approved, people, client_for
):
    client, (_, code) = client_for(people.office), closed
    page = client.post(
        f"/leads/rewards/{approved.number}/pay/",
        {"version": approved.version, "code": digits.grouped(code)},
    )
    assert page["Location"] == f"/leads/rewards/{approved.number}/"
    serial = Reward.objects.get().code.serial
    ledger = client.get("/leads/rewards/").content.decode()
    main = ledger[ledger.index("<main") :]
    assert serial in main
    assert not re.search("办公室甲|主任乙|镇领导丙", main)
    asked = client.post(
        "/leads/rewards/export/", {"submission": uuid.uuid4(), "purpose": "财政核对"}
    )
    job = Job.objects.get()
    assert asked["Location"] == f"/exports/{job.public_id}/"
    jobs.run(job.pk)
    rows = list(exports.REWARD_LEDGER.build(people.office, job.params).rows)
    assert [row[3:5] + row[9:] for row in rows] == [(800, "已发放", serial)]
    assert not re.search("办公室甲|主任乙|镇领导丙", str(rows))
    file = f"/exports/{job.public_id}/file/"
    assert client.get(file).status_code == 200
    conflicts.recuse(lead=closed[0], actor=people.office, reason="亲属。")
    assert client_for(people.office).get(file).status_code == 410


def test_tiers_are_the_directors_and_the_slower_of_two_is_told(tier, people, client_for, town):
    with pytest.raises(PermissionDenied):
        services.save_tier(tier=None, town=town.unit, actor=people.office, name="x", low=1, high=2)
    client, url = client_for(people.director), f"/leads/rewards/tiers/{tier.pk}/"
    seen = re.search(r'name="seen" value="(\w+)"', client.get(url).content.decode())[1]
    RewardTier.objects.filter(pk=tier.pk).update(high=3000)
    values = {"seen": seen, "name": "一般线索", "low": 600, "high": 2500, "is_active": "on"}
    answer = client.post(url, values).content.decode()
    assert "一般线索" in answer
    assert "500—3000 元" in answer
    values["seen"] = re.search(r'name="seen" value="(\w+)"', answer)[1]
    assert client.post(url, values).status_code == 302
    values |= {"low": 9000}
    assert client.post("/leads/rewards/tiers/", values | {"name": "重大"}).status_code == 200
    assert list(RewardTier.objects.values_list("low", "high")) == [(600, 2500)]
    assert AuditEntry.objects.filter(action=Action.SETTINGS_CHANGED).count() == 2


def test_without_a_tier_the_page_says_who_sets_them(closed, people, client_for):
    url = f"/leads/{closed[0].number}/reward/"
    for person, place in (
        (people.office, f"/leads/{closed[0].number}/"),
        (people.director, "/leads/rewards/tiers/"),
    ):
        answer = client_for(person).get(url, follow=True)
        assert answer.redirect_chain == [(place, 302)]
        assert "还没有可用的奖励档次" in answer.text
