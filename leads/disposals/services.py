"""The only writers of batches, up to the approval.

Approved, they are carried out in `carrying_out`; rules are settled in `settling`, holds in `holds`.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from audit.machine import Conflict
from audit.models import Action
from audit.services import record
from departments.models import Account, Unit
from departments.roles import OFFICE_ROLES, Role
from leads import due
from leads.disposals import rules
from leads.disposals.blockers import blockers_of
from leads.disposals.carrying_out import start_job
from leads.disposals.machine import DISPOSAL
from leads.disposals.models import DisposalBatch, DisposalItem
from leads.disposals.permissions import can_review
from leads.disposals.querysets import due_in
from leads.disposals.states import BatchState, Decision, ItemOutcome
from leads.models import Lead
from messaging import services as messaging

#: More leads than this are not reviewed in one batch.
MOST = 100
#: What whoever approves declares by ticking it.
STATEMENT = "已逐条核对：留存期限已满，没有仍需留存的理由；处置即删除，不能恢复。"
CHANGED = "批次刚刚在别处被修改过，请查看最新情况后再操作。"


@dataclass(frozen=True)
class Review:
    """What somebody says of one lead of a batch; nothing, where they have not looked at it."""

    decision: str = ""
    reason: str = ""
    keep_until: dt.date | None = None


@transaction.atomic
def propose(
    *, actor: Account, town: int, leads: Collection[int], submission: uuid.UUID
) -> DisposalBatch:
    """Put leads whose time has passed into a new batch; none of them is deleted by that.

    The same `submission` again gives the same batch. ValidationError when one of them is not due,
    not shown to the actor or has something in its way, or nobody would be left to approve; Conflict
    when one is in another batch.
    """
    if town not in actor.jurisdictions_as(*OFFICE_ROLES):
        raise PermissionDenied
    unit = Unit.objects.select_for_update(of=("self",)).get(pk=town)
    # Behind the lock: the second of two clicks finds what the first has made.
    there = DisposalBatch.objects.visible_to(actor).filter(submission=submission).first()
    if there is not None:
        return there
    if not leads:
        raise ValidationError("请先勾选线索。")
    if len(leads) > MOST:
        raise ValidationError(f"一批最多 {MOST} 条。")
    _require_an_approver(town, without={actor.pk})
    # Whoever holds one of them waits, and finds it in the batch.
    locked = Lead.objects.filter(pk__in=leads).order_by("pk").select_for_update(of=("self",))
    list(locked.values_list("pk"))
    shown = Lead.objects.showing("finding", actor)
    rows = list(due_in(town, due.today()).filter(pk__in=leads).filter(pk__in=shown.values("pk")))
    if len(rows) != len(set(leads)):
        raise ValidationError("所选线索中有的已经变动或已在其他批次中，请刷新页面后重新勾选。")
    _require_clear({lead.pk: lead.number for lead in rows})
    batch = DisposalBatch.objects.create(
        number=_number(unit), submission=submission, jurisdiction=unit, proposed_by=actor
    )
    schedule = rules.in_force(town)
    try:
        with transaction.atomic():
            DisposalItem.objects.bulk_create(
                _item(batch, lead, schedule) for lead in sorted(rows, key=lambda one: one.pk)
            )
    except IntegrityError:
        raise Conflict("所选线索刚刚被列入其他批次或暂停处置，请刷新页面。") from None
    batch.record(actor=actor, verb="propose", source="", target=batch.state, note="")
    _put_on_record(batch, actor, f"提出，{len(rows)} 条")
    return batch


@transaction.atomic
def review(
    *,
    batch: DisposalBatch,
    actor: Account,
    reviews: Mapping[int, Review],
    expected_version: int,
) -> DisposalBatch:
    """Note what the actor says of the leads of `reviews` (by the key of their item).

    What is as it was stays theirs who said so. Items whose lead is not shown to the actor are
    left alone.
    ValidationError, by the key of the item, for what is kept without a reason or an end.
    """
    row = DISPOSAL.lock(batch)
    if not can_review.test(actor, row):
        raise PermissionDenied
    if row.state != BatchState.PROPOSED:
        raise Conflict(DISPOSAL.passed("submit", row))
    if row.version != expected_version:
        raise Conflict(CHANGED)
    shown = Lead.objects.showing("finding", actor)
    items = row.items.waiting().filter(pk__in=reviews, lead_key__in=shown.values("pk"))
    for item in items:
        said = reviews[item.pk]
        if said != Review(item.decision, item.reason, item.keep_until):
            _require_complete(item, said)
            item.decision, item.reason, item.keep_until = (
                said.decision,
                said.reason,
                said.keep_until,
            )
            item.decided_by = actor if said.decision else None
            item.save(update_fields=["decision", "reason", "keep_until", "decided_by"])
    row.version += 1
    row.save(update_fields=["version"])
    return row


@transaction.atomic
def submit(*, batch: DisposalBatch, actor: Account, expected_version: int) -> DisposalBatch:
    """复核完毕: to a director who had no part in it.

    ValidationError while a lead is undecided, and where there is no such director.
    """
    left = batch.items.waiting().filter(decision="").count()
    if left:
        raise ValidationError(f"还有 {left} 条没有复核意见，请逐条选定后再送批。")
    _require_an_approver(batch.jurisdiction_id, without={*batch.parts, actor.pk})
    row = DISPOSAL.step(
        batch,
        "submit",
        actor=actor,
        expected_version=expected_version,
        reviewed_by=actor,
        reviewed_at=timezone.now(),
    )
    _put_on_record(row, actor, "复核完毕，送批")
    _tell_approvers(row)
    return row


@transaction.atomic
def send_back(
    *, batch: DisposalBatch, actor: Account, note: str, expected_version: int
) -> DisposalBatch:
    row = DISPOSAL.step(
        batch,
        "send_back",
        actor=actor,
        note=note,
        expected_version=expected_version,
        reviewed_by=None,
        reviewed_at=None,
    )
    _put_on_record(row, actor, "退回复核")
    return row


@transaction.atomic
def approve(
    *, batch: DisposalBatch, actor: Account, statement: bool, expected_version: int
) -> DisposalBatch:
    """The second person agrees, and the background begins.

    ValidationError unless they declare the `STATEMENT`; Conflict when a lead of the batch is not
    shown to them, has got something in its way, or is to be kept longer by now.
    """
    row = DISPOSAL.lock(batch)
    DISPOSAL.check(row, "approve", actor=actor)
    if not statement:
        raise ValidationError({"statement": "请核对后勾选。"})
    items = list(row.items.to_dispose())
    keys = [item.lead_key for item in items]
    if Lead.objects.showing("finding", actor).filter(pk__in=keys).count() != len(keys):
        raise Conflict("批次中有不向您显示的线索，须由能看到全部线索的另一名主任批准。")
    try:
        _require_clear({item.lead_key: item.number for item in items})
    except ValidationError as error:
        raise Conflict("".join(error.messages) + "请退回复核。") from None
    row = DISPOSAL.step(
        row,
        "approve",
        actor=actor,
        note=STATEMENT,
        expected_version=expected_version,
        approved_by=actor,
        approved_at=timezone.now(),
    )
    _put_on_record(row, actor, f"批准处置 {len(items)} 条")
    start_job(batch=row, actor=actor)
    return row


@transaction.atomic
def withdraw(
    *, batch: DisposalBatch, actor: Account, note: str, expected_version: int
) -> DisposalBatch:
    """Give the batch up before anything of it has been deleted; its leads may be proposed again."""
    row = DISPOSAL.step(
        batch, "withdraw", actor=actor, note=note, expected_version=expected_version
    )
    row.items.waiting().update(outcome=ItemOutcome.RELEASED, outcome_at=timezone.now())
    _put_on_record(row, actor, "撤回")
    return row


def approvers_of(batch: DisposalBatch) -> list[Account]:
    """The directors of the town who had no part in the batch: any of them can approve it."""
    return [one for one in directors_of(batch.jurisdiction_id) if one.pk not in batch.parts]


def directors_of(town: int) -> list[Account]:
    people = Account.objects.filter(
        is_active=True,
        memberships__role=Role.DIRECTOR,
        memberships__unit__jurisdiction=town,
    )
    return list(people.distinct().order_by("pk"))


def _require_an_approver(town: int, *, without: Collection[int]) -> None:
    """ValidationError when each director of `town` is among those who had a part."""
    if all(person.pk in without for person in directors_of(town)):
        raise ValidationError(
            "没有可以批准的人：批准须由没有提出、复核本批的主任办理。"
            "请由工作人员提出和复核，或者先增设一名主任。"
        )


def _require_clear(numbers: Mapping[int, str]) -> None:
    """ValidationError, naming each, when something stands in the way of one of the leads."""
    found = blockers_of(numbers)
    blocked = [f"{numbers[key]}（{'、'.join(why)}）" for key, why in found.items() if why]
    if blocked:
        raise ValidationError(f"有未了事项，不能处置：{'；'.join(blocked)}。")


def _require_complete(item: DisposalItem, said: Review) -> None:
    if said.decision == Decision.KEEP:
        if not said.reason:
            raise ValidationError({str(item.pk): f"{item.number}：请填写继续留存的理由。"})
        if said.keep_until is None or said.keep_until <= due.today():
            raise ValidationError({str(item.pk): f"{item.number}：继续留存至今天以后的哪一天？"})


def _item(batch: DisposalBatch, lead: Lead, schedule: rules.Schedule) -> DisposalItem:
    kept = schedule[lead.outcome_kind]
    return DisposalItem(
        batch=batch,
        lead_key=lead.pk,
        number=lead.number,
        kind=lead.outcome_kind,
        rule_version=kept.version,
        years=kept.years,
        ended_on=timezone.localdate(lead.ended_at),
        kept_until=rules.kept_until(lead.ended_at, kept.years),
    )


def _number(town: Unit) -> str:
    """CZ, the town, the year, and a number that has no gaps: the town's row is locked."""
    mark = f"CZ-{town.code.upper()}-{due.today().year}-"
    count = DisposalBatch.objects.filter(number__startswith=mark).count()
    return f"{mark}{count + 1:04d}"


def _put_on_record(batch: DisposalBatch, actor: Account, words: str) -> None:
    record(action=Action.DISPOSAL_STEP, actor=actor, obj=batch, reason=words)


def _tell_approvers(batch: DisposalBatch) -> None:
    messaging.send(
        recipients=approvers_of(batch),
        kind="disposal_waits",
        subject_key=f"disposal:{batch.pk}",
        round=str(batch.version),
        title=f"有到期线索待批准处置（{batch.number}）",
        body=f"处置批次 {batch.number} 已复核完毕，待批准。请登录平台办理。",
        url=reverse("leads:disposal", args=[batch.pk]),
    )
