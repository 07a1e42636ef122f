"""Words that stand for what is secret, one for each field, and how they are found again.

A canary is `zq`, a letter for the thing it belongs to, the field, `qz`: letters that no encoding
of a page, a file or a message changes. What looks like one by chance, as in a token, was not made.
"""

from __future__ import annotations

import io
import re
import uuid
from collections.abc import Callable
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from openpyxl import Workbook

from access.factors import services as factors
from access.factors.codes import typed_key
from departments.models import Account
from jobs import services as jobs
from jobs.workbook.saving import save
from leads import due
from leads.attachments.services import add, remove
from leads.codes.models import QueryCode, ReporterReply
from leads.codes.services import read_supplement, supplement
from leads.conflicts.models import ConflictOfInterest
from leads.documents import services as documents
from leads.drafts import services as drafts
from leads.hanging import hanging
from leads.imports import services as imports
from leads.models import (
    Access,
    Assignment,
    Clarification,
    ClosureProposal,
    Extension,
    Feedback,
    FollowUp,
    IdentityLook,
    Lead,
    LeadEvent,
    LeadRevision,
    LegalHold,
    Referral,
    Release,
    ReporterRevision,
    Reward,
    RewardTier,
    Round,
    Subject,
)
from leads.models.feedback import FeedbackSignature
from leads.reporters.identity import Identity
from reporting.incidents import services as incidents
from reporting.notes import services as notes
from reporting.periods import services as periods
from reporting.periods.models import ReportExpectation
from tests.files.samples import stored

Word = Callable[[str], str]
FOUND = re.compile(rb"(?i)zq([abc])([a-z]{3,}?)qz")
#: The canaries that were made, by letter and field.
MADE: set[tuple[str, str]] = set()
#: The fields of the table in which nobody writes a word: states, days, choices of lists, names of
#: units and of the office's own people, numbers, and leads that have fields of their own.
WORDLESS = {
    *("number", "state", "dates", "secrecy", "registrant", "channel", "reporter_kind", "major"),
    *("place", "domain", "conduct", "umbrella", "criteria", "named_units", "callback", "units"),
    *("timeline", "finding", "kin", "similar"),
}
#: Columns of what hangs on a lead in which nobody writes a word: states, verbs, numbers, names of
#: keys, digests, and the people and units that acted.
WITHOUT_WORDS = {
    *("FeedbackSignature.digest", "ImportedRow.old_number", "Lead.number", "LeadEvent.actor_name"),
    *("LeadEvent.from_state", "LeadEvent.to_state", "LeadEvent.unit_name", "LeadEvent.verb"),
    *("Paper.addressee", "Paper.issuer", "Paper.number", "QueryCode.key_id", "Reporter.cipher"),
    *("Reporter.id_index", "Reporter.index_key_id", "Reporter.key_id", "Reporter.phone_index"),
    *("ReporterRevision.cipher", "ReporterRevision.key_id", "Reward.number", "Reward.tier_name"),
    *("RewardEvent.actor_name", "RewardEvent.from_state", "RewardEvent.to_state"),
    *("RewardEvent.unit_name", "RewardEvent.verb"),
}
#: Columns that are shown only beside one that has its canary, to whoever sees that.
BESIDE_ANOTHER = {"BulkItem.words", "Paper.requirements", "Paper.title"}
#: What a reporter gave besides a name: digits, to be found as they were typed and as they are kept.
PHONE, ID_NUMBER = "13900004711", "110105199003074711"


def canary(mark: str, field: str) -> str:
    name = field.replace("_", "")
    MADE.add((mark, name))
    return f"zq{mark}{name}qz"


def found_in(data: bytes) -> set[tuple[str, str]]:
    """The canaries in `data`, by letter and field."""
    found = {(mark.decode().lower(), field.decode().lower()) for mark, field in FOUND.findall(data)}
    return found & MADE


def fill(lead: Lead, mark: str, people: Any) -> set[str]:
    """Give every field of `lead` in which people write its own word; the fields that have one."""
    filled = {"papers"}

    def word(field: str) -> str:
        filled.add(field)
        return canary(mark, field)

    task = lead.assignments.get()
    for part in (_what_is_alleged, _what_was_done, _how_it_ends, _who_reads_it):
        part(lead, task, people, word)
    _files(lead, people, word)
    _what_reporters_have(lead, people, word)
    _who_asked_for_the_reporter(lead, mark, people)
    return filled


def assigned(make_assigned: Callable[..., Lead], mark: str, people: Any) -> Lead:
    """A major lead with the police, whose paper and instructions have their words."""
    template = documents.template_for(people.office.main_unit.jurisdiction, "transfer")
    usual, template.body = template.body, canary(mark, "papers")
    template.save(update_fields=["body"])
    lead = make_assigned(
        is_major=True,
        reporter_kind="named",
        reporters=[
            Identity(
                name=canary(mark, "identity"),
                phone=PHONE,
                id_number=ID_NUMBER,
                address=canary(mark, "identity"),
                note=canary(mark, "identity"),
            )
        ],
    )
    template.body = usual
    template.save(update_fields=["body"])
    return lead


def _what_is_alleged(lead: Lead, task: Assignment, people: Any, word: Word) -> None:
    named = ("title", "allegation", "place_detail", "external_number")
    Lead.objects.filter(pk=lead.pk).update(
        **{name: word(name) for name in named},
        closing_words=word("closing_words"),
        archive_ref=word("archive_ref"),
    )
    told = dict.fromkeys(("name", "position", "alleged"), word("subjects"))
    Subject.objects.create(lead=lead, **told)
    change = {"field": "title", "label": "线索名称", "before": "", "after": ""}
    change |= {"before_words": word("revisions"), "after_words": ""}
    LeadRevision.objects.create(
        lead=lead, replaced=0, changes=[change], note=word("revisions"), by=people.office
    )
    recused = {"lead": lead, "why": "recused", "reason": word("conflicts")}
    ConflictOfInterest.objects.create(account=people.custodian, **recused)
    ConflictOfInterest.objects.create(
        account=people.director, lifted_reason=word("conflicts"), **_lifted(people), **recused
    )


def _what_was_done(lead: Lead, task: Assignment, people: Any, word: Word) -> None:
    Assignment.objects.filter(pk=task.pk).update(instructions=word("instructions"))
    texts = ("first_verifier", "second_verifier", "verified_facts", "basis", "opinion")
    told = Feedback.objects.create(
        assignment=task,
        finding="doubtful",
        by=people.police,
        **{name: word("feedback")[:30] for name in texts},
    )
    FeedbackSignature.objects.create(feedback=told, digest=told.digest, by=people.police_leader)
    Extension.objects.create(
        assignment=task,
        old_due_on=task.due_on,
        new_due_on=task.due_on + timezone.timedelta(days=1),
        reason=word("extensions"),
        asked_by=people.police,
    )
    for verb, field, part in (("progress", "notes", task), ("follow_up", "office_notes", None)):
        LeadEvent.write(
            lead, actor=people.office, verb=verb, target="", note=word(field), assignment=part
        )
    LeadEvent.write(
        lead, actor=people.director, verb="grant_reading", target="", note=word("office_steps")
    )


def _how_it_ends(lead: Lead, task: Assignment, people: Any, word: Word) -> None:
    ClosureProposal.objects.create(
        lead=lead,
        round=lead.round,
        finding="proven",
        disposition="administrative",
        closing_words=word("proposal"),
        by=people.office,
    )
    Round.objects.create(lead=lead, number=0, state="closed", closing_words=word("rounds"))
    FollowUp.objects.create(
        lead=lead,
        contacted_on=due.today(),
        way="phone",
        attitude="satisfied",
        words=word("follow_ups"),
        by=people.office,
    )
    Referral.objects.create(
        lead=lead,
        round=1,
        authority=word("referrals"),
        document_number=word("referrals"),
        receipt_number=word("referrals"),
        received_by=word("referrals"),
        received_on=due.today(),
        referred_on=due.today(),
        by=people.office,
    )
    words = ("place", "people", "allegation", "verified", "basis", "verifiers")
    Clarification.objects.create(
        lead=lead,
        round=lead.round,
        finding="disproven",
        verified_by=task.unit,
        proposed_by=people.office,
        **dict.fromkeys(words, word("clarifications")),
    )
    held = {"lead": lead, "reason": word("holds"), "set_by": people.director}
    LegalHold.objects.create(lifted_reason=word("holds"), **_lifted(people), **held)
    LegalHold.objects.create(**held)
    tier, _ = RewardTier.objects.get_or_create(
        jurisdiction=lead.jurisdiction, name="一般", low=1, high=9
    )
    reward = Reward.objects.create(
        number=f"JL-{lead.number}",
        lead=lead,
        beneficiary=lead,
        tier=tier,
        tier_name=tier.name,
        low=1,
        high=9,
        amount=5,
        basis=word("rewards"),
        proposed_by=people.office,
    )
    reward.record(
        actor=people.office, verb="propose", source="", target=reward.state, note=word("rewards")
    )


def _who_reads_it(lead: Lead, task: Assignment, people: Any, word: Word) -> None:
    Access.objects.create(
        lead=lead,
        account=people.custodian,
        kind="granted",
        reason=word("readings"),
        given_by=people.director,
        ends_at=timezone.now() + timezone.timedelta(hours=1),
    )


def _lifted(people: Any) -> dict[str, Any]:
    return {"lifted_by": people.director, "lifted_at": timezone.now()}


def _files(lead: Lead, people: Any, word: Word) -> None:
    names = [word("attachments"), word("removed")]
    uploads = [stored(people.office, name.encode(), f"{name}.txt") for name in names]
    _, gone = add(lead=lead, actor=people.office, uploads=uploads)
    remove(attachment=gone, actor=people.office, reason=word("removed"))


def _what_reporters_have(lead: Lead, people: Any, word: Word) -> None:
    """Two codes, a reply, and two additions of which one is passed on to the units."""
    code = {"lead": lead, "key_id": "k", "issued_by": people.office}
    QueryCode.objects.create(
        serial=f"{word('codes')}-1",
        digest=f"{word('codes')}-1",
        revoked_by=people.office,
        revoked_at=timezone.now(),
        revoked_reason=word("codes"),
        **code,
    )
    QueryCode.objects.create(serial=word("codes"), digest=word("codes"), **code)
    ReporterReply.objects.create(lead=lead, words=word("replies"), by=people.office)
    for field in ("supplements", "unread"):
        added, _ = supplement(
            lead=lead,
            actor=people.office,
            submission=uuid.uuid4(),
            way="phone",
            text=word(field),
        )
        if field == "supplements":
            read_supplement(supplement=added, actor=people.director, share=True)


def _who_asked_for_the_reporter(lead: Lead, mark: str, people: Any) -> None:
    """Words about the reporter that are none of the lead's own fields."""
    said = canary(mark, "release")
    Release.objects.create(lead=lead, reason=said, asked_by=people.office)
    Release.objects.create(
        lead=lead,
        reason=said,
        asked_by=people.office,
        state="rejected",
        answer=said,
        decided_by=people.director,
        decided_at=timezone.now(),
    )
    reporter = lead.reporters.get()
    earlier = ReporterRevision(
        reporter=reporter,
        version=reporter.version,
        reason=canary(mark, "corrected"),
        replaced_by=people.custodian,
    )
    earlier.hold(reporter.envelope)
    earlier.save()
    IdentityLook.objects.create(lead=lead, reason=canary(mark, "look"), actor=people.custodian)


def bare_columns() -> set[str]:
    """The columns of what hangs on a lead that take words and have no canary in any row."""
    return {
        f"{model.__name__}.{field.attname}"
        for model in hanging()
        for field in model._meta.concrete_fields
        if _takes_words(field) and not found_in(_all_of(model, field))
    }


def _takes_words(field: models.Field) -> bool:
    kinds = (models.CharField, models.TextField, models.JSONField, ArrayField)
    return isinstance(field, kinds) and not field.choices


def _all_of(model: type[models.Model], field: models.Field) -> bytes:
    return repr(list(model._base_manager.values_list(field.attname, flat=True))).encode()


# What is secret besides the fields of a lead, each under the letter "c"


class Beside:
    """A draft, a ledger, an incident, a note, a phone's secret: each with a word of its own."""

    def __init__(self, people: Any) -> None:
        self.draft = drafts.save(
            actor=people.office,
            submission=uuid.uuid4(),
            content={"title": [canary("c", "draft")], "allegation": [canary("c", "draft")]},
            reporters=[{"name": canary("c", "identity"), "phone": "13900004712"}],
            expected_version=0,
        )
        self.batch = _ledger(people.office)
        self.incident = incidents.report(
            actor=people.police,
            unit=people.police.main_unit,
            what=canary("c", "incident"),
            place=None,
            happened_at=timezone.now(),
            handling=canary("c", "incident"),
            in_danger=False,
            submission=uuid.uuid4(),
        )[0]
        self.owed = _owed(people.police)
        self.note = _note(people.police, self.owed)
        # Whoever has bound a phone is asked for it; nobody who asks for pages here has.
        self.secret = typed_key(factors.begin(account=people.discipline).key)


def _ledger(actor: Account) -> Any:
    """A ledger with an error, checked; its column of who reported is nobody's to read."""
    book = Workbook()
    book.active.append(["登记日期", "来源", "反映内容", "举报人"])
    word = canary("c", "ledger")
    book.active.append(["五月", word, word, canary("c", "informer")])
    file = io.BytesIO()
    save(book, file)
    size = file.tell()
    file.seek(0)
    batch = imports.upload(actor=actor, file=file, size=size, name=f"{word}.xlsx")
    jobs.run(batch.job_id)
    batch.refresh_from_db()
    return batch


def _owed(actor: Account) -> ReportExpectation:
    """What the person's unit owes for this week."""
    today = timezone.localdate()
    periods.open_period(jurisdiction=actor.main_unit.jurisdiction, day=today)
    this_week = {"period__starts_on__lte": today, "period__ends_on__gte": today}
    return ReportExpectation.objects.get(unit=actor.main_unit, **this_week)


def _note(actor: Account, owed: ReportExpectation) -> Any:
    today = timezone.localdate()
    values = {"owed": owed, "day": today, "words": canary("c", "note"), "submission": uuid.uuid4()}
    return notes.write(actor=actor, **values)[0]
