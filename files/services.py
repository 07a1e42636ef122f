"""The only writers of files: take in, keep, drop, scan, sweep."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Collection

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from departments.models import Account
from files import pictures, scanner, storage
from files.kinds import Kind, accepted, kind_of, labels_of
from files.models import StoredFile
from files.names import clean_name, names_a_program
from files.sealing import Unreadable
from files.states import TO_SCAN, ScanState
from files.uploads import RefusedUpload, SealedUpload

logger = logging.getLogger(__name__)
#: How long one scan may take before another worker tries.
CLAIM = dt.timedelta(minutes=10)


def receive(
    *,
    upload: UploadedFile,
    owner: Account,
    token: uuid.UUID,
    kinds: Collection[Kind] | None = None,
) -> StoredFile:
    """Store an upload under the `token` of its form, not yet used by anything.

    `kinds` are those that the form takes, all that the portal accepts where it names none. The
    same bytes under the same token again give the file of the first time, used or not.
    ValidationError, which names the file, for one that is refused: too large, empty, of a kind
    that is not taken, a text under the name of a program, or with too many pixels. Nothing of it
    stays.
    """
    kinds = accepted() if kinds is None else kinds
    if isinstance(upload, RefusedUpload):
        raise _refused(upload, upload.refusal)
    if not upload.size:
        raise _refused(upload, "文件是空的。")
    kind = kind_of(upload)
    if kind is None or kind not in kinds:
        raise _refused(upload, f"按内容判断，不是可以接收的类型（{labels_of(kinds)}）。")
    # A script is a text, and its name is all that tells it. Any other kind the content tells.
    if kind.code == "txt" and names_a_program(upload.name):
        raise _refused(upload, "程序和脚本文件不能上传。")
    width, height = _pixels(upload, kind.code) if kind.preview == "image" else (None, None)
    try:
        stored = _store(upload, kind, (width, height), owner=owner, token=token)
    except IntegrityError:
        storage.delete_stored(upload.incoming.file_id)
        return StoredFile.objects.get(token=token, uploaded_by=owner, sha256=upload.incoming.sha256)
    if stored.scan_state == ScanState.QUARANTINED:
        transaction.on_commit(lambda: knock(stored.pk))
    return stored


def _store(
    upload: SealedUpload,
    kind: Kind,
    pixels: tuple[int | None, int | None],
    *,
    owner: Account,
    token: uuid.UUID,
) -> StoredFile:
    incoming = upload.incoming
    # The bytes first: a row always has its file. A file without a row is swept away.
    incoming.keep()
    with transaction.atomic():
        return StoredFile.objects.create(
            public_id=incoming.file_id,
            name=clean_name(upload.name, kind),
            kind_code=kind.code,
            size=incoming.size,
            sha256=incoming.sha256,
            width=pixels[0],
            height=pixels[1],
            key_id=incoming.key_id,
            scan_state=(ScanState.QUARANTINED if scanner.is_configured() else ScanState.UNSCANNED),
            token=token,
            uploaded_by=owner,
        )


def _pixels(upload: UploadedFile, code: str) -> tuple[int, int]:
    size = pictures.size_of(upload, code)
    if size is None:
        raise _refused(upload, "图片文件头不完整，无法识别尺寸。")
    if size[0] * size[1] > settings.PORTAL_IMAGE_PIXELS:
        most = settings.PORTAL_IMAGE_PIXELS // 10_000
        raise _refused(upload, f"图片为 {size[0]}×{size[1]} 像素，超过 {most} 万像素的限制。")
    return size


def _refused(upload: UploadedFile, reason: str) -> ValidationError:
    return ValidationError(f"“{upload.name}”没有收下：{reason}")


def keep(*, files: Collection[StoredFile], owner: Account) -> list[StoredFile]:
    """Mark `files` as used, inside the transaction of the row that uses them.

    PermissionDenied for somebody else's files; ValidationError when one is gone or used already.
    """
    keys = sorted(file.pk for file in files)
    rows = list(StoredFile.objects.select_for_update().filter(pk__in=keys).order_by("pk"))
    if any(row.uploaded_by_id != owner.pk for row in rows):
        raise PermissionDenied
    if len(rows) != len(keys) or any(row.is_kept for row in rows):
        raise ValidationError("有附件已经失效或已被使用，请重新选择文件。")
    StoredFile.objects.filter(pk__in=keys).update(is_kept=True)
    return rows


def drop(*, keys: Collection[int], owner: Account) -> None:
    """Delete uploads that their owner does not want after all; kept ones stay."""
    if keys:
        _delete(StoredFile.objects.filter(pk__in=keys, uploaded_by=owner, is_kept=False))


def sweep_unused(now: dt.datetime | None = None) -> int:
    """Delete uploads that nothing uses a day later, files without a row, and broken uploads.

    Returns how many files went. Safe to run at any time, twice at once, and after any crash.
    """
    now = now or timezone.now()
    patience = dt.timedelta(hours=settings.PORTAL_FILE_WAIT_HOURS)
    gone = _delete(StoredFile.objects.unused_since(now - patience))
    seconds = patience.total_seconds()
    for part in storage.stale_parts(seconds):
        part.unlink(missing_ok=True)
        gone += 1
    batch: dict[uuid.UUID, object] = {}
    for file_id, path in storage.stale_files(seconds):
        batch[file_id] = path
        if len(batch) == 500:
            gone += _delete_rowless(batch)
            batch = {}
    return gone + _delete_rowless(batch)


def _delete(rows: object) -> int:
    """Rows first, files after the commit: a crash between leaves a file for the next sweep."""
    with transaction.atomic():
        found = list(rows.select_for_update(skip_locked=True))
        StoredFile.objects.filter(pk__in=[row.pk for row in found]).delete()
    for row in found:
        storage.delete_stored(row.public_id)
    return len(found)


def _delete_rowless(batch: dict) -> int:
    known = set(StoredFile.objects.filter(public_id__in=batch).values_list("public_id", flat=True))
    for file_id in batch.keys() - known:
        storage.delete_stored(file_id)
    return len(batch.keys() - known)


def knock(file_pk: int) -> None:
    """Tell a worker that a file waits to be scanned. With the broker away, the sweep does it."""
    from files.tasks import scan

    try:
        scan.delay(file_pk)
    except Exception as error:  # noqa: BLE001  whatever the client raises, the row stands
        logger.warning("file %s waits for the sweep: %s", file_pk, type(error).__name__)


def scan(file_pk: int) -> bool:
    """Have one file scanned and write down the verdict. False when no scanner answered.

    Nothing happens to a file that is gone, has its verdict, or is held by another worker. One
    about which the scanner cannot say anything stays as it is and is tried again later.
    """
    now = timezone.now()
    free = StoredFile.objects.to_scan(now).filter(pk=file_pk)
    if not scanner.is_configured() or not free.update(claimed_until=now + CLAIM):
        return True
    file = StoredFile.objects.get(pk=file_pk)
    try:
        with file.open() as source:
            verdict = scanner.scan(source)
    except scanner.ScannerAway as away:
        logger.warning("no virus scanner at %s: %s", settings.PORTAL_CLAMD, away)
        StoredFile.objects.filter(pk=file_pk).update(claimed_until=None)
        return False
    except (scanner.ScanFailed, Unreadable) as failed:
        logger.warning("file %s was not scanned: %s", file.public_id, failed)
        return True
    if not verdict.is_clean:
        logger.warning("file %s is infected: %s", file.public_id, verdict.signature)
    StoredFile.objects.filter(pk=file_pk, scan_state__in=TO_SCAN).update(
        scan_state=ScanState.CLEAN if verdict.is_clean else ScanState.INFECTED,
        scan_note=verdict.signature,
        claimed_until=None,
    )
    return True


def sweep_scans() -> int:
    """Scan what waits for it, oldest first; stops when no scanner answers. Returns how many."""
    if not scanner.is_configured():
        return 0
    waiting = list(StoredFile.objects.to_scan().order_by("pk").values_list("pk", flat=True)[:200])
    for done, file_pk in enumerate(waiting):
        if not scan(file_pk):
            return done
    return len(waiting)
