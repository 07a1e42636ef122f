"""Uploads while they arrive: sealed at once, bounded in memory and on the disk."""

from __future__ import annotations

import gc
import io
import os
import tracemalloc
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.handlers.wsgi import WSGIRequest
from django.http import UnreadablePostError
from django.test import RequestFactory

from files.sealing import CHUNK
from files.uploads import MIB, RefusedUpload, SealedUpload

BOUNDARY = "border"


def part(name: str, data: bytes, file: str = "") -> bytes:
    named = f'; filename="{file}"' if file else ""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'
    return head.encode() + data + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()


class Flow(io.RawIOBase):
    """A body that is made while it is read; counts what was taken."""

    def __init__(self, *pieces: bytes | tuple[bytes, int], fails_after: int | None = None) -> None:
        self._pieces = list(pieces)
        self._fails_after = fails_after
        self.taken = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:
        if self._fails_after is not None and self.taken > self._fails_after:
            raise OSError("the line was cut")
        while self._pieces:
            piece = self._pieces[0]
            if isinstance(piece, tuple):
                pattern, left = piece
                data = (pattern * (len(buffer) // len(pattern) + 1))[: min(len(buffer), left)]
                self._pieces[0] = (pattern, left - len(data))
                if not left:
                    self._pieces.pop(0)
                    continue
            else:
                data = piece[: len(buffer)]
                self._pieces[0] = piece[len(buffer) :]
                if not data:
                    self._pieces.pop(0)
                    continue
            buffer[: len(data)] = data
            self.taken += len(data)
            return len(data)
        return 0


def posted(body: io.RawIOBase, length: int, *, signed_in: bool = True):
    request = WSGIRequest(
        RequestFactory()._base_environ()
        | {
            "REQUEST_METHOD": "POST",
            "CONTENT_TYPE": f"multipart/form-data; boundary={BOUNDARY}",
            "CONTENT_LENGTH": str(length),
            "wsgi.input": body,
        }
    )
    request.user = SimpleNamespace(is_authenticated=signed_in)
    return request


def sent(*parts: bytes, **kwargs):
    body = b"".join(parts) + END
    return posted(io.BytesIO(body), len(body), **kwargs)


def test_an_upload_can_be_read_as_it_was_sent(left):
    data = os.urandom(3 * CHUNK + 11)
    request = sent(part("word", b"yes"), part("file", data, "a.bin"), part("after", b"too"))
    assert request.POST.dict() == {"word": "yes", "after": "too"}
    upload = request.FILES["file"]
    assert isinstance(upload, SealedUpload)
    assert (upload.name, upload.size) == ("a.bin", len(data))
    assert b"".join(upload.chunks()) == data
    upload.seek(CHUNK)
    assert upload.read(10) == data[CHUNK : CHUNK + 10]
    assert left() == ([], [upload.incoming.path.name])
    assert data[:64] not in upload.incoming.path.read_bytes()
    assert oct(upload.incoming.path.stat().st_mode)[-3:] == "600"


def test_what_nobody_keeps_goes_with_the_request(left):
    request = sent(part("file", b"x" * 100, "a.txt"), part("file", b"y", "b.txt"))
    assert len(request.FILES.getlist("file")) == 2
    request.close()
    assert left() == ([], [])


def test_what_nobody_closes_goes_when_it_is_let_go_of(left):
    sent(part("file", b"x" * 100, "a.txt")).FILES  # noqa: B018
    gc.collect()
    assert left() == ([], [])


def test_one_byte_above_the_limit_is_refused_and_the_form_survives(settings, left):
    settings.PORTAL_FILE_BYTES = MIB
    exact = sent(part("file", b"x" * MIB, "a.bin")).FILES["file"]
    assert exact.size == MIB
    exact.close()
    request = sent(part("file", b"x" * (MIB + 1), "大.bin"), part("after", b"kept"))
    upload = request.FILES["file"]
    assert isinstance(upload, RefusedUpload)
    assert upload.refusal == "单个文件不能超过 1 MB。"
    assert request.POST["after"] == "kept"
    assert left() == ([], [])


def test_a_request_above_its_limit_leaves_nothing_on_the_disk_and_the_form_survives(settings, left):
    settings.PORTAL_REQUEST_FILE_BYTES = 2 * MIB
    request = sent(*[part("file", b"x" * MIB, f"{n}.bin") for n in range(4)], part("after", b"yes"))
    found = request.FILES.getlist("file")
    assert {type(upload) for upload in found} == {RefusedUpload}
    assert found[0].refusal == "一次上传的文件合计不能超过 2 MB，请分几次上传。"
    assert request.POST["after"] == "yes"
    assert left() == ([], [])


def test_an_endless_upload_is_not_read(left):
    head = part("csrf", b"token") + part("file", b"", "a.bin")[:-2]
    body = Flow(head, (b"x", 10**12))
    request = posted(body, 10**12)
    assert request.POST["csrf"] == "token"
    assert not request.FILES
    assert request.upload_broken_off == "一次上传的文件合计不能超过 200 MB，请分几次上传。"
    assert body.taken < 10 * CHUNK
    assert left() == ([], [])


def test_of_ten_thousand_files_the_first_are_taken_and_the_rest_named_once(settings, left):
    settings.PORTAL_FILES_AT_ONCE = 20
    small = [part("file", b"%d" % n, f"{n}.txt") for n in range(10_000)]
    request = sent(part("csrf", b"token"), *small)
    found = request.FILES.getlist("file")
    assert [type(upload) for upload in found] == [SealedUpload] * 20 + [RefusedUpload]
    assert found[-1].refusal == "一次最多上传 20 个文件，从这个文件起没有收下。"
    assert request.POST["csrf"] == "token"
    assert len(left()[1]) == 20
    request.close()
    assert left() == ([], [])


def test_nothing_is_taken_from_strangers(left):
    request = sent(part("file", b"x" * 100_000, "a.txt"), part("after", b"yes"), signed_in=False)
    assert request.POST["after"] == "yes"
    assert not request.FILES
    assert left() == ([], [])


@pytest.mark.parametrize("after", [CHUNK, 3 * CHUNK])
def test_a_line_that_breaks_off_leaves_nothing(left, after):
    body = Flow(
        part("file", b"whole", "a.txt"),
        part("file", b"", "b.txt")[:-2],
        (b"y", 10**6),
        fails_after=after,
    )
    request = posted(body, 10**6 + 500)
    with pytest.raises(UnreadablePostError):
        request.FILES  # noqa: B018
    del request
    gc.collect()
    assert left() == ([], [])


def test_twenty_megabytes_pass_through_a_few_chunks_of_memory(left):
    size = 20 * MIB
    head = part("file", b"", "a.bin")[:-2]
    request = posted(Flow(head, (b"0123456789", size), b"\r\n" + END), len(head) + size + 2 + 12)
    tracemalloc.start()
    try:
        upload = request.FILES["file"]
        assert upload.size == size
        for _ in upload.chunks(CHUNK):
            pass
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2 * MIB
    request.close()
    assert left() == ([], [])


def test_a_plain_upload_of_the_framework_is_not_what_the_portal_uses(settings):
    assert settings.FILE_UPLOAD_HANDLERS == ["files.uploads.SealingUploadHandler"]
    assert not isinstance(SimpleUploadedFile("a", b"x"), SealedUpload)
