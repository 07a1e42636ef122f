"""Every page of the running portal, each with a person who may see it, as JSON on stdout.

Run inside the portal (`manage.py shell`). The addresses and who may see them come from the table of
the permission test; what each is about is looked up among what that person may see.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import sys
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from django.urls import reverse
from openpyxl import Workbook

from access.accounts.services import propose
from audit.models import Action
from audit.services import record
from departments.models import Account
from departments.roles import UNIT_ROLES, Role
from jobs import services as jobs
from jobs.models import Job
from jobs.services import request_export
from leads import due
from leads.attachments.services import add
from leads.conflicts.states import Why
from leads.documents.states import PaperKind
from leads.imports import services as imports
from leads.lists.bulk.models import BulkAction
from leads.models import (
    Assignment,
    Attachment,
    BulkRun,
    Channel,
    Clarification,
    ConflictOfInterest,
    DisposalBatch,
    Extension,
    ImportBatch,
    Lead,
    Release,
    Reward,
    RewardTier,
    RoutingRule,
    SavedFilter,
)
from leads.reporters.releases import services as releases
from leads.services import extensions
from leads.setup.dictionaries import DICTIONARIES
from oversight.models import Finding
from oversight.watch.rules import BY_CODE
from oversight.watch.services import find_unusual
from reporting.attachments.models import ReportFile
from reporting.attachments.services import add_scan
from reporting.bulletins.models import Bulletin
from reporting.corrections.models import WeeklyCorrection
from reporting.incidents.models import Incident
from reporting.notes.models import DailyNote
from reporting.periods.models import ReportExpectation, ReportPeriod
from reporting.weekly.models import WeeklyReport
from reporting.weekly.states import MISSING
from tests.campaign.test_permissions import ROWS
from tests.files.samples import stored

#: The demo account that plays each role of the table.
ACCOUNTS = {
    "office": "office",
    "director": "director",
    "liaison": "liaison.pcs",
    "leader": "leader.pcs",
    "town_leader": "town",
    "custodian": "custodian",
    "system": "sysadmin",
    "security": "secadmin",
    "auditor": "auditor",
}


def _one_of_each(rows: Any, field: str = "state") -> Iterable[Any]:
    """The newest row in each state: not every state has every page."""
    values = sorted(set(rows.order_by().values_list(field, flat=True)))
    return [rows.filter(**{field: value}).order_by("-pk").first() for value in values]


def _job(user: Account) -> list[Job]:
    if not Job.objects.visible_to(user).exists():
        period = ReportPeriod.objects.visible_to(user).first()
        params, submission = {"period": period.pk}, uuid.uuid4()
        request_export(
            actor=user,
            export_id="weekly_tally",
            params=params,
            purpose="报区扫黑办",
            submission=submission,
        )
    return [Job.objects.visible_to(user).first()]


def _extensions(user: Account) -> list[Extension]:
    """Requests for more time; one is made where nobody has asked."""
    tasks = Assignment.objects.visible_to(user)
    if not Extension.objects.filter(assignment__in=tasks).exists():
        task = tasks.filter(state="verifying", due_on__gte=due.today()).order_by("-pk")[0]
        extensions.ask(
            assignment=task,
            actor=Account.objects.members_of(task.unit, UNIT_ROLES)[0],
            new_due_on=task.due_on + dt.timedelta(days=5),
            reason="需补充走访。",
            expected_version=task.version,
        )
    return list(Extension.objects.filter(assignment__in=tasks).order_by("-pk")[:2])


def _batch(user: Account) -> list[ImportBatch]:
    """A ledger whose check found an error; one is uploaded and checked where there is none."""
    batches = ImportBatch.objects.visible_to(user).exclude(marked_as="")
    if not batches.exists():
        book = Workbook()
        book.active.append(["登记日期", "来源", "反映内容", "举报人"])
        book.active.append(["五月", "来访", "演示：有人收取管理费。", ""])
        file = io.BytesIO()
        book.save(file)
        size = file.tell()
        file.seek(0)
        jobs.run(imports.upload(actor=user, file=file, size=size, name="演示.xlsx").job_id)
    return list(batches.order_by("-pk")[:1])


def _recusal(user: Account) -> ConflictOfInterest:
    """Somebody without a part in the newest lead keeps away from it."""
    lead = Lead.objects.visible_to(user).order_by("-pk")[0]
    custodian = Account.objects.get(username=ACCOUNTS["custodian"])
    values = {"lead": lead, "account": custodian, "why": Why.RECUSED, "lifted_at": None}
    return ConflictOfInterest.objects.get_or_create(**values, defaults={"reason": "亲属。"})[0]


def _run(user: Account) -> BulkRun:
    """An act on some leads that has not been confirmed."""
    values = {"owner": user, "action": BulkAction.ASSIGN, "params": {"query": ""}}
    return BulkRun.objects.filter(owner=user).first() or BulkRun.objects.create(**values)


def _saved(user: Account) -> SavedFilter:
    return SavedFilter.objects.get_or_create(owner=user, name="演示", query="due=near")[0]


def _paper(user: Account) -> Attachment:
    """A file on the newest lead; one is put there where there is none."""
    lead = Lead.objects.visible_to(user).order_by("-pk")[0]
    if not lead.attachments.exists():
        add(lead=lead, actor=user, uploads=[stored(user)])
    return lead.attachments.first()


def _sheet() -> ReportFile:
    """A scan of the stamped paper of the newest report that was signed; one is added there."""
    liaison = Account.objects.get(username=ACCOUNTS["liaison"])
    report = WeeklyReport.objects.visible_to(liaison).filed().order_by("-pk")[0]
    if not report.files.exists():
        add_scan(actor=liaison, report=report, uploads=[stored(liaison)])
    return report.files.first()


def _finding() -> Finding:
    """The newest thing that the rules found; refusals are put on record where there is none."""
    if not Finding.objects.exists():
        for _ in range(BY_CODE["refusals"].threshold):
            record(
                action=Action.DENIED,
                actor=Account.objects.get(username=ACCOUNTS["liaison"]),
                reason=reverse("leads:setup"),
            )
        find_unusual()
    return Finding.objects.order_by("-pk")[0]


def _tier(user: Account) -> RewardTier:
    town = user.main_unit.jurisdiction
    values = {"low": 500, "high": 2000}
    return RewardTier.objects.get_or_create(jurisdiction=town, name="一般线索", defaults=values)[0]


def _reward(user: Account) -> Reward:
    """A reward that was proposed; one is where there is none."""
    lead = Lead.objects.visible_to(user).filter(finding="proven", state="closed")[0]
    tier = _tier(user)
    if not lead.rewards.exists():
        Reward.objects.create(
            number=f"JL-{lead.number}",
            lead=lead,
            beneficiary=lead,
            tier=tier,
            tier_name=tier.name,
            low=tier.low,
            high=tier.high,
            amount=tier.low,
            basis="按奖励办法。",
            proposed_by=Account.objects.get(username=ACCOUNTS["office"]),
        )
    return lead.rewards.first()


def _told() -> Lead:
    """The newest open lead whose reporter gave a name, that is kept."""
    named = Lead.objects.visible_to(Account.objects.get(username=ACCOUNTS["office"])).open()
    return named.exclude(reporters=None).order_by("-pk")[0]


def _asked() -> Release:
    """A request of the office that waits; one is made where there is none."""
    lead, office = _told(), Account.objects.get(username=ACCOUNTS["office"])
    waiting = lead.releases.waiting().filter(asked_by=office).first()
    return waiting or releases.ask(lead=lead, actor=office, reason="回访", submission=uuid.uuid4())


def _member() -> Account:
    """Somebody with a role, for whom another was proposed and nobody has decided."""
    account = Account.objects.get(username=ACCOUNTS["liaison"])
    if not account.role_proposals.filter(is_granted=None).exists():
        system = Account.objects.get(username=ACCOUNTS["system"])
        unit = account.memberships.get().unit
        propose(actor=system, account=account, unit=unit, role=Role.LEADER)
    return account


#: What a page is about, by the word that the table has for it: what names it in an address,
#: for some that `user` may see.
THINGS: dict[str, Callable[[Account], Iterable[dict[str, Any]]]] = {
    ".": lambda user: [{}],
    "lead": lambda user: [
        {"number": lead.number} for lead in _one_of_each(Lead.objects.visible_to(user))
    ],
    "task": lambda user: [
        {"pk": task.pk} for task in _one_of_each(Assignment.objects.visible_to(user))
    ],
    "more": lambda user: [{"pk": one.pk} for one in _extensions(user)],
    "unit": lambda user: [{"code": user.main_unit.code}],
    "week": lambda user: [
        {"period_id": period.pk} for period in ReportPeriod.objects.visible_to(user)[:1]
    ],
    "owed": lambda user: [
        {"period_id": owed.period_id, "code": owed.unit.code}
        for owed in ReportExpectation.objects.to_do_for(user).select_related("unit")[:1]
    ],
    "counted": lambda user: [
        {"period_id": owed.period_id, "code": owed.unit.code, "figure": "in_hand"}
        for owed in ReportExpectation.objects.to_do_for(user).select_related("unit")[:1]
    ],
    "missed": lambda user: [
        {"period_id": owed.period_id, "code": owed.unit.code}
        for owed in ReportExpectation.objects.visible_to(user)
        .exclude(period__closed_at=None)
        .with_status()
        .unsigned()
        .select_related("unit")[:1]
    ],
    "report": lambda user: [
        {"pk": report.pk} for report in _one_of_each(WeeklyReport.objects.visible_to(user))
    ],
    "sheet": lambda user: [{"public_id": _sheet().file.public_id}],
    "line": lambda user: [
        {"pk": note.pk} for note in DailyNote.objects.visible_to(user).standing()[:1]
    ],
    "grave": lambda user: [
        {"pk": one.pk} for one in Incident.objects.visible_to(user).order_by("pk")[:2]
    ],
    "taken": lambda user: [
        {"pk": report.pk} for report in WeeklyReport.objects.visible_to(user).received()[:1]
    ],
    "fixed": lambda user: [
        {"pk": one.pk} for one in _one_of_each(WeeklyCorrection.objects.visible_to(user))
    ],
    "issued": lambda user: [
        {"pk": told.pk} for told in Bulletin.objects.visible_to(user).issued()[:1]
    ],
    "sketch": lambda user: [
        {"pk": made.pk} for made in Bulletin.objects.visible_to(user).filter(state="draft")[:1]
    ],
    "batch": lambda user: [{"public_id": batch.public_id} for batch in _batch(user)],
    "bar": lambda user: [{"pk": _recusal(user).pk}],
    "list": lambda user: [{"kind": name} for name in DICTIONARIES],
    "word": lambda user: [{"kind": "channels", "pk": Channel.objects.first().pk}],
    "rule": lambda user: [{"pk": RoutingRule.objects.first().pk}],
    "words": lambda user: [{"kind": kind} for kind in PaperKind.values],
    "job": lambda user: [{"public_id": job.public_id} for job in _job(user)],
    "run": lambda user: [{"public_id": _run(user).public_id}],
    "saved": lambda user: [{"pk": _saved(user).pk}],
    "paper": lambda user: [{"public_id": _paper(user).file.public_id}],
    "finding": lambda user: [{"pk": _finding().pk}],
    "tier": lambda user: [{"pk": _tier(user).pk}],
    "reward": lambda user: [{"number": _reward(user).number}],
    "told": lambda user: [{"number": _told().number}],
    "kept": lambda user: [{"pk": _told().reporters.first().pk}],
    "asked": lambda user: [{"pk": _asked().pk}],
    "untrue": lambda user: [
        {"pk": made.pk} for made in _one_of_each(Clarification.objects.visible_to(user))
    ],
    "lapsed": lambda user: [
        {"pk": batch.pk} for batch in _one_of_each(DisposalBatch.objects.visible_to(user))
    ],
    "member": lambda user: [{"pk": _member().pk}],
    "post": lambda user: [{"pk": _member().memberships.get().pk}],
    "wish": lambda user: [{"pk": _member().role_proposals.get(is_granted=None).pk}],
}


def pages() -> Iterable[dict[str, Any]]:
    """One entry per address that somebody can look at: name, account, and addresses to try.

    `sure` says that the page must show; others show in some states only.
    """
    for name, row in ROWS.items():
        roles = [role for role, cell in row.own.items() if cell.startswith(("ok/", "go/"))]
        if not roles or row.own[roles[0]] == "go/go":
            continue
        user, cell = _account(roles[0], row.thing), row.own[roles[0]]
        found = THINGS[row.thing](user) if row.thing in THINGS else []
        yield {
            "name": name,
            "role": roles[0],
            "account": user.username,
            "urls": [reverse(name, kwargs=kwargs) for kwargs in found],
            "sure": cell.startswith("ok/"),
            "form": cell.endswith("/ok"),
        }


def _account(role: str, thing: str) -> Account:
    if thing in ("owed", "counted"):
        # A unit that has not begun: there is always one, by the demo's story.
        owing = ReportExpectation.objects.filter(period__closed_at=None).with_status()
        code = owing.filter(status=MISSING).order_by("-pk").values_list("unit__code", flat=True)[0]
        return Account.objects.get(username=f"liaison.{code}")
    return Account.objects.get(username=ACCOUNTS[role])


def tell() -> None:
    sys.stdout.write(json.dumps(list(pages())))
