"""The background's part: what two people agreed to is deleted, lead by lead."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from audit.models import Action
from audit.services import record
from departments.acting import as_system
from departments.models import Account
from files.storage import delete_stored
from jobs.models import Job
from jobs.services import delete_expired, expire_files, request_work
from jobs.work import Progress
from leads import due
from leads.disposals import rules
from leads.disposals.blockers import words
from leads.disposals.machine import DISPOSAL
from leads.disposals.models import DisposalBatch, DisposalItem
from leads.disposals.permissions import can_go_on
from leads.disposals.states import BatchState, Decision, ItemOutcome
from leads.models import Lead

logger = logging.getLogger(__name__)
WORK = "leads_disposal"
UNDER_WAY = (BatchState.APPROVED, BatchState.RUNNING)
LEDGER = "lead_ledger"


class NotAll(Exception):
    """Some leads could not be disposed of for a reason of the portal's own; they still wait."""


def start_job(*, batch: DisposalBatch, actor: Account) -> Job:
    """Queue the work of an approved batch, in the caller's transaction."""
    job = request_work(
        actor=actor,
        work_id=WORK,
        title=f"处置到期线索 {batch.number}",
        params={"batch": batch.pk},
        total=batch.items.to_dispose().count(),
        submission=uuid.uuid4(),
    )
    batch.job = job.public_id
    batch.save(update_fields=["job"])
    return job


def go_on(*, batch: DisposalBatch, actor: Account) -> Job | None:
    """Start the work again after it stopped; the job that is at it, where one is.

    None when there is nothing to go on with.
    """
    with transaction.atomic():
        row = DISPOSAL.lock(batch)
        if not can_go_on.test(actor, row):
            raise PermissionDenied
        if row.state not in UNDER_WAY:
            return None
        job = job_of(row)
        if job is not None and not job.is_finished:
            return job
        return start_job(batch=row, actor=actor)


def job_of(batch: DisposalBatch) -> Job | None:
    """The job that carries the batch out, or did last."""
    return Job.objects.filter(public_id=batch.job).first()


def prepare(job: Job, progress: Progress) -> Callable[[], int]:
    batch = DisposalBatch.objects.filter(pk=job.params["batch"]).first()
    if batch is None or not can_go_on.test(job.requested_by, batch):
        raise PermissionDenied
    carry_out(batch=batch, actor=job.requested_by, progress=progress)
    return lambda: job.total


def carry_out(
    *, batch: DisposalBatch, actor: Account, progress: Progress | None = None
) -> DisposalBatch:
    """Dispose of every lead of the batch that still waits, each in a transaction of its own.

    Can be called again after a crash at any point, and twice at once: each lead is deleted once.
    What has something in its way stays, and its row says what. Raises NotAll at the end when the
    portal itself failed at some.
    """
    with transaction.atomic():
        row = DISPOSAL.lock(batch)
        if row.state not in UNDER_WAY:
            return row
        if row.state == BatchState.APPROVED:
            row = DISPOSAL.follow(row, BatchState.RUNNING)
    waiting = row.items.to_dispose().order_by("pk").values_list("pk", flat=True)
    for number, key in enumerate(list(waiting)):
        if progress:
            progress(number)
        try:
            _dispose(key, actor=actor)
        except Exception:
            # One that cannot be done must not keep the others from it.
            logger.exception("disposal batch %s: item %s", row.pk, key)
    return _finish(row, actor)


def _dispose(key: int, *, actor: Account) -> None:
    """Delete one lead with all that hangs on it, or note what is in the way."""
    with transaction.atomic():
        lead = DisposalItem.objects.filter(pk=key).values("lead_key")
        with as_system():
            # Before the item, as whoever holds the lead does.
            list(Lead.objects.filter(pk__in=lead).select_for_update(of=("self",)).values("pk"))
        item = DisposalItem.objects.select_for_update(of=("self",)).get(pk=key)
        if item.outcome != ItemOutcome.WAITING:
            return
        why = _is_no_longer_due(item)
        files: list[str] = []
        ledgers = 0
        if not why:
            ledgers = _expire_ledgers(item)
            with connection.cursor() as cursor:
                cursor.execute("SELECT blockers, files FROM portal_dispose(%s)", [key])
                blockers, files = cursor.fetchone()
            why = "、".join(words(blockers))
        if why:
            item.outcome, item.outcome_at = ItemOutcome.BLOCKED, timezone.now()
            item.words = why
            item.save(update_fields=["outcome", "outcome_at", "words"])
            return
        agreed = f"批次 {item.batch.number}，{item.batch.approved_by.full_name}批准"
        record(action=Action.LEAD_DISPOSED, actor=actor, obj=item, reason=agreed)
    # From here on the rows are gone. What a crash leaves of bytes, the sweeps of files without a
    # row and of expired exports take.
    for file_id in files:
        delete_stored(uuid.UUID(file_id))
    if ledgers:
        delete_expired()


def _is_no_longer_due(item: DisposalItem) -> str:
    """Why the lead is not disposed of by now, by the rules as they are; empty where it is.

    As the system: the lead may have become one that is kept from whoever carries this out.
    """
    with as_system():
        lead = rules.with_end(Lead.objects.filter(pk=item.lead_key)).first()
        if lead is None:
            return "线索已不存在"
        kept = rules.in_force(lead.jurisdiction_id)[lead.outcome_kind]
    if timezone.localdate(lead.ended_at) != item.ended_on or lead.outcome_kind != item.kind:
        return "提出后线索又有变动"
    if kept.years is None or rules.kept_until(lead.ended_at, kept.years) > due.today():
        return "留存期限已改，尚未届满"
    return ""


def _expire_ledgers(item: DisposalItem) -> int:
    """Files that tell of the lead, or of one merged into it, end with it; how many."""
    with as_system():
        family = Lead.objects.filter(Q(pk=item.lead_key) | Q(merged_into=item.lead_key))
        keys = list(family.values_list("pk", flat=True))
    return expire_files(kind=LEDGER, keys=keys)


def _finish(batch: DisposalBatch, actor: Account) -> DisposalBatch:
    with transaction.atomic():
        row = DISPOSAL.lock(batch)
        if row.state != BatchState.RUNNING:
            return row
        if row.items.to_dispose().exists():
            raise NotAll
        kept = row.items.waiting().filter(decision=Decision.KEEP)
        kept.update(outcome=ItemOutcome.KEPT, outcome_at=timezone.now())
        row = DISPOSAL.follow(row, BatchState.DONE)
        done = row.items.filter(outcome=ItemOutcome.DISPOSED).count()
        note = f"处置 {done} 条，共 {row.items.count()} 条"
        row.record(
            actor=actor, verb="finish", source=BatchState.RUNNING, target=row.state, note=note
        )
        return row
