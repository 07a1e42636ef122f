"""The only writers of identities, and the only doors to them. A look is on record first."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from audit.machine import Conflict
from audit.models import Action
from audit.services import record
from departments.models import Account
from files.sealing import Unreadable
from leads.machine import LEAD
from leads.models import IdentityLook, Lead, Release, Reporter, ReporterRevision
from leads.reporters.identity import Identity
from leads.reporters.models import SEALED
from leads.reporters.permissions import can_keep, is_custodian
from leads.reporters.querysets import leads_kept_by
from leads.states import ReporterKind

#: A search answers with so many leads at most.
MOST_FOUND = 100


@dataclass(frozen=True)
class Shown:
    """One reporter as somebody looks at it: who it is, or why that cannot be read."""

    reporter: Reporter
    identity: Identity | None
    fault: str = ""
    version: int = 0


def take_in(*, lead: Lead, actor: Account, reporters: Collection[Identity]) -> None:
    """Seal who reported, in the transaction that registers `lead`. Nothing in clear is written."""
    rows = [Reporter(lead=lead, added_by=actor) for _ in reporters]
    for row, identity in zip(rows, reporters, strict=True):
        row.put(identity)
    if rows:
        Reporter.objects.bulk_create(rows)
        record(action=Action.REPORTER_ADDED, actor=actor, obj=lead, reason=f"{len(rows)} 人")


@transaction.atomic
def add(*, lead: Lead, actor: Account, identity: Identity, reason: str) -> Reporter:
    """The custodian adds somebody who reported the same, or whose name came later."""
    row = LEAD.lock(lead)
    _require_keeper(actor, row)
    _require_reason(reason)
    if row.reporter_kind != ReporterKind.NAMED or row.channel.number_only:
        raise ValidationError("只有实名举报的线索可以补充举报人信息。")
    reporter = Reporter(lead=row, added_by=actor)
    reporter.put(identity)
    reporter.save(force_insert=True)
    record(action=Action.REPORTER_ADDED, actor=actor, obj=row, reason=reason)
    return reporter


@transaction.atomic
def correct(
    *, reporter: Reporter, actor: Account, identity: Identity, reason: str, expected_version: int
) -> Reporter:
    """Set right what is known of a reporter. What was told before stays, sealed.

    Conflict when somebody else has corrected it since `expected_version`.
    """
    row = (
        Reporter.objects.select_for_update(of=("self",)).select_related("lead").get(pk=reporter.pk)
    )
    _require_keeper(actor, row.lead)
    _require_reason(reason)
    if row.version != expected_version:
        raise Conflict("举报人信息刚刚被他人更正过，请重新查看后再操作。")
    earlier = ReporterRevision(
        reporter=row, version=row.version, reason=reason.strip(), replaced_by=actor
    )
    earlier.hold(row.envelope)
    earlier.save(force_insert=True)
    row.version += 1
    row.put(identity)
    row.save(update_fields=["version", *SEALED])
    record(action=Action.REPORTER_CORRECTED, actor=actor, obj=row.lead, reason=reason)
    return row


def look(*, lead: Lead, actor: Account, reason: str, release: Release | None = None) -> list[Shown]:
    """The identities of the lead's reporters, for a custodian with a reason.

    The look is on record, and committed, before anything is opened. With a `release`, the caller
    (`releases.services.look`) has asked whether it is in force.
    """
    if release is None:
        _require_keeper(actor, lead)
    _require_reason(reason)
    with transaction.atomic():
        IdentityLook.objects.create(lead=lead, release=release, actor=actor, reason=reason.strip())
        words = f"第 {release.pk} 号调阅" if release else reason
        record(action=Action.REPORTER_VIEWED, actor=actor, obj=lead, reason=words)
    return [_shown(one) for one in lead.reporters.select_related("added_by", "lead")]


def look_back(*, reporter: Reporter, actor: Account, reason: str) -> list[Shown]:
    """What was told of a reporter before corrections, for a custodian with a reason."""
    _require_keeper(actor, reporter.lead)
    _require_reason(reason)
    with transaction.atomic():
        words = f"更正前的内容：{reason}"[:200]
        IdentityLook.objects.create(lead=reporter.lead, actor=actor, reason=words)
        record(action=Action.REPORTER_VIEWED, actor=actor, obj=reporter.lead, reason=words)
    return [
        _shown(one, reporter=reporter)
        for one in reporter.revisions.select_related("replaced_by", "reporter")
    ]


def _shown(row: Reporter | ReporterRevision, *, reporter: Reporter | None = None) -> Shown:
    try:
        return Shown(reporter or row, row.identity, version=row.version)
    except Unreadable as unreadable:
        return Shown(reporter or row, None, str(unreadable), row.version)


def find(*, actor: Account, phone: str = "", id_number: str = "") -> list[Lead]:
    """The leads of the custodian's town whose reporter gave that phone or ID number.

    On record without the words: by what was sought and how many leads there are.
    """
    if not is_custodian.test(actor):
        raise PermissionDenied
    kept = Reporter.objects.kept_by(actor).with_number(phone=phone, id_number=id_number)
    found = list(leads_kept_by(actor).filter(pk__in=kept.values("lead"))[:MOST_FOUND])
    by = "、".join(
        word for word, value in (("电话", phone), ("身份证号", id_number)) if value.strip()
    )
    record(action=Action.REPORTER_SOUGHT, actor=actor, reason=f"按{by}，{len(found)} 条线索")
    return found


def _require_keeper(actor: Account, lead: Lead) -> None:
    if not can_keep.test(actor, lead):
        raise PermissionDenied


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise ValidationError({"reason": "请填写理由。"})
