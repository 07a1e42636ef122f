"""The only writers of files of weekly reports."""

from __future__ import annotations

from collections.abc import Collection

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from audit.machine import Conflict
from departments.models import Account
from files import services as files
from files.models import StoredFile
from files.uploads import MIB, megabytes
from reporting.attachments.models import FileKind, ReportFile
from reporting.attachments.permissions import can_add_scan, can_attach
from reporting.weekly.machine import WEEKLY
from reporting.weekly.models import WeeklyReport
from reporting.weekly.permissions import reports_for

#: What a report may hold in all, besides the limits of every upload.
LIMIT = 100 * MIB
#: So many names are told in a timeline's note.
NAMES_TOLD = 5
SIGNED = "周报已经送签或签字，附件不能再改。"
NOT_SIGNED = "周报还没有签字，签字以后再传盖章扫描件。"
NO_PICTURE = "盖章扫描件请传图片或 PDF。"


@transaction.atomic
def attach(
    *, actor: Account, report: WeeklyReport, uploads: Collection[StoredFile]
) -> list[ReportFile]:
    """Add what will be signed with the report; the report's version counts it as a change.

    The same files a second time are those of the first. PermissionDenied for strangers, Conflict
    for a report that has gone on or is closed, ValidationError when it gets too much.
    """
    row = _lock(actor, report)
    if done := list(row.files.filter(file__in=uploads, added_by=actor)):
        return done
    if not can_attach.test(actor, row) or not row.period.is_open_to(row.unit_id):
        raise Conflict(SIGNED)
    added = _add(row, actor, uploads, kind=FileKind.ATTACHMENT)
    _count_up(row)
    return added


@transaction.atomic
def add_scan(
    *, actor: Account, report: WeeklyReport, uploads: Collection[StoredFile]
) -> list[ReportFile]:
    """Add the scan of the stamped paper to a signed report, which stays what was signed.

    Raises as `attach`; Conflict while the report is not signed.
    """
    row = _lock(actor, report)
    if done := list(row.files.filter(file__in=uploads, added_by=actor)):
        return done
    if not can_add_scan.test(actor, row):
        raise Conflict(NOT_SIGNED)
    if any(file.kind.preview not in ("image", "pdf") for file in uploads):
        raise ValidationError(NO_PICTURE)
    return _add(row, actor, uploads, kind=FileKind.SCAN, of_signature=row.signature)


@transaction.atomic
def remove(*, actor: Account, file: ReportFile, reason: str) -> ReportFile:
    """Mark a file as removed, for a reason; it stays, and the office still sees it.

    An attachment only while one may attach; a scan at any time. PermissionDenied for strangers,
    ValidationError without a reason, Conflict for the second, and for what has been signed.
    """
    report = _lock(actor, file.report)
    row = ReportFile.objects.select_for_update(of=("self",)).get(pk=file.pk)
    is_bound = row.kind == FileKind.ATTACHMENT
    if row.is_removed:
        raise Conflict("这个文件已经被撤下。")
    if is_bound and not can_attach.test(actor, report):
        raise Conflict(SIGNED)
    row.removal_reason = reason.strip()
    if not row.removal_reason:
        raise ValidationError({"note": "撤下文件必须填写理由。"})
    row.removed_by, row.removed_at = actor, timezone.now()
    row.clean_fields(exclude={"of_signature"})
    row.save(update_fields=["removed_by", "removed_at", "removal_reason"])
    _record(report, actor, "detach", f"{row.file.name}。理由：{row.removal_reason}")
    if is_bound:
        _count_up(report)
    return row


def _lock(actor: Account, report: WeeklyReport) -> WeeklyReport:
    row = WEEKLY.lock(report)
    if not reports_for.test(actor, row):
        raise PermissionDenied
    return row


def _add(
    report: WeeklyReport, actor: Account, uploads: Collection[StoredFile], **fields: str
) -> list[ReportFile]:
    kept = files.keep(files=uploads, owner=actor)
    if report.files.standing().total_bytes() + sum(file.size for file in kept) > LIMIT:
        raise ValidationError(f"一份周报的附件合计不能超过 {megabytes(LIMIT)}。")
    added = ReportFile.objects.bulk_create(
        ReportFile(report=report, file=file, added_by=actor, **fields) for file in kept
    )
    told = "、".join(file.name for file in kept[:NAMES_TOLD])
    more = " 等" if len(kept) > NAMES_TOLD else ""
    verb = "scan" if fields["kind"] == FileKind.SCAN else "attach"
    _record(report, actor, verb, f"{len(kept)} 个：{told}{more}")
    return added


def _record(report: WeeklyReport, actor: Account, verb: str, note: str) -> None:
    report.record(actor=actor, verb=verb, source=report.state, target=report.state, note=note)


def _count_up(report: WeeklyReport) -> None:
    """Whoever has an older page open signs nothing that was not on it."""
    report.version += 1
    report.save(update_fields=["version"])
