"""Who gets what answer at which address: one table over the whole URLconf."""

from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from openpyxl import Workbook

from departments.models import Account
from jobs import services as jobs
from jobs.models import Job, JobState
from leads import due
from leads.attachments.services import add
from leads.conflicts import services as conflicts
from leads.imports import services as imports
from leads.lists.bulk.models import BulkAction
from leads.models import (
    BulkRun,
    Channel,
    ConflictOfInterest,
    ImportBatch,
    LeadDraft,
    RoutingRule,
    SavedFilter,
)
from leads.services import extensions
from messaging.models import Message
from oversight.models import Finding
from reporting.periods import services as periods
from reporting.weekly import form as weekly_form
from reporting.weekly import services as weekly
from tests.files.samples import stored

#: What a cell says, GET before the stroke and POST (of an empty form) after it.
ANSWERS = {
    200: "ok",  # the page
    302: "go",  # done, or sent on
    403: "no",  # they see the thing but may not do this
    404: "--",  # for them there is no such thing
    405: "xx",  # this address does not take this method
}

#: The roles of the columns, each with the person of `conftest.People` that plays it.
ROLES = {
    "office": "office",
    "director": "director",
    "liaison": "police",
    "leader": "police_leader",
    "town_leader": "town_leader",
    "custodian": "custodian",
    "system": "sysadmin",
    "security": "secadmin",
    "auditor": "auditor",
}

#: One row per address. `thing` is what it is about (see `World`); the role's columns are about
#: their own: their town's, their unit's, or addressed to them. `foreign` holds for every role.
TABLE = """
# address                thing   office direc. liais. leader town   custo. system secur. audit. foreign
home                     .       ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  .
healthz                  .       ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  .
login                    .       go/go  go/go  go/go  go/go  go/go  go/go  go/go  go/go  go/go  .
logout                   .       xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  .
password_change          .       ok/ok  ok/ok  ok/ok  ok/ok  ok/ok  ok/ok  ok/ok  ok/ok  ok/ok  .
password_change_done     .       ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  .

leads:list               .       ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  no/xx  no/xx  no/xx  no/xx  .
leads:export             .       ok/ok  ok/ok  ok/ok  ok/ok  ok/ok  no/no  no/no  no/no  no/no  .
leads:bulk_start         .       xx/no  xx/no  xx/no  xx/no  xx/no  xx/no  xx/no  xx/no  xx/no  .
leads:bulk               run     ok/ok  ok/ok  no/no  no/no  no/no  no/no  no/no  no/no  no/no  --/--
leads:bulk_export        run     ok/ok  ok/ok  ok/ok  ok/ok  ok/ok  no/no  no/no  no/no  no/no  --/--
leads:columns            .       xx/go  xx/go  xx/go  xx/go  xx/go  xx/no  xx/no  xx/no  xx/no  .
leads:filters            .       ok/ok  ok/ok  ok/ok  ok/ok  ok/ok  no/no  no/no  no/no  no/no  .
leads:filter_rename      saved   ok/ok  ok/ok  ok/ok  ok/ok  ok/ok  no/no  no/no  no/no  no/no  --/--
leads:filter_delete      saved   xx/go  xx/go  xx/go  xx/go  xx/go  xx/no  xx/no  xx/no  xx/no  xx/--
leads:create             .       ok/ok  ok/ok  ok/ok  ok/ok  no/no  no/no  no/no  no/no  no/no  .
leads:detail             lead    ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  --/xx  --/xx  --/xx  --/xx  --/xx
leads:assign             lead    go/ok  go/ok  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--
leads:add_units          lead    ok/ok  ok/ok  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--
leads:decline            lead    go/ok  go/ok  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--
leads:merge              lead    go/ok  go/ok  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--
leads:unmerge            lead    go/ok  go/ok  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--
leads:split              lead    ok/ok  ok/ok  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--
leads:refer              lead    go/ok  go/ok  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--
leads:receipt            lead    go/ok  go/ok  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--
leads:close              lead    go/ok  go/ok  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--
leads:approve_closing    lead    xx/no  xx/go  xx/no  xx/no  xx/no  xx/--  xx/--  xx/--  xx/--  xx/--
leads:reject_closing     lead    no/no  go/ok  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--
leads:recall_closing     lead    xx/go  xx/go  xx/no  xx/no  xx/no  xx/--  xx/--  xx/--  xx/--  xx/--
leads:archive            lead    go/ok  go/ok  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--
leads:follow_up          lead    ok/ok  ok/ok  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--
leads:restart            lead    go/ok  go/ok  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--
leads:draft_save         .       ok/422 ok/422 ok/422 ok/422 no/no  no/no  no/no  no/no  no/no  .
leads:draft_discard      draft   xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/--
leads:similar_typed      .       xx/ok  xx/ok  xx/ok  xx/ok  xx/no  xx/no  xx/no  xx/no  xx/no  .
leads:similar            lead    ok/xx  ok/xx  no/xx  no/xx  no/xx  --/xx  --/xx  --/xx  --/xx  --/xx
leads:correct            lead    ok/ok  ok/ok  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--
leads:notice             .       ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  .
leads:unit_notice        unit    ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  --/xx
leads:deadlines          .       ok/no  ok/ok  no/no  no/no  no/no  no/no  no/no  no/no  no/no  .
leads:acknowledge        alert   xx/no  xx/go  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--
leads:remind             task    xx/go  xx/go  xx/no  xx/no  xx/no  xx/--  xx/--  xx/--  xx/--  xx/--
leads:sign               task    xx/no  xx/no  xx/go  xx/go  xx/no  xx/--  xx/--  xx/--  xx/--  xx/--
leads:refuse             task    no/no  no/no  ok/ok  ok/ok  no/no  --/--  --/--  --/--  --/--  --/--
leads:withdraw           task    ok/ok  ok/ok  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--
leads:progress           task    no/no  no/no  ok/ok  ok/ok  no/no  --/--  --/--  --/--  --/--  --/--
leads:ask_extension      task    no/no  no/no  ok/ok  ok/ok  no/no  --/--  --/--  --/--  --/--  --/--
leads:report             task    no/no  no/no  go/ok  go/ok  no/no  --/--  --/--  --/--  --/--  --/--
leads:sign_off           task    xx/no  xx/no  xx/no  xx/go  xx/no  xx/--  xx/--  xx/--  xx/--  xx/--
leads:revise             task    no/no  no/no  go/ok  go/ok  no/no  --/--  --/--  --/--  --/--  --/--
leads:return             task    go/ok  go/ok  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--
leads:approve            task    xx/go  xx/go  xx/no  xx/no  xx/no  xx/--  xx/--  xx/--  xx/--  xx/--
leads:grant_extension    more    xx/no  xx/go  xx/no  xx/no  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--
leads:deny_extension     more    no/no  ok/ok  no/no  no/no  --/--  --/--  --/--  --/--  --/--  --/--
leads:drop_extension     more    xx/no  xx/no  xx/go  xx/go  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--
leads:recuse             lead    ok/ok  ok/ok  ok/ok  ok/ok  no/no  --/--  --/--  --/--  --/--  --/--
leads:lift               bar     no/no  ok/ok  --/--  --/--  --/--  --/--  --/--  --/--  --/--  --/--
leads:paper              letter  ok/xx  ok/xx  ok/xx  ok/xx  --/xx  --/xx  --/xx  --/xx  --/xx  --/xx
leads:setup              .       no/xx  ok/xx  no/xx  no/xx  no/xx  no/xx  no/xx  no/xx  no/xx  .
leads:dictionary         list    no/no  ok/ok  no/no  no/no  no/no  no/no  no/no  no/no  no/no  .
leads:entry              word    no/no  ok/ok  no/no  no/no  no/no  no/no  no/no  no/no  no/no  .
leads:entry_move         word    xx/no  xx/go  xx/no  xx/no  xx/no  xx/no  xx/no  xx/no  xx/no  .
leads:rules              .       no/xx  ok/xx  no/xx  no/xx  no/xx  no/xx  no/xx  no/xx  no/xx  .
leads:rule_create        .       no/no  ok/ok  no/no  no/no  no/no  no/no  no/no  no/no  no/no  .
leads:rule_edit          rule    no/no  ok/ok  no/no  no/no  no/no  no/no  no/no  no/no  no/no  .
leads:rule_move          rule    xx/no  xx/go  xx/no  xx/no  xx/no  xx/no  xx/no  xx/no  xx/no  .
leads:paper_template     words   no/no  ok/ok  no/no  no/no  no/no  no/no  no/no  no/no  no/no  .
leads:attach             lead    ok/ok  ok/ok  ok/ok  ok/ok  no/no  --/--  --/--  --/--  --/--  --/--
leads:attachment         paper   ok/xx  ok/xx  ok/xx  ok/xx  --/xx  --/xx  --/xx  --/xx  --/xx  --/xx
leads:attachment_content paper   ok/xx  ok/xx  ok/xx  ok/xx  --/xx  --/xx  --/xx  --/xx  --/xx  --/xx
leads:attachment_download paper  ok/xx  ok/xx  ok/xx  ok/xx  --/xx  --/xx  --/xx  --/xx  --/xx  --/xx
leads:attachment_remove  paper   ok/ok  ok/ok  no/no  no/no  --/--  --/--  --/--  --/--  --/--  --/--

leads:imports            .       ok/ok  ok/ok  no/no  no/no  no/no  no/no  no/no  no/no  no/no  .
leads:import_template    .       ok/xx  ok/xx  no/xx  no/xx  no/xx  no/xx  no/xx  no/xx  no/xx  .
leads:import             batch   ok/xx  ok/xx  --/xx  --/xx  --/xx  --/xx  --/xx  --/xx  --/xx  --/xx
leads:import_columns     batch   ok/ok  ok/ok  --/--  --/--  --/--  --/--  --/--  --/--  --/--  --/--
leads:import_check       batch   xx/go  xx/go  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--
leads:import_confirm     batch   xx/go  xx/go  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--
leads:import_cancel      batch   xx/go  xx/go  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--
leads:import_marked      batch   ok/xx  ok/xx  --/xx  --/xx  --/xx  --/xx  --/xx  --/xx  --/xx  --/xx

reporting:board          .       ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  no/xx  no/xx  no/xx  no/xx  .
reporting:export         .       xx/go  xx/go  xx/no  xx/no  xx/go  xx/no  xx/no  xx/no  xx/no  .
reporting:mine           .       no/xx  no/xx  ok/xx  ok/xx  no/xx  no/xx  no/xx  no/xx  no/xx  .
reporting:edit           owed    no/no  no/no  go/ok  go/ok  no/no  --/--  --/--  --/--  --/--  --/--
reporting:report         report  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  --/xx  --/xx  --/xx  --/xx  --/xx
reporting:submit         report  xx/no  xx/no  xx/ok  xx/ok  xx/no  xx/--  xx/--  xx/--  xx/--  xx/--
reporting:withdraw       report  xx/no  xx/no  xx/ok  xx/ok  xx/no  xx/--  xx/--  xx/--  xx/--  xx/--
reporting:sign           report  xx/no  xx/no  xx/no  xx/ok  xx/no  xx/--  xx/--  xx/--  xx/--  xx/--
reporting:receive        report  xx/ok  xx/ok  xx/no  xx/no  xx/no  xx/--  xx/--  xx/--  xx/--  xx/--
reporting:return         report  xx/ok  xx/ok  xx/no  xx/no  xx/no  xx/--  xx/--  xx/--  xx/--  xx/--

messaging:inbox          .       ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  .
messaging:read_all       .       xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  .
messaging:read           note    xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/--

jobs:list                .       ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  .
jobs:detail              job     ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  --/xx
jobs:file                job     ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  --/xx
jobs:cancel              job     xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/--

departments:list         .       ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  .
departments:detail       unit    ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  --/xx
departments:contact      unit    ok/ok  ok/ok  ok/ok  ok/ok  no/no  no/no  no/no  no/no  no/no  --/--

oversight:list           .       no/xx  no/xx  no/xx  no/xx  no/xx  no/xx  no/xx  no/xx  ok/xx  .
oversight:export         .       no/no  no/no  no/no  no/no  no/no  no/no  no/no  no/no  ok/ok  .
oversight:verify         .       no/no  no/no  no/no  no/no  no/no  no/no  no/no  no/no  ok/ok  .
oversight:findings       .       no/xx  no/xx  no/xx  no/xx  no/xx  no/xx  no/xx  no/xx  ok/xx  .
oversight:finding        finding no/xx  no/xx  no/xx  no/xx  no/xx  no/xx  no/xx  no/xx  ok/xx  .
oversight:look           finding no/no  no/no  no/no  no/no  no/no  no/no  no/no  no/no  go/ok  .
oversight:rules          .       no/no  no/no  no/no  no/no  no/no  no/no  no/no  no/no  ok/ok  .
"""  # noqa: E501

#: Who has not signed in is sent to the sign-in page from everywhere but here.
OPEN_TO_ANYONE = {"login": "ok/ok", "healthz": "ok/xx"}


@dataclass(frozen=True)
class Row:
    thing: str
    own: dict[str, str]
    foreign: str


def parse(table: str) -> dict[str, Row]:
    rows = {}
    for line in table.splitlines():
        if not line or line.startswith("#"):
            continue
        name, thing, *cells, foreign = line.split()
        assert name not in rows, f"{name} stands twice in the table"
        assert len(cells) == len(ROLES), f"{name} has a cell too many or too few"
        rows[name] = Row(thing, dict(zip(ROLES, cells, strict=True)), foreign)
    return rows


ROWS = parse(TABLE)


def addresses(patterns: list[Any], namespace: str = "") -> Iterator[str | None]:
    """The full name of every address of the portal; None for one without a name."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            below = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from addresses(pattern.url_patterns, below)
        elif isinstance(pattern, URLPattern):
            yield namespace + pattern.name if pattern.name else None


#: What names a thing in an address.
KEYS: dict[str, Callable[[Any], dict[str, Any]]] = {
    ".": lambda nothing: {},
    "lead": lambda lead: {"number": lead.number},
    "alert": lambda lead: {"pk": lead.alerts.get(unit=None).pk},
    "task": lambda lead: {"pk": lead.assignments.get().pk},
    "more": lambda lead: {"pk": lead.assignments.get().extensions.get().pk},
    "paper": lambda attachment: {"public_id": attachment.file.public_id},
    "unit": lambda unit: {"code": unit.code},
    "owed": lambda report: {"period_id": report.period_id, "code": report.unit.code},
    "report": lambda report: {"pk": report.pk},
    "saved": lambda saved: {"pk": saved.pk},
    "run": lambda run: {"public_id": run.public_id},
    "note": lambda message: {"pk": message.pk},
    "draft": lambda draft: {"submission": draft.submission},
    "job": lambda job: {"public_id": job.public_id},
    "bar": lambda conflict: {"pk": conflict.pk},
    "letter": lambda lead: {"pk": lead.assignments.get().paper.pk},
    "list": lambda name: {"kind": name},
    "words": lambda name: {"kind": name},
    "word": lambda entry: {"kind": "channels", "pk": entry.pk},
    "rule": lambda rule: {"pk": rule.pk},
    "batch": lambda batch: {"public_id": batch.public_id},
    "finding": lambda finding: {"pk": finding.pk},
}


class World:
    """A thing of each kind that is one's own, and some that are foreign.

    Own is the first town's, the police's, or made for the person. Foreign is another town's, for
    those who act for a unit also another unit's, or made for another person.
    """

    def __init__(
        self, town: Any, people: Any, far_people: Any, make_assigned: Any, far_lead: Any
    ) -> None:
        self.people, self.stranger = people, far_people.civil
        far_police = far_people.police.main_unit
        lead, neighbours_lead = make_assigned(is_major=True), make_assigned(town.civil)
        paper = _paper(lead, people.office)
        neighbours_paper = _paper(neighbours_lead, people.civil)
        report = _signed_report(people.police_leader, town.police)
        far_report = _signed_report(far_people.police_leader, far_police)
        neighbours_draft = _draft(people.civil, town.civil)
        _ask_for_more_time(lead, people.police)
        _ask_for_more_time(neighbours_lead, people.civil)
        _ask_for_more_time(far_lead, far_people.police)
        self.ours = {"lead": lead, "alert": lead, "task": lead, "more": lead, "unit": town.police}
        self.ours |= {"paper": paper, "owed": report, "report": report}
        self.ours |= {"bar": _recused(lead, people.custodian), "letter": lead}
        self.ours |= {"list": "channels", "words": "order"}
        self.ours |= {"word": Channel.objects.first(), "rule": _rule(town.unit, town.police)}
        self.far = {name: [far_lead] for name in ("lead", "alert", "task", "more", "letter")}
        self.far |= {"bar": [_recused(far_lead, far_people.custodian)]}
        # Settings are one town's own; who directs none is refused before anything is looked up.
        self.far |= {name: [] for name in ("list", "word", "rule", "words")}
        self.far |= {"unit": [far_police], "paper": [_paper(far_lead, far_people.office)]}
        # An unsigned report is its unit's own paper: foreign to the office too.
        self.far |= {"owed": [far_report], "report": [far_report, neighbours_draft]}
        self.beside = {name: [neighbours_lead] for name in ("lead", "task", "more", "letter")}
        self.beside |= {"paper": [neighbours_paper], "owed": [neighbours_draft]}
        self.makers = {"note": _note, "job": _finished_job, "saved": _saved_filter}
        self.ours |= {"batch": _checked_batch(people.office)}
        self.far |= {"batch": [_checked_batch(far_people.office)]}
        self.makers |= {"draft": _lead_draft, "run": _bulk_run}
        self.ours |= {"finding": _finding(people.office)}
        # There is one trail: no finding is foreign to who reads it.
        self.far |= {"finding": []}

    def own(self, thing: str, account: Any) -> dict[str, Any]:
        make = self.makers.get(thing)
        return KEYS[thing](make(account) if make else self.ours.get(thing))

    def foreign(self, thing: str, account: Any) -> list[dict[str, Any]]:
        if thing in self.makers:
            return [KEYS[thing](self.makers[thing](self.stranger))]
        beside = self.beside.get(thing, []) if account.acts_for_unit else []
        return [KEYS[thing](found) for found in self.far[thing] + beside]


def _ask_for_more_time(lead: Any, actor: Any) -> None:
    task = lead.assignments.get()
    extensions.ask(
        assignment=task,
        actor=actor,
        new_due_on=task.due_on + dt.timedelta(days=5),
        reason="需补充走访。",
        expected_version=task.version,
    )


def _recused(lead: Any, account: Any) -> ConflictOfInterest:
    return ConflictOfInterest.objects.create(
        lead=lead, account=account, why="recused", reason="亲属"
    )


def _rule(town: Any, unit: Any) -> RoutingRule:
    rule = RoutingRule.objects.create(jurisdiction=town, reason="规则")
    rule.units.add(unit)
    return rule


def _draft(actor: Any, unit: Any) -> Any:
    period, _ = periods.open_period(jurisdiction=unit.jurisdiction, day=due.today())
    zeros = {figure.code: 0 for figure in weekly_form.CURRENT.figures}
    content = weekly_form.Content(figures=zeros, is_zero=True)
    return weekly.save(actor=actor, period=period, unit=unit, content=content, expected_version=0)


def _signed_report(leader: Any, unit: Any) -> Any:
    report = _draft(leader, unit)
    return weekly.sign(actor=leader, report=report, expected_version=report.version)


def _bulk_run(account: Any) -> BulkRun:
    return BulkRun.objects.create(owner=account, action=BulkAction.ASSIGN, params={"query": ""})


def _saved_filter(account: Any) -> SavedFilter:
    return SavedFilter.objects.create(owner=account, name=str(uuid.uuid4())[:30], query="due=near")


def _checked_batch(actor: Any) -> ImportBatch:
    """A ledger with an error, and the copy that marks it."""
    book = Workbook()
    book.active.append(["登记日期", "来源", "反映内容"])
    book.active.append(["五月", "来访", "有人收取管理费。"])
    file = io.BytesIO()
    book.save(file)
    size = file.tell()
    file.seek(0)
    batch = imports.upload(actor=actor, file=file, size=size, name="台账.xlsx")
    jobs.run(batch.job_id)
    batch.refresh_from_db()
    return batch


def _finding(account: Any) -> Finding:
    now = timezone.now()
    return Finding.objects.create(
        rule="refusals",
        actor=account,
        actor_name=account.username,
        first_entry=1,
        started_at=now,
        ends_at=now,
        count=10,
        threshold=10,
    )


def _paper(lead: Any, actor: Any) -> Any:
    [attachment] = add(lead=lead, actor=actor, uploads=[stored(actor)])
    return attachment


def _note(account: Any) -> Message:
    return Message.objects.create(
        recipient=account, kind="test", subject_key=str(uuid.uuid4()), title="提醒"
    )


def _lead_draft(account: Any) -> LeadDraft:
    return LeadDraft.objects.create(owner=account, submission=uuid.uuid4(), content={})


def _finished_job(account: Any) -> Job:
    """A finished job, with its file."""
    job = Job.objects.create(
        kind="test",
        title="测试",
        requested_by=account,
        submission=uuid.uuid4(),
        state=JobState.DONE,
        stored_as=f"permissions-{uuid.uuid4()}",
        file_name="测试.xlsx",
    )
    job.path.parent.mkdir(parents=True, exist_ok=True)
    job.path.write_bytes(b"file")
    return job


@pytest.fixture
def far_lead(make_lead, far_people, other_town):
    """A lead of the other town, assigned there."""
    from departments.models import Domain
    from leads.models import Conduct
    from leads.services import assign

    lead = make_lead(actor=far_people.office, place=None, is_major=True)
    return assign(
        lead=lead,
        actor=far_people.office,
        units=[other_town.police],
        due_on=due.today(),
        expected_version=lead.version,
        domain=Domain.objects.first(),
        conduct=Conduct.objects.first(),
    )


@pytest.fixture
def world(settings, tmp_path, town, people, far_people, make_assigned, far_lead):
    settings.MEDIA_ROOT = tmp_path
    return World(town, people, far_people, make_assigned, far_lead)


def answer(account: Any, url: str) -> str:
    """What `account` (None: nobody) gets there by GET and by POST; nothing of it stays."""
    words = []
    for method in ("get", "post"):
        with transaction.atomic():
            client = Client()
            if account is not None:
                client.force_login(account)
            response: HttpResponse = getattr(client, method)(url)
            if response.streaming:
                b"".join(response)  # read to its end, a file is closed
            words.append(ANSWERS.get(response.status_code, str(response.status_code)))
            transaction.set_rollback(True)
    return "/".join(words)


def test_the_table_has_a_row_for_every_address_and_no_other():
    assert sorted(addresses(get_resolver().url_patterns), key=str) == sorted(ROWS)


@pytest.mark.parametrize("name", ROWS)
def test_everyone_gets_the_answer_of_the_table(name, world):
    row = ROWS[name]
    people = {role: getattr(world.people, person) for role, person in ROLES.items()}

    def url(kwargs: dict[str, Any]) -> str:
        return reverse(name, kwargs=kwargs)

    own = {who: answer(who_is, url(world.own(row.thing, who_is))) for who, who_is in people.items()}
    assert own == row.own

    if row.thing != ".":
        foreign = {
            f"{who} {kwargs}": answer(who_is, url(kwargs))
            for who, who_is in people.items()
            for kwargs in world.foreign(row.thing, who_is)
        }
        assert foreign == dict.fromkeys(foreign, row.foreign)

    address = url(world.own(row.thing, world.stranger))
    assert answer(None, address) == OPEN_TO_ANYONE.get(name, "go/go")
    if name not in OPEN_TO_ANYONE:
        for response in (Client().get(address), Client().post(address)):
            assert response["Location"] == f"{reverse('login')}?next={address}"


#: What belongs to one lead, and who can have to do with it.
OF_A_LEAD = {"lead", "alert", "task", "more", "letter", "paper", "bar"}
WORKERS = ("office", "director", "liaison", "leader")


def test_what_is_kept_from_a_person_is_as_foreign_to_them_as_another_towns(world):
    lead = world.ours["lead"]
    for role in WORKERS:
        conflicts.recuse(lead=lead, actor=getattr(world.people, ROLES[role]), reason="亲属。")
    leaks = {}
    for name, row in ROWS.items():
        for role in WORKERS if row.thing in OF_A_LEAD else ():
            account = Account.objects.get(username=getattr(world.people, ROLES[role]).username)
            got = answer(account, reverse(name, kwargs=world.own(row.thing, account)))
            if got != row.foreign:
                leaks[f"{name} {role}"] = got
    assert leaks == {}
