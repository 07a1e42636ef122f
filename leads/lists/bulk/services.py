"""The only writers of acts on many leads."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Callable, Collection
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from audit.machine import Conflict
from departments.models import Account
from jobs.models import Job
from jobs.services import request_work
from jobs.work import Progress
from leads.lists.bulk.acts import ACTS
from leads.lists.bulk.models import BulkItem, BulkOutcome, BulkRun, BulkState
from leads.lists.bulk.permissions import ALLOWED
from leads.lists.listing import Listing
from leads.models import Lead

logger = logging.getLogger(__name__)
#: More rows than this are not acted on at once.
MOST = 5000
#: Up to so many are done while the person waits; more, in the background.
IN_REQUEST = 200
WORK = "leads_bulk"
#: The background shows how far it is after every so many.
SIGN_OF_LIFE = 10
#: Drafts that nobody confirmed are forgotten after this.
DRAFT_LIFE = dt.timedelta(days=1)
GONE = "线索已不在您的查看范围内。"
FORBIDDEN = "您没有权限对这条线索做此操作。"
BROKEN = "处理时出错，没有改动，请单独办理。"


def select(
    *,
    actor: Account,
    action: str,
    listing: Listing,
    chosen: Collection[tuple[int, int]] | None = None,
) -> BulkRun:
    """Remember the rows that an act is to be about: those of `chosen`, or all of `listing`.

    `chosen` holds key and version of each as the person saw it. What they may not see is left
    out. PermissionDenied for those who may not start the act; ValidationError when nothing is
    selected, or too much.
    """
    if action not in ALLOWED or not ALLOWED[action].test(actor):
        raise PermissionDenied
    if chosen is None:
        rows = listing.order.sort(listing.leads)
        pairs = list(rows.values_list("pk", "version")[: MOST + 1])
    else:
        visible = Lead.objects.visible_to(actor).filter(pk__in=[pk for pk, _ in chosen])
        kept = set(visible.values_list("pk", flat=True))
        pairs = [(pk, version) for pk, version in dict(chosen).items() if pk in kept]
    if not pairs:
        raise ValidationError("请先勾选线索。")
    if len(pairs) > MOST:
        raise ValidationError(f"一次最多处理 {MOST} 条，请先用筛选条件缩小范围。")
    with transaction.atomic():
        _forget_drafts(actor)
        run = BulkRun.objects.create(owner=actor, action=action, params={"query": listing.query})
        BulkItem.objects.bulk_create(
            (BulkItem(run=run, lead_id=pk, version=version) for pk, version in pairs),
            batch_size=1000,
        )
    return run


def start(*, run: BulkRun, actor: Account, params: dict[str, Any]) -> BulkRun:
    """Confirm a draft, once. Raises Conflict when it was confirmed before."""
    with transaction.atomic():
        row = BulkRun.objects.select_for_update().get(pk=run.pk)
        if not ALLOWED[row.action].test(actor):
            raise PermissionDenied
        if row.state != BulkState.DRAFT:
            raise Conflict("这批操作已经提交过，没有重复办理。")
        row.state = BulkState.STARTED
        row.params |= params
        row.save(update_fields=["state", "params"])
    return row


def go_on(*, run: BulkRun, actor: Account) -> Job | None:
    """Act on what waits: few leads at once, many in the background; returns the job of the many.

    Called again it finds the job that is at it; after one that stopped it starts another.
    """
    with transaction.atomic():
        row = BulkRun.objects.select_for_update().get(pk=run.pk)
        if row.state != BulkState.STARTED:
            return None
        job = job_of(row)
        if job is not None and not job.is_finished:
            return job
        waiting = row.items.filter(outcome=BulkOutcome.WAITING).count()
        if waiting > IN_REQUEST:
            job = request_work(
                actor=actor,
                work_id=WORK,
                title=row.get_action_display(),
                params={"run": str(row.public_id)},
                total=waiting,
                submission=uuid.uuid4(),
            )
            row.params["job"] = str(job.public_id)
            row.save(update_fields=["params"])
            return job
    carry_out(run=run, actor=actor)
    return None


def job_of(run: BulkRun) -> Job | None:
    """The job that carried the act out last, if it was one for the background."""
    return Job.objects.filter(public_id=run.params.get("job")).first()


def prepare(job: Job, progress: Progress) -> Callable[[], int]:
    """The background's part. PermissionDenied where the requester may not any more."""
    actor = job.requested_by
    run = BulkRun.objects.visible_to(actor).filter(public_id=job.params["run"]).first()
    if run is None or not ALLOWED[run.action].test(actor):
        raise PermissionDenied
    carry_out(run=run, actor=actor, progress=progress)
    return lambda: job.total


def carry_out(*, run: BulkRun, actor: Account, progress: Progress | None = None) -> None:
    """Act on every lead that still waits, each in a transaction of its own.

    Can be called again after a crash, and twice at once: each lead is acted on once.
    """
    waiting = run.items.filter(outcome=BulkOutcome.WAITING).order_by("pk")
    for number, key in enumerate(list(waiting.values_list("pk", flat=True))):
        if progress and number % SIGN_OF_LIFE == 0:
            progress(number)
        _act_on(key, run=run, actor=actor)
    finish(run=run)


def finish(*, run: BulkRun) -> None:
    BulkRun.objects.filter(pk=run.pk, state=BulkState.STARTED).update(
        state=BulkState.DONE, finished_at=timezone.now()
    )


def _act_on(key: int, *, run: BulkRun, actor: Account) -> None:
    with transaction.atomic():
        item = BulkItem.objects.select_for_update().get(pk=key)
        if item.outcome != BulkOutcome.WAITING:
            return
        item.words = _refusal(item, run=run, actor=actor)
        item.outcome = BulkOutcome.SKIPPED if item.words else BulkOutcome.DONE
        item.save(update_fields=["outcome", "words"])


def _refusal(item: BulkItem, *, run: BulkRun, actor: Account) -> str:
    """Act on one lead, whole or not at all; returns why not, or nothing."""
    lead = Lead.objects.visible_to(actor).filter(pk=item.lead_id).first()
    if lead is None:
        return GONE
    try:
        with transaction.atomic():
            ACTS[run.action](lead=lead, actor=actor, version=item.version, params=run.params)
    except Conflict as conflict:
        return str(conflict)[:200]
    except ValidationError as error:
        return "；".join(error.messages)[:200]
    except PermissionDenied:
        return FORBIDDEN
    except Exception:
        # One lead that cannot be done must not keep the others from it.
        logger.exception("bulk %s: lead %s", run.pk, item.lead_id)
        return BROKEN
    return ""


def _forget_drafts(actor: Account) -> None:
    old = timezone.now() - DRAFT_LIFE
    BulkRun.objects.visible_to(actor).filter(state=BulkState.DRAFT, created_at__lt=old).delete()
