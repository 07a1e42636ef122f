"""Retention: what is kept for how long, and how two people together have a lead deleted."""

from __future__ import annotations

import datetime as dt
import os
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from audit.machine import Conflict
from audit.models import Action, AuditEntry
from files.models import StoredFile
from files.services import sweep_unused
from files.storage import stored_path
from jobs import services as jobs
from jobs.models import ExportedRows, Job, JobState
from leads import due
from leads import services as leads
from leads.clarifications.services import Clarification
from leads.conflicts import services as conflicts
from leads.disposals import carrying_out, database, holds, rules, services, settling
from leads.disposals.blockers import WORDS, blockers_of
from leads.disposals.models import (
    DisposalBatch,
    DisposalItem,
    DisposalLog,
    LegalHold,
    RetentionRule,
)
from leads.disposals.querysets import due_in
from leads.disposals.services import Review
from leads.disposals.states import BatchState, ItemOutcome, OutcomeKind
from leads.hanging import hanging
from leads.models import Access, Callback, Extension, Lead, Release, Reward, Subject, Supplement
from leads.states import Finding, LeadState
from messaging.models import Message
from tests.leads.retention import (
    CANARY,
    DISPOSE,
    age,
    approved,
    ended_otherwise,
    fresh,
    proposed,
    reviewed,
    with_a_row_everywhere,
)


@pytest.fixture(autouse=True)
def _folder(request, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def old(close):
    """Found untrue four years ago: its three years have passed."""
    return age(close(Finding.DISPROVEN), 4)


def run(batch: DisposalBatch) -> DisposalBatch:
    """As a worker does it."""
    jobs.run(Job.objects.get(public_id=batch.job).pk)
    batch.refresh_from_db()
    return batch


def execute(statement: str, *values: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def outcomes(batch: DisposalBatch) -> list[str]:
    return list(batch.items.order_by("pk").values_list("outcome", flat=True))


# The schedule


def test_a_lead_is_due_on_the_day_by_how_and_when_it_ended(town, close):
    years = {
        Finding.PROVEN: 10,
        Finding.PARTLY_PROVEN: 10,
        Finding.DISPROVEN: 3,
        Finding.DOUBTFUL: 5,
        Finding.UNVERIFIABLE: 5,
    }
    late = {age(close(finding), kept).pk for finding, kept in years.items()}
    for finding, kept in years.items():
        age(close(finding), kept, days=-1)
    like = Lead.objects.first()
    for state, kept in ((LeadState.DECLINED, 3), (LeadState.REFERRED, 5), ("archived", 3)):
        at = timezone.now().replace(year=due.today().year - kept)
        late.add(ended_otherwise(like, state, at).pk)
        ended_otherwise(like, state, at + dt.timedelta(days=1))
    assert set(due_in(town.unit.pk, due.today()).values_list("pk", flat=True)) == late


def test_what_is_due_on_a_leap_day_is_due_from_the_first_of_march():
    leap = timezone.make_aware(dt.datetime(2024, 2, 29, 10))
    assert rules.kept_until(leap, 3) == dt.date(2027, 3, 1)
    assert rules.kept_until(leap, 4) == dt.date(2028, 2, 29)
    assert rules._years_before(dt.date(2028, 2, 29), 3) == dt.date(2025, 2, 28)


def test_the_director_settles_the_years_with_a_reason(people, town, old):
    years = {kind: kept.years for kind, kept in rules.in_force(town.unit.pk).items()}
    assert years == rules.USUAL
    given = {
        "town": town.unit.pk,
        "years": years | {OutcomeKind.DISPROVEN: 5, OutcomeKind.PROVEN: None},
        "versions": dict.fromkeys(years, 0),
    }
    with pytest.raises(PermissionDenied):
        settling.settle(actor=people.office, reason="依据", **given)
    with pytest.raises(ValidationError):
        settling.settle(actor=people.director, reason="  ", **given)
    assert settling.settle(actor=people.director, reason="档案保管期限表", **given) == 2
    with pytest.raises(Conflict):
        settling.settle(actor=people.director, reason="再改", **given)
    assert not due_in(town.unit.pk, due.today()).exists()
    entries = AuditEntry.objects.filter(action=Action.SETTINGS_CHANGED).order_by("pk")
    assert {(entry.object_label, entry.reason) for entry in entries} == {
        ("留存期限：查否", "改为：5 年。档案保管期限表"),
        ("留存期限：查实、部分查实", "改为：长期留存。档案保管期限表"),
    }
    for wrong in ({"years": 0}, {"years": 51}, {"reason": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            RetentionRule.objects.create(
                **{
                    "jurisdiction": town.unit,
                    "kind": "proven",
                    "version": 9,
                    "years": 3,
                    "reason": "依据",
                    "set_by": people.director,
                }
                | wrong
            )
    with pytest.raises(DatabaseError), transaction.atomic():
        RetentionRule.objects.update(years=1)


# Two people


def test_nobody_disposes_of_a_lead_alone(people, make_account, town, old):
    """Proposed and reviewed by one, approved by another who had no part in it."""
    with pytest.raises(PermissionDenied):
        services.propose(
            actor=people.police, town=town.unit.pk, leads={old.pk}, submission=uuid.uuid4()
        )
    ask = {"town": town.unit.pk, "leads": {old.pk}, "submission": uuid.uuid4()}
    with pytest.raises(ValidationError, match="没有可以批准的人"):
        services.propose(actor=people.director, **ask)
    second = make_account("second", town.office, "director")
    batch = services.propose(actor=people.director, **ask)
    item = batch.items.get()
    with pytest.raises(ValidationError):
        services.submit(batch=batch, actor=people.office, expected_version=0)
    batch = services.review(
        batch=batch, actor=people.office, reviews={item.pk: DISPOSE}, expected_version=0
    )
    batch = services.submit(batch=batch, actor=people.office, expected_version=1)
    give = {"batch": batch, "statement": True, "expected_version": batch.version}
    for person in (people.director, people.office, people.town_leader):
        with pytest.raises(PermissionDenied):
            services.approve(actor=person, **give)
    assert services.approvers_of(batch) == [second]
    with pytest.raises(ValidationError):
        services.approve(actor=second, **give | {"statement": False})
    batch = services.approve(actor=second, **give)
    assert (batch.state, batch.approved_by) == (BatchState.APPROVED, second)
    assert run(batch).state == BatchState.DONE
    assert not Lead.objects.filter(pk=old.pk).exists()


def fresh_batch(batch: DisposalBatch) -> DisposalBatch:
    return DisposalBatch.objects.get(pk=batch.pk)


def test_who_decided_about_one_lead_does_not_approve(people, make_account, town, old):
    batch = proposed(people, old)
    item = batch.items.get()
    batch = services.review(
        batch=batch, actor=people.director, reviews={item.pk: DISPOSE}, expected_version=0
    )
    with pytest.raises(ValidationError, match="没有可以批准的人"):
        services.submit(batch=batch, actor=people.office, expected_version=1)
    make_account("second", town.office, "director")
    batch = services.submit(batch=batch, actor=people.office, expected_version=1)
    with pytest.raises(PermissionDenied):
        services.approve(
            batch=batch, actor=people.director, statement=True, expected_version=batch.version
        )


def test_the_database_wants_two_people_as_well(people, old):
    batch = reviewed(people, old)
    rows = DisposalBatch.objects.filter(pk=batch.pk)
    agreed = {"state": "approved", "approved_at": timezone.now()}
    for wrong in (
        agreed | {"approved_by": people.office},
        agreed | {"approved_by": None},
        {"state": "running", "approved_by": people.director, "approved_at": timezone.now()},
        {"state": "done"},
        {"proposed_by": people.director},
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(**wrong)
    rows.update(**agreed, approved_by=people.director)
    for late in ({"approved_by": people.town_leader}, {"reviewed_by": people.town_leader}):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(**late)
    item = batch.items.get()
    for wrong in (
        {"lead_key": item.lead_key + 1},
        {"outcome": "disposed", "decision": ""},
        {"decision": "keep"},
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            DisposalItem.objects.filter(pk=item.pk).update(**wrong)
    for rows in (DisposalItem.objects, DisposalBatch.objects):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.all()._raw_delete("default")


def test_the_runtime_role_deletes_nothing_by_itself(people, old):
    """Neither rows, nor by the function for what two people have not agreed to, nor the log."""
    batch = reviewed(people, old)
    item = batch.items.get()

    def refused(statement: str, *values: object) -> str:
        with pytest.raises(DatabaseError) as error:
            execute(statement, *values)
        return str(error.value)

    assert "permission denied" in refused("DELETE FROM leads_lead WHERE id = %s", old.pk)
    assert "permission denied" in refused("DELETE FROM leads_legalhold")
    assert "permission denied" in refused("INSERT INTO leads_disposallog (number) VALUES ('x')")
    assert "permission denied" in refused("DELETE FROM leads_disposallog")
    call = "SELECT * FROM portal_dispose(%s)"
    assert "two people have not agreed" in refused(call, item.pk)
    batch = services.approve(
        batch=batch, actor=people.director, statement=True, expected_version=batch.version
    )
    # Approved, but not begun.
    assert "two people have not agreed" in refused(call, item.pk)
    assert refused(call, -1)
    with transaction.atomic():
        DisposalBatch.objects.filter(pk=batch.pk).update(state="running")
        DisposalItem.objects.filter(pk=item.pk).update(decided_by=people.director)
        assert "two people have not agreed" in refused(call, item.pk)
        transaction.set_rollback(True)
    with transaction.atomic():
        services.withdraw(
            batch=batch, actor=people.office, note="不办了", expected_version=batch.version
        )
        assert "two people have not agreed" in refused(call, item.pk)
        transaction.set_rollback(True)
    assert Lead.objects.filter(pk=old.pk).exists()


def test_the_trigger_setting_stays_without_effect_for_the_runtime_role(people, old):
    """What the function tells the triggers counts for the function alone."""
    run(approved(people, old))
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('pgtrigger.ignore', true)")
        assert cursor.fetchone()[0] in ("", None)


# What is deleted


def tables_below_a_lead() -> set[str]:
    """By the schema: every table whose rows refer to a lead, or to a row that does."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE below(oid) AS ("
            " SELECT 'leads_lead'::regclass::oid UNION"
            " SELECT conrelid FROM pg_constraint JOIN below ON confrelid = below.oid"
            " WHERE contype = 'f') SELECT oid::regclass::text FROM below"
        )
        return {name for (name,) in cursor.fetchall()}


def test_the_function_deletes_from_every_table_below_a_lead(db):
    source = "".join(database.statements())
    tables = tables_below_a_lead()
    assert tables == {model._meta.db_table for model in hanging()}
    assert [name for name in tables if f"DELETE FROM {name} " not in source] == []


@pytest.fixture
def full(people, town, close):
    """A lead with a row in every table, and words in all of them that stand nowhere else."""
    lead = close(
        Finding.PARTLY_PROVEN,
        title=f"{CANARY}标题",
        allegation=f"{CANARY}内容",
        place_detail=CANARY,
        external_number=CANARY,
        is_major=True,
        reporter_kind="named",
        subjects=[Subject(name=CANARY, position=CANARY, alleged=CANARY)],
    )
    with_a_row_everywhere(lead, people, town.civil)
    return age(lead, 11)


def rows_of(lead: int) -> dict[str, int]:
    counts = {}
    for model, key in hanging().items():
        table = model._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {table} WHERE {key} = %s", [lead])
            counts[table] = cursor.fetchone()[0]
    return counts


def everywhere(word: str) -> list[str]:
    """Every table of the portal in which the word stands, as the owner reads them."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(
            "SELECT oid::regclass::text FROM pg_class"
            " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        found = []
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT 1 FROM {table} t WHERE t::text LIKE %s LIMIT 1", [f"%{word}%"])
            if cursor.fetchone():
                found.append(table)
        cursor.execute(f"SET ROLE {settings.RUNTIME_ROLE}")
    return found


def test_nothing_of_a_lead_is_left_but_the_log(people, full, tmp_path):
    child = Lead.objects.create(
        number="CHILD-2020-00001",
        jurisdiction=full.jurisdiction,
        channel=full.channel,
        title="拆分出的",
        allegation="拆分出的。",
        split_from=full,
        registered_by=people.office,
        registered_unit=full.registered_unit,
    )
    before = rows_of(full.pk)
    # A new table that hangs on a lead belongs into `with_a_row_everywhere`.
    assert [name for name, count in before.items() if not count] == []
    ledger = told_of(full, people.director)
    [file_id] = full.attachments.values_list("file__public_id", flat=True)
    assert stored_path(file_id).exists()
    assert ledger.path.exists()
    key, number = full.pk, full.number

    batch = run(approved(people, full))

    assert (batch.state, outcomes(batch)) == (BatchState.DONE, [ItemOutcome.DISPOSED])
    assert set(rows_of(key).values()) == {0}
    assert not StoredFile.objects.filter(public_id=file_id).exists()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    # The criterion is a word of the dictionary, which the test put there.
    assert everywhere(CANARY) == ["leads_majorcriterion"]
    child.refresh_from_db()
    assert child.split_from_id is None
    log = DisposalLog.objects.get()
    assert (log.number, log.kind, log.years, log.rule_version) == (number, "proven", 10, 0)
    assert (log.proposed_by, log.reviewed_by) == (people.office, people.office)
    assert log.approved_by == people.director
    assert log.ended_on == timezone.localdate(full.closed_at)
    assert log.deleted == before | {"files_storedfile": 1}
    assert log.files == 1
    entry = AuditEntry.objects.get(action=Action.LEAD_DISPOSED)
    assert (entry.object_label, entry.actor) == (number, people.director)
    assert entry.reason == f"批次 {batch.number}，主任乙批准"
    steps = AuditEntry.objects.filter(action=Action.DISPOSAL_STEP).order_by("pk")
    assert [entry.reason for entry in steps] == ["提出，1 条", "复核完毕，送批", "批准处置 1 条"]
    execute("RESET ROLE")
    for change in ("UPDATE leads_disposallog SET number = 'x'", "DELETE FROM leads_disposallog"):
        with pytest.raises(DatabaseError):
            execute(change)


def told_of(lead: Lead, account) -> Job:
    """A finished ledger that tells of the lead."""
    job = Job.objects.create(
        kind="lead_ledger",
        title="线索台账",
        requested_by=account,
        submission=uuid.uuid4(),
        state=JobState.DONE,
        purpose="核对",
        stored_as=f"ledger-{lead.pk}",
        expires_at=timezone.now() + dt.timedelta(days=1),
    )
    job.path.parent.mkdir(parents=True, exist_ok=True)
    job.path.write_text(lead.title)
    ExportedRows.objects.create(job=job, whole=[lead.pk], figures=[])
    return job


def test_leads_that_were_merged_go_with_the_one_they_became_part_of(people, old, make_lead):
    part = make_lead(title="并入的")
    Lead.objects.filter(pk=part.pk).update(state=LeadState.MERGED, merged_into=old)
    part.refresh_from_db()
    assert not due_in(old.jurisdiction_id, due.today()).filter(pk=part.pk).exists()
    with transaction.atomic():
        holds.hold(lead=part, actor=people.office, note="诉讼", expected_version=part.version)
        assert blockers_of([old.pk]) == {old.pk: ["已暂停处置"]}
        transaction.set_rollback(True)
    run(approved(people, old))
    assert not Lead.objects.filter(pk__in=[old.pk, part.pk]).exists()
    assert DisposalLog.objects.get().merged == [part.number]


# What stands in the way


def _blocking(people, town, lead: Lead, other: Lead) -> dict[str, Callable[[], object]]:
    """How each blocker comes about."""
    now, part = timezone.now(), lead.assignments.get()
    soon = now + dt.timedelta(days=1)
    reward = {"amount": 5, "low": 1, "high": 9, "tier_name": "一般", "basis": "依据"}
    clarified = {"allegation": "收费", "verified": "没有", "basis": "笔录", "verifiers": "甲"}

    def tier():
        return town.unit.reward_tiers.get_or_create(name="一般", low=1, high=9)[0]

    def give_reward(of: Lead, to: Lead) -> Reward:
        return Reward.objects.create(
            lead=of,
            beneficiary=to,
            number="JL-1",
            tier=tier(),
            proposed_by=people.office,
            **reward,
        )

    def owe_a_call() -> None:
        Lead.objects.filter(pk=lead.pk).update(reporter_kind="named")
        Callback.objects.create(lead=lead, due_on=due.today(), near_days=1)

    def reopen() -> None:
        leads.restart(lead=lead, actor=people.office, note="新情况", expected_version=lead.version)

    return {
        "held": lambda: holds.hold(
            lead=lead, actor=people.director, note="诉讼", expected_version=lead.version
        ),
        "not_ended": reopen,
        "assignment": lambda: lead.assignments.create(
            unit=town.civil, state="verifying", due_on=due.today(), assigned_by=people.office
        ),
        "extension": lambda: Extension.objects.create(
            assignment=part,
            old_due_on=due.today(),
            new_due_on=due.today() + dt.timedelta(days=3),
            reason="走访",
            asked_by=people.police,
        ),
        "supplement": lambda: Supplement.objects.create(
            lead=lead, submission=uuid.uuid4(), way="phone", text="补充", taken_by=people.office
        ),
        "callback": owe_a_call,
        "reward": lambda: give_reward(lead, lead),
        "reward_elsewhere": lambda: give_reward(other, lead),
        "release": lambda: Release.objects.create(lead=lead, reason="回访", asked_by=people.office),
        "clarification": lambda: Clarification.objects.create(
            lead=lead,
            round=1,
            finding="disproven",
            verified_by=part.unit,
            proposed_by=people.office,
            **clarified,
        ),
        "reading": lambda: Access.objects.create(
            lead=lead,
            account=people.town_leader,
            kind="granted",
            reason="督办",
            given_by=people.director,
            ends_at=soon,
        ),
    }


def test_each_thing_in_the_way_is_named_and_keeps_the_lead(people, town, old, make_lead):
    """Of one that is approved already: it is not deleted, and the batch ends all the same."""
    other = make_lead()
    ways = _blocking(people, town, old, other)
    assert set(ways) == set(WORDS)
    for code, come_about in ways.items():
        with transaction.atomic():
            come_about()
            # What stopped being over has no finding and no assignment in force either.
            assert WORDS[code] in blockers_of([old.pk])[old.pk], code
            with pytest.raises(ValidationError), transaction.atomic():
                proposed(people, old)
            transaction.set_rollback(True)
    batch = approved(people, old)
    for code, come_about in ways.items():
        with transaction.atomic():
            come_about()
            run(batch)
            item = batch.items.get()
            kept = ItemOutcome.HELD if code == "held" else ItemOutcome.BLOCKED
            assert (batch.state, item.outcome) == (BatchState.DONE, kept), code
            assert code in ("held", "not_ended") or item.words == WORDS[code]
            assert Lead.objects.filter(pk=old.pk).exists()
            assert not DisposalLog.objects.exists()
            transaction.set_rollback(True)
        batch.refresh_from_db()
    assert run(batch).state == BatchState.DONE
    assert not Lead.objects.filter(pk=old.pk).exists()


def test_what_got_in_the_way_is_not_approved(people, old):
    batch = reviewed(people, old)
    Supplement.objects.create(
        lead=old, submission=uuid.uuid4(), way="phone", text="补充", taken_by=people.office
    )
    with pytest.raises(Conflict, match=f"{old.number}（举报人的补充尚未阅处）"):
        services.approve(
            batch=batch, actor=people.director, statement=True, expected_version=batch.version
        )


def test_the_rules_are_asked_again_before_a_lead_goes(people, town, old):
    batch = approved(people, old)
    years = {OutcomeKind.DISPROVEN: 5}
    settling.settle(
        actor=people.director,
        town=town.unit.pk,
        years=years,
        versions=dict.fromkeys(years, 0),
        reason="延长",
    )
    assert run(batch).state == BatchState.DONE
    item = batch.items.get()
    assert (item.outcome, item.words) == (ItemOutcome.BLOCKED, "留存期限已改，尚未届满")


# Holds


def test_a_held_lead_enters_no_batch_and_leaves_the_one_it_is_in(people, close, old):
    second = age(close(Finding.DISPROVEN), 5)
    batch = reviewed(people, old, second)
    with pytest.raises(PermissionDenied):
        holds.hold(lead=old, actor=people.police, note="诉讼", expected_version=old.version)
    with pytest.raises(ValidationError):
        holds.hold(lead=old, actor=people.office, note=" ", expected_version=old.version)
    held = holds.hold(lead=old, actor=people.office, note="诉讼", expected_version=old.version)
    assert outcomes(batch) == [ItemOutcome.HELD, ItemOutcome.WAITING]
    old.refresh_from_db()
    with pytest.raises(Conflict):
        holds.hold(lead=old, actor=people.office, note="又", expected_version=old.version)
    values = DisposalItem.objects.filter(lead_key=old.pk).values(
        "number", "kind", "rule_version", "years", "ended_on", "kept_until"
    )[0]
    with pytest.raises(DatabaseError, match="the lead is held"), transaction.atomic():
        DisposalItem.objects.create(batch=batch, lead_key=old.pk, **values)
    batch = services.approve(
        batch=batch,
        actor=people.director,
        statement=True,
        expected_version=fresh_batch(batch).version,
    )
    run(batch)
    assert outcomes(batch) == [ItemOutcome.HELD, ItemOutcome.DISPOSED]
    for wrong in ({"reason": "改"}, {"set_by": people.director}, {"lifted_at": timezone.now()}):
        with pytest.raises(DatabaseError), transaction.atomic():
            LegalHold.objects.filter(pk=held.pk).update(**wrong)
    with pytest.raises(PermissionDenied):
        holds.lift(lead=old, actor=people.office, note="审结", expected_version=old.version)
    holds.lift(lead=old, actor=people.director, note="审结", expected_version=old.version)
    with pytest.raises(DatabaseError), transaction.atomic():
        LegalHold.objects.filter(pk=held.pk).update(lifted_at=None, lifted_reason="")
    old.refresh_from_db()
    with pytest.raises(Conflict):
        holds.lift(lead=old, actor=people.director, note="又", expected_version=old.version)
    assert proposed(people, old).items.count() == 1
    entries = AuditEntry.objects.filter(action=Action.HOLD_CHANGED).order_by("pk")
    assert [entry.reason for entry in entries] == ["暂停：诉讼", "恢复：审结"]
    assert [event.verb for event in old.events.all()][-2:] == ["hold", "lift_hold"]


# The review


def test_what_is_kept_longer_comes_again_when_that_time_has_passed(people, town, close, old):
    second = age(close(Finding.DISPROVEN), 5)
    batch = proposed(people, old, second)
    first, other = batch.items.order_by("pk")
    tomorrow = due.today() + dt.timedelta(days=1)
    for wrong in (Review("keep", "", tomorrow), Review("keep", "比对", due.today())):
        with pytest.raises(ValidationError):
            services.review(
                batch=batch, actor=people.office, reviews={first.pk: wrong}, expected_version=0
            )
    said = {first.pk: Review("keep", "比对", tomorrow), other.pk: DISPOSE}
    batch = services.review(batch=batch, actor=people.office, reviews=said, expected_version=0)
    with pytest.raises(Conflict):
        services.review(batch=batch, actor=people.office, reviews=said, expected_version=0)
    # What another leaves as it is stays theirs who said so.
    batch = services.review(batch=batch, actor=people.director, reviews=said, expected_version=1)
    assert set(batch.items.values_list("decided_by", flat=True)) == {people.office.pk}
    batch = services.submit(batch=batch, actor=people.office, expected_version=2)
    told = Message.objects.get(kind="disposal_waits")
    assert told.recipient == people.director
    assert CANARY not in told.title + told.body
    batch = services.send_back(
        batch=batch, actor=people.director, note="再看", expected_version=batch.version
    )
    assert (batch.state, batch.reviewed_by) == (BatchState.PROPOSED, None)
    batch = services.submit(batch=batch, actor=people.office, expected_version=batch.version)
    batch = services.approve(
        batch=batch, actor=people.director, statement=True, expected_version=batch.version
    )
    run(batch)
    assert outcomes(batch) == [ItemOutcome.KEPT, ItemOutcome.DISPOSED]
    assert not due_in(town.unit.pk, due.today()).exists()
    assert due_in(town.unit.pk, tomorrow).get() == old


def test_a_second_click_a_second_batch_and_a_withdrawal(people, town, old):
    give = {"actor": people.office, "town": town.unit.pk, "submission": uuid.uuid4()}
    batch = services.propose(leads={old.pk}, **give)
    assert services.propose(leads={old.pk}, **give) == batch
    with pytest.raises(ValidationError):
        proposed(people, old)
    with pytest.raises(ValidationError):
        services.propose(leads=set(), **give | {"submission": uuid.uuid4()})
    with pytest.raises(ValidationError):
        services.withdraw(batch=batch, actor=people.office, note="", expected_version=0)
    batch = services.withdraw(
        batch=batch, actor=people.office, note="暂不办", expected_version=batch.version
    )
    assert (batch.state, outcomes(batch)) == (BatchState.WITHDRAWN, [ItemOutcome.RELEASED])
    assert proposed(people, old).number.endswith("-0002")


def test_a_lead_that_is_kept_from_a_person_is_neither_proposed_nor_approved_by_them(people, old):
    batch = reviewed(people, old)
    conflicts.recuse(lead=old, actor=people.director, reason="亲属")
    with pytest.raises(Conflict, match="不向您显示"):
        services.approve(
            batch=batch,
            actor=fresh(people.director),
            statement=True,
            expected_version=batch.version,
        )
    services.withdraw(batch=batch, actor=people.office, note="换人", expected_version=batch.version)
    with pytest.raises(ValidationError):
        services.propose(
            actor=fresh(people.director),
            town=old.jurisdiction_id,
            leads={old.pk},
            submission=uuid.uuid4(),
        )


# The work


class Killed(BaseException):
    pass


def test_a_killed_job_is_started_again_and_each_lead_goes_once(people, close, old):
    others = [age(close(Finding.DISPROVEN), 4) for _ in range(2)]
    batch = approved(people, old, *others)

    def die(number: int) -> None:
        if number == 2:
            raise Killed

    with pytest.raises(Killed):
        carrying_out.carry_out(batch=batch, actor=people.director, progress=die)
    batch.refresh_from_db()
    assert (batch.state, DisposalLog.objects.count()) == (BatchState.RUNNING, 2)
    run(batch)
    assert (batch.state, outcomes(batch)) == (BatchState.DONE, [ItemOutcome.DISPOSED] * 3)
    assert DisposalLog.objects.count() == 3
    job = Job.objects.get(public_id=batch.job)
    assert (job.state, job.done) == (JobState.DONE, 3)
    assert carrying_out.go_on(batch=batch, actor=people.director) is None
    assert batch.events.filter(verb="finish").count() == 1


def test_a_job_that_was_given_up_is_gone_on_with(people, old):
    batch = approved(people, old)
    job = Job.objects.get(public_id=batch.job)
    assert carrying_out.go_on(batch=batch, actor=people.director) == job
    jobs.cancel(job=job)
    with pytest.raises(PermissionDenied):
        carrying_out.go_on(batch=batch, actor=people.office)
    again = carrying_out.go_on(batch=batch, actor=people.director)
    assert again != job
    assert run(fresh_batch(batch)).state == BatchState.DONE


def test_bytes_that_a_crash_left_are_swept(people, full, monkeypatch, tmp_path):
    def die(file_id: uuid.UUID) -> None:
        raise OSError

    monkeypatch.setattr(carrying_out, "delete_stored", die)
    [file_id] = full.attachments.values_list("file__public_id", flat=True)
    run(approved(people, full))
    assert not Lead.objects.filter(pk=full.pk).exists()
    path = stored_path(file_id)
    assert path.exists()
    old = timezone.now().timestamp() - 10 * 24 * 3600
    os.utime(path, (old, old))
    sweep_unused()
    assert not path.exists()


def test_what_the_function_forgot_keeps_the_lead_whole(people, old, monkeypatch):
    """A reference from a table that nobody told it of: nothing is deleted, and it waits."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(
            "CREATE TABLE leads_forgotten (lead_id bigint REFERENCES leads_lead"
            " DEFERRABLE INITIALLY DEFERRED)"
        )
        cursor.execute("INSERT INTO leads_forgotten VALUES (%s)", [old.pk])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(f"SET ROLE {settings.RUNTIME_ROLE}")
    assert tables_below_a_lead() != {model._meta.db_table for model in hanging()}
    before = rows_of(old.pk)
    batch = run(approved(people, old))
    assert (batch.state, outcomes(batch)) == (BatchState.RUNNING, [ItemOutcome.WAITING])
    assert rows_of(old.pk) == before
    job = Job.objects.get(public_id=batch.job)
    assert job.state == JobState.FAILED
    assert job.error.startswith("处理时出错，已处置的不能恢复，其余没有处置")


def test_disposing_takes_so_many_queries(people, close, old, django_assert_max_num_queries):
    batch = approved(people, old, age(close(Finding.DISPROVEN), 4))
    with django_assert_max_num_queries(60):
        carrying_out.carry_out(batch=batch, actor=people.director)


@pytest.mark.django_db(transaction=True)
def test_a_hold_and_a_disposal_that_meet_never_both_happen(people, close):
    """Whoever locks the lead first wins; the other is told."""
    rows = [age(close(Finding.DISPROVEN), 4) for _ in range(12)]
    batch = approved(people, *rows)
    DisposalBatch.objects.filter(pk=batch.pk).update(state="running")
    meeting = threading.Barrier(2)
    items = dict(batch.items.values_list("lead_key", "pk"))

    def as_runtime(act: Callable[[], object]) -> bool:
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"SET ROLE {settings.RUNTIME_ROLE}")
            meeting.wait(timeout=30)
            act()
        except Conflict:
            return False
        finally:
            connection.close()
        return True

    ends = []
    with ThreadPoolExecutor(2) as pool:
        for lead in rows:
            hold = pool.submit(
                as_runtime,
                lambda lead=lead: holds.hold(
                    lead=lead, actor=people.office, note="诉讼", expected_version=lead.version
                ),
            )
            go = pool.submit(
                as_runtime,
                lambda lead=lead: carrying_out._dispose(items[lead.pk], actor=people.director),
            )
            held, _ = hold.result(timeout=30), go.result(timeout=30)
            gone = not Lead.objects.filter(pk=lead.pk).exists()
            assert held != gone
            ends.append(gone)
    assert DisposalLog.objects.count() == sum(ends)
    assert LegalHold.objects.count() == len(rows) - sum(ends)
