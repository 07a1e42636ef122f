"""Leads whose time has passed, and the steps of a batch, for the tests of retention."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.utils import timezone

from departments.models import Account
from files.services import keep
from leads import due
from leads.disposals import services
from leads.disposals.models import DisposalBatch, LegalHold
from leads.disposals.services import Review
from leads.imports.models import ImportBatch
from leads.models import (
    Access,
    Alert,
    Attachment,
    BulkItem,
    BulkRun,
    Clarification,
    ClosureProposal,
    ConflictOfInterest,
    Extension,
    FollowUp,
    IdentityLook,
    ImportedRow,
    Lead,
    LeadEvent,
    LeadRevision,
    MajorCriterion,
    Paper,
    QueryCode,
    Referral,
    Release,
    ReporterReply,
    ReporterRevision,
    Reward,
    RewardTier,
    Round,
    Supplement,
)
from leads.reporters.identity import Identity
from leads.reporters.services import take_in
from leads.states import ExtensionState, LeadState
from tests.files.samples import stored

#: Words that stand in what belongs to the lead, and nowhere else.
CANARY = "金丝雀"
DISPOSE = Review("dispose")


def fresh(account: Account) -> Account:
    return Account.objects.get(pk=account.pk)


def age(lead: Lead, years: int, days: int = 0) -> Lead:
    """Let the lead have been closed so many years, and days, ago."""
    day = due.today()
    at = timezone.now().replace(year=day.year - years) - dt.timedelta(days=days)
    Lead.objects.filter(pk=lead.pk).update(closed_at=at)
    lead.refresh_from_db()
    return lead


def ended_otherwise(like: Lead, state: str, at: dt.datetime, **fields: Any) -> Lead:
    """A lead that ended without a finding, at that time."""
    lead = Lead.objects.create(
        number=f"OLD-2000-{Lead.objects.count():05d}",
        jurisdiction=like.jurisdiction,
        channel=like.channel,
        title="旧线索",
        allegation="旧线索。",
        state=state,
        registered_by=like.registered_by,
        registered_unit=like.registered_unit,
        registered_at=at,
        **fields,
    )
    target = LeadState.DECLINED if state == LeadState.ARCHIVED else state
    LeadEvent.objects.create(
        lead=lead, at=at, actor_name="某", verb="end", from_state="accepted", to_state=target
    )
    return lead


def proposed(people: Any, *leads: Lead) -> DisposalBatch:
    return services.propose(
        actor=people.office,
        town=people.office.main_unit.jurisdiction_id,
        leads={lead.pk for lead in leads},
        submission=uuid.uuid4(),
    )


def reviewed(people: Any, *leads: Lead) -> DisposalBatch:
    """All of them to go, by the office."""
    batch = proposed(people, *leads)
    batch = services.review(
        batch=batch,
        actor=people.office,
        reviews=dict.fromkeys(batch.items.values_list("pk", flat=True), DISPOSE),
        expected_version=batch.version,
    )
    return services.submit(batch=batch, actor=people.office, expected_version=batch.version)


def approved(people: Any, *leads: Lead) -> DisposalBatch:
    batch = reviewed(people, *leads)
    return services.approve(
        batch=batch, actor=people.director, statement=True, expected_version=batch.version
    )


def with_a_row_everywhere(lead: Lead, people: Any, unit: Any) -> None:
    """Hang on a closed lead a row in every table that can have one; nothing is left to do."""
    now, office, director = timezone.now(), people.office, people.director
    part = lead.assignments.get()
    lead.criteria.add(MajorCriterion.objects.get_or_create(code="canary", name=CANARY)[0])
    lead.named_units.add(unit)
    Alert.objects.get_or_create(lead=lead, unit=None, defaults={"raised_by": office})
    ConflictOfInterest.objects.create(lead=lead, account=people.west, why="recused", reason=CANARY)
    LeadRevision.objects.create(lead=lead, replaced=0, changes=[CANARY], by=office)
    batch = ImportBatch.objects.create(
        town=lead.jurisdiction,
        uploaded_by=office,
        file_name="台账.xlsx",
        sha256="0" * 64,
        layout_key="0" * 64,
        layout_kept={},
    )
    ImportedRow.objects.create(batch=batch, row=1, lead=lead, old_number=CANARY)
    run = BulkRun.objects.create(owner=office, action="assign", params={})
    BulkItem.objects.create(run=run, lead=lead, version=0, words=CANARY)
    ends = {"finding": lead.finding, "disposition": lead.disposition, "closing_words": CANARY}
    ClosureProposal.objects.create(lead=lead, round=1, by=office, **ends)
    Round.objects.create(lead=lead, number=1, state="closed", **ends)
    FollowUp.objects.create(
        lead=lead,
        contacted_on=due.today(),
        way="phone",
        attitude="satisfied",
        words=CANARY,
        by=office,
    )
    Referral.objects.create(
        lead=lead, round=1, authority=CANARY, referred_on=due.today(), by=office
    )
    Extension.objects.create(
        assignment=part,
        state=ExtensionState.DENIED,
        old_due_on=due.today(),
        new_due_on=due.today() + dt.timedelta(days=1),
        reason=CANARY,
        asked_by=people.police,
    )
    Paper.objects.get_or_create(
        assignment=part,
        defaults={
            "jurisdiction": lead.jurisdiction,
            "kind": "order",
            "year": 2020,
            "serial": lead.pk,
            "number": CANARY,
            "issuer": "甲",
            "title": CANARY,
            "addressee": "乙",
            "body": CANARY,
            "requirements": CANARY,
            "issued_by": office,
            "issued_on": due.today(),
        },
    )
    Attachment.objects.create(
        lead=lead, file=keep(files=[stored(office)], owner=office)[0], added_by=office
    )
    Access.objects.create(
        lead=lead,
        account=people.town_leader,
        kind="granted",
        reason=CANARY,
        given_by=director,
        ends_at=now + dt.timedelta(days=1),
        ended_at=now,
        ended_by=director,
    )
    Clarification.objects.create(
        lead=lead,
        round=1,
        finding="disproven",
        subject=lead.subjects.first(),
        allegation=CANARY,
        verified=CANARY,
        basis=CANARY,
        verified_by=part.unit,
        verifiers="甲、乙",
        state="withdrawn",
        proposed_by=office,
    )
    code = QueryCode.objects.create(
        lead=lead, serial=f"CX-{lead.pk}", digest=str(lead.pk), key_id="k", issued_by=office
    )
    Supplement.objects.create(
        lead=lead,
        submission=uuid.uuid4(),
        way="phone",
        text=CANARY,
        taken_by=office,
        read_by=office,
        read_at=now,
    )
    ReporterReply.objects.create(lead=lead, words=CANARY, by=office)
    reward = _paid_reward(lead, code, people)
    reward.record(actor=office, verb="propose", source="", target="proposed", note=CANARY)
    take_in(lead=lead, actor=office, reporters=[Identity(name=CANARY)])
    reporter = lead.reporters.first()
    earlier = ReporterRevision(reporter=reporter, version=1, reason="更正", replaced_by=office)
    earlier.hold(reporter.envelope)
    earlier.save(force_insert=True)
    Release.objects.create(lead=lead, state="withdrawn", reason=CANARY, asked_by=office)
    IdentityLook.objects.create(lead=lead, actor=people.custodian, reason=CANARY)
    LegalHold.objects.create(
        lead=lead,
        reason=CANARY,
        set_by=office,
        lifted_by=director,
        lifted_at=now,
        lifted_reason=CANARY,
    )
    lead.callback.done_on = due.today()
    lead.callback.save(update_fields=["done_on"])


def _paid_reward(lead: Lead, code: QueryCode, people: Any) -> Reward:
    tier = RewardTier.objects.get_or_create(
        jurisdiction=lead.jurisdiction, name="一般", low=1, high=9
    )[0]
    now = timezone.now()
    return Reward.objects.create(
        number=f"JL-{lead.number}",
        lead=lead,
        beneficiary=lead,
        state="paid",
        tier=tier,
        tier_name=tier.name,
        low=1,
        high=9,
        amount=5,
        basis=CANARY,
        proposed_by=people.office,
        first_by=people.director,
        first_at=now,
        second_by=people.town_leader,
        second_at=now,
        paid_by=people.office,
        paid_at=now,
        code=code,
    )
