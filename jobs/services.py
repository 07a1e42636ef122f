"""The only writers of jobs: request, claim, progress, cancel, finish; the sweep for the lost."""

from __future__ import annotations

import datetime as dt
import logging
import os
import uuid
from collections.abc import Collection
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.http import HttpRequest
from django.utils import timezone

from audit.models import Action
from audit.services import record
from departments.acting import as_person
from departments.models import Account
from files.keys import key_ring
from files.sealing import Sealer
from jobs import exports, work, workbook
from jobs.models import FINISHED, PURPOSE_LIMIT, ExportedRows, Job, JobState

logger = logging.getLogger(__name__)
MAX_ATTEMPTS = 5


class LeaseLost(Exception):
    """Another worker has taken the job over; this one stops and publishes nothing."""


class Cancelled(Exception):
    """The requester wants the work no longer; it stops and publishes nothing."""


def request_export(
    *,
    actor: Account,
    export_id: str,
    params: dict[str, Any],
    purpose: str,
    submission: uuid.UUID,
    request: HttpRequest | None = None,
) -> Job:
    """Queue a declared export, and put on record who asked for it, from where and what for.

    The same `submission` again gives the same job, and no second record. Raises PermissionDenied
    when the actor may not have it or it does not exist, ValidationError for bad parameters and
    without a purpose.
    """
    export = exports.find(export_id)
    if export is None or not export.allowed.test(actor, None):
        raise PermissionDenied
    purpose = _purpose(purpose)
    kept = export.clean(actor, params)
    with transaction.atomic():
        job, is_new = _queue(
            actor=actor,
            kind=export_id,
            title=export.title,
            params=kept,
            purpose=purpose,
            submission=submission,
        )
        if is_new:
            action = Action.EXPORT_REQUESTED
            record(action=action, request=request, actor=actor, obj=job, reason=purpose)
    return job


def _purpose(words: str) -> str:
    purpose = " ".join(words.split())
    if not purpose:
        raise ValidationError({"purpose": "请填写用途。"})
    if len(purpose) > PURPOSE_LIMIT:
        raise ValidationError({"purpose": f"用途不超过 {PURPOSE_LIMIT} 字。"})
    return purpose


def request_work(
    *,
    actor: Account,
    work_id: str,
    title: str = "",
    params: dict[str, Any],
    total: int = 0,
    submission: uuid.UUID,
) -> Job:
    """Queue declared work; the same `submission` again gives the same job.

    Joins the caller's transaction. Raises PermissionDenied as `request_export` does. `params` are
    the caller's own words and have been checked; `total` is the number of rows, where it is known.
    """
    declared = work.find(work_id)
    if declared is None or not declared.allowed.test(actor, None):
        raise PermissionDenied
    job, _ = _queue(
        actor=actor,
        kind=work_id,
        title=title or declared.title,
        params=params,
        total=total,
        submission=submission,
    )
    return job


def _queue(*, actor: Account, submission: uuid.UUID, **fields: Any) -> tuple[Job, bool]:
    """The job of `submission`, and whether this call made it."""
    try:
        with transaction.atomic():
            job = Job.objects.create(requested_by=actor, submission=submission, **fields)
            transaction.on_commit(lambda: knock(job.pk))
            return job, True
    except IntegrityError:
        job = Job.objects.visible_to(actor).filter(submission=submission).first()
        if job is None:
            raise PermissionDenied from None
        return job, False


def cancel(*, job: Job) -> bool:
    """Ask that the job be given up; whether it was in time.

    A waiting job ends at once. A running one is told with its next sign of life; until its
    worker has committed, nothing of it counts. The caller has checked who asks.
    """
    with transaction.atomic():
        row = Job.objects.select_for_update().get(pk=job.pk)
        if row.is_finished:
            return row.state == JobState.CANCELLED
        row.cancel_asked = True
        if row.state == JobState.QUEUED:
            row.state, row.finished_at = JobState.CANCELLED, timezone.now()
        row.save(update_fields=["cancel_asked", "state", "finished_at"])
        return True


def knock(job_id: int) -> None:
    """Tell a worker that a job waits. With the broker away, the sweep does it later."""
    from jobs.tasks import run

    try:
        run.delay(job_id)
    except Exception as error:  # noqa: BLE001  whatever the client raises, the row stands
        logger.warning("job %s waits for the sweep: %s", job_id, type(error).__name__)


def sweep() -> int:
    """Start again every job that no live worker holds; returns how many."""
    lost = list(Job.objects.lost().order_by("pk").values_list("pk", flat=True)[:500])
    for job_id in lost:
        knock(job_id)
    return len(lost)


def claim(job_id: int) -> Job | None:
    """Take the job for one lease; None when it is finished, held by another, or gone."""
    now = timezone.now()
    free = Job.objects.filter(pk=job_id, state=JobState.QUEUED) | Job.objects.filter(
        pk=job_id, state=JobState.RUNNING, lease_until__lt=now
    )
    taken = free.update(
        state=JobState.RUNNING, attempt=F("attempt") + 1, lease_until=_lease(now), done=0
    )
    return Job.objects.get(pk=job_id) if taken else None


def report_progress(job: Job, done: int) -> None:
    """Show progress and renew the lease.

    Raises LeaseLost when another worker has the job, Cancelled when it is to be given up.
    """
    kept = _held(job).filter(cancel_asked=False)
    if not kept.update(done=done, lease_until=_lease(timezone.now())):
        _say_why(job)


def run(job_id: int) -> None:
    """Do the work of a job. Safe to call twice, or again after a crash at any point."""
    job = claim(job_id)
    if job is None:
        return
    if job.attempt > MAX_ATTEMPTS:
        _finish(job, state=JobState.FAILED, error="多次尝试均未成功，请联系系统管理员。")
        return
    declared = work.find(job.kind)
    try:
        with as_person(job.requested_by):
            if declared is None:
                _export(job)
            else:
                _do(job, declared)
    except LeaseLost:
        return
    except Cancelled:
        _finish(job, state=JobState.CANCELLED)
    except PermissionDenied:
        words = (
            "您目前没有导出这些数据的权限。"
            if declared is None
            else "您目前没有办理这项任务的权限。"
        )
        _finish(job, state=JobState.FAILED, error=words)
    except Exception:
        logger.exception("job %s (%s) failed", job.pk, job.kind)
        words = "生成文件时出错" if declared is None else f"处理时出错，{declared.left}"
        _finish(job, state=JobState.FAILED, error=f"{words}，请稍后重试或联系系统管理员。")


def _do(job: Job, declared: work.Work) -> None:
    """Prepare at leisure, then publish and finish in one transaction."""
    actor = job.requested_by
    if not actor.is_active or not declared.allowed.test(actor, None):
        raise PermissionDenied
    report_progress(job, 0)
    publish = declared.prepare(job, lambda done: report_progress(job, done))
    report_progress(job, job.total)
    with transaction.atomic():
        # The row stays locked until the end: nobody takes the job over or cancels it meanwhile.
        if not _held(job).filter(cancel_asked=False).select_for_update().exists():
            _say_why(job)
        _finish(job, state=JobState.DONE, done=publish())


def _export(job: Job) -> None:
    """Make the file of an export.

    It is written under a name of its own and becomes the job's only with the row's change to
    'done', so that nobody ever meets half a file.
    """
    stored_as = job.new_stored_name()
    path = Path(settings.MEDIA_ROOT) / "exports" / stored_as
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        name, count, told = _make(job, path)
        with transaction.atomic():
            _finish(
                job,
                state=JobState.DONE,
                stored_as=stored_as,
                file_name=name,
                done=count,
                expires_at=timezone.now() + dt.timedelta(days=settings.PORTAL_EXPORT_DAYS),
            )
            if told is not None:
                ExportedRows.objects.create(
                    job=job,
                    whole=told.whole.tolist(),
                    figures=told.figures.tolist(),
                    outlines=told.outlines.tolist(),
                )
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _make(job: Job, path: Path) -> tuple[str, int, exports.Told | None]:
    export = exports.find(job.kind)
    actor = job.requested_by
    if export is None or not actor.is_active or not export.allowed.test(actor, None):
        raise PermissionDenied
    Job.objects.filter(pk=job.pk).update(total=export.count(actor, job.params))
    partial = path.with_suffix(".part")
    try:
        sheet = export.build(actor, job.params)
        with partial.open("xb") as file:
            sealer = Sealer(file, ring=key_ring(), file_id=job.public_id)
            count = workbook.write(
                sheet,
                sealer,
                mark=mark_of(actor, purpose=job.purpose),
                progress=lambda done: report_progress(job, done),
            )
            sealer.finish()
            file.flush()
            os.fsync(file.fileno())
        partial.rename(path)
    finally:
        partial.unlink(missing_ok=True)
    return export.file_name(job.params), count, sheet.told


def mark_of(actor: Account, *, purpose: str) -> str:
    """Whose file it is, since when and what for: in the file itself, on screen and on paper."""
    unit = f" {actor.main_unit.name}" if actor.main_unit else ""
    now = timezone.localtime()
    return f"导出人：{actor.full_name}{unit}　{now:%Y-%m-%d %H:%M}　用途：{purpose}"


def may_fetch(*, job: Job, actor: Account) -> bool:
    """Whether all that the finished file of an export tells of is still for `actor`.

    What a file holds stays as it was when it was made; who may see it does not.
    """
    export = exports.find(job.kind)
    if export is None:
        return True
    rows = ExportedRows.objects.filter(job=job).only("job").first()
    return export.may_fetch(actor, job.params, rows)


def _say_why(job: Job) -> None:
    raise Cancelled if _held(job).filter(cancel_asked=True).exists() else LeaseLost


def _finish(job: Job, **fields: Any) -> None:
    if not _held(job).update(finished_at=timezone.now(), lease_until=None, **fields):
        raise LeaseLost


def _held(job: Job) -> Any:
    return Job.objects.filter(pk=job.pk, attempt=job.attempt, state=JobState.RUNNING)


def _lease(now: dt.datetime) -> dt.datetime:
    return now + dt.timedelta(seconds=settings.PORTAL_JOB_LEASE_SECONDS)


def expire_files(*, kind: str, keys: Collection[int]) -> int:
    """End the files of an export that tell of one of the rows `keys`; returns how many.

    They are no longer handed out from the commit on, and deleted by `delete_expired`.
    """
    keys = list(keys)
    told = Q(whole__overlap=keys) | Q(figures__overlap=keys) | Q(outlines__overlap=keys)
    rows = ExportedRows.objects.filter(told, job__kind=kind)
    files = Job.objects.filter(pk__in=rows.values("job"), expires_at__gt=timezone.now())
    return files.update(expires_at=timezone.now())


def delete_expired(now: dt.datetime | None = None) -> int:
    """Remove expired files and what was kept for them, jobs past their time, files of no job."""
    now = now or timezone.now()
    for job in Job.objects.with_expired_files(now):
        job.path.unlink(missing_ok=True)
        ExportedRows.objects.filter(job=job).delete()
        Job.objects.filter(pk=job.pk).update(stored_as="", params={})
    limit = now - dt.timedelta(days=settings.PORTAL_JOB_DAYS)
    old = Job.objects.filter(state__in=FINISHED, finished_at__lt=limit, stored_as="")
    removed = old.delete()[0]
    folder = Path(settings.MEDIA_ROOT) / "exports"
    if folder.exists():
        kept = set(Job.objects.exclude(stored_as="").values_list("stored_as", flat=True))
        for file in folder.iterdir():
            age = now.timestamp() - file.stat().st_mtime
            if file.name not in kept and age > settings.PORTAL_JOB_LEASE_SECONDS * 10:
                file.unlink(missing_ok=True)
    return removed
