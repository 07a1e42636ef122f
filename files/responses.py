"""Files on their way out: streamed chunk by chunk, and never run as a page of the portal."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header

from files.models import StoredFile
from files.sealing import CHUNK, Opened, Unreadable

#: Nothing in the file may load, run, or be framed by anybody but the portal.
_SEALED_OFF = "default-src 'none'; sandbox; frame-ancestors 'self'; base-uri 'none'"
#: A browser's own PDF viewer does not start in a sandboxed document, and is a plugin to it.
_PDF = (
    "default-src 'none'; object-src 'self'; frame-ancestors 'self'; base-uri 'none'; "
    "form-action 'none'"
)


def serve(request: HttpRequest, file: StoredFile, *, inline: bool) -> HttpResponseBase:
    """The bytes of `file`, to be shown if `inline` and its kind allows it, else to be saved.

    The caller has asked who may see it, and whether it is served at all (`is_served`). A file
    that cannot be read is answered with a page that says why (503). One that turns out damaged
    half-way breaks off, and the browser notes that bytes are missing.
    """
    inline = inline and bool(file.preview)
    try:
        source = file.open()
    except Unreadable as unreadable:
        return render(request, "files/unreadable.html", {"why": str(unreadable)}, status=503)
    response = StreamingHttpResponse(_pieces(source), content_type=file.kind.content_type)
    response["Content-Length"] = str(file.size)
    response["Content-Disposition"] = content_disposition_header(not inline, file.name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    is_pdf = inline and file.preview == "pdf"
    response["Content-Security-Policy"] = _PDF if is_pdf else _SEALED_OFF
    response["X-Frame-Options"] = "SAMEORIGIN" if is_pdf else "DENY"
    return response


def _pieces(source: Opened) -> Iterator[bytes]:
    with source:
        while piece := source.read(CHUNK):
            yield piece
