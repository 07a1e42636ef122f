"""Every upload to the portal, whatever the page: sealed while it arrives, within the limits.

This is the only upload handler (`FILE_UPLOAD_HANDLERS`). No clear text reaches the disk and no
more than a chunk stays in memory. What is over a limit is read to its end and dropped, so that
the rest of the form survives and can say what was wrong; a `RefusedUpload` then stands in
`request.FILES`. Of a request far beyond the limit nothing more is read, and its
`upload_broken_off` says why. What a view does not keep is gone with the request.
"""

from __future__ import annotations

import io
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, StopUpload

from files.sealing import CHUNK
from files.storage import Incoming

MIB = 1024 * 1024
#: A request this many times the limit is not even read to its end.
_HOPELESS = 4


def megabytes(size: int) -> str:
    return f"{size / MIB:.0f} MB"


class SealedUpload(UploadedFile):
    """An upload that lies sealed in `incoming`; read, it is plain, and any place can be sought.

    Closing it, or letting go of it, deletes what was not kept.
    """

    def __init__(self, incoming: Incoming, *, name: str, content_type: str) -> None:
        super().__init__(incoming.open(), name, content_type, incoming.size)
        self.incoming = incoming

    def close(self) -> None:
        super().close()
        self.incoming.discard()


class RefusedUpload(UploadedFile):
    """An upload that was not taken in. `refusal` is the reason, for the person; `size` is what
    was sent.
    """

    def __init__(self, *, name: str, refusal: str, size: int) -> None:
        super().__init__(io.BytesIO(), name, "", size)
        self.refusal = refusal


class SealingUploadHandler(FileUploadHandler):
    """Seals what comes; refuses what is too large or too much, and all from strangers."""

    chunk_size = CHUNK

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, Any],  # noqa: N803
        content_length: int,
        boundary: bytes,
        encoding: str | None = None,
    ) -> None:
        self.count = 0
        self.request_bytes = content_length

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.file: Incoming | _Nothing = _Nothing()
        user = getattr(self.request, "user", None)
        if user is None or not user.is_authenticated:
            raise SkipFile
        limit = settings.PORTAL_REQUEST_FILE_BYTES
        too_much = f"一次上传的文件合计不能超过 {megabytes(limit)}，请分几次上传。"
        self.count += 1
        self.refusal = ""
        if self.request_bytes > _HOPELESS * limit:
            self.request.upload_broken_off = too_much
            raise StopUpload(connection_reset=True)
        if self.count > 2 * settings.PORTAL_FILES_AT_ONCE:
            raise StopUpload
        if self.request_bytes > limit + MIB:
            self.refusal = too_much
        elif self.count > settings.PORTAL_FILES_AT_ONCE:
            most = settings.PORTAL_FILES_AT_ONCE
            self.refusal = f"一次最多上传 {most} 个文件，从这个文件起没有收下。"
        else:
            self.file = Incoming()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self.refusal:
            return
        limit = settings.PORTAL_FILE_BYTES
        if start + len(raw_data) > limit:
            self.refusal = f"单个文件不能超过 {megabytes(limit)}。"
            self.file.discard()
        else:
            self.file.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile | None:
        if self.count > settings.PORTAL_FILES_AT_ONCE + 1:
            return None  # the first one too many has said it
        if self.refusal:
            return RefusedUpload(name=self.file_name, refusal=self.refusal, size=file_size)
        self.file.finish()
        incoming, self.file = self.file, _Nothing()
        return SealedUpload(incoming, name=self.file_name, content_type=self.content_type)

    def upload_interrupted(self) -> None:
        self.file.discard()


class _Nothing:
    """Stands where no file is on its way."""

    def discard(self) -> None:
        """There is nothing to leave behind."""

    close = discard
