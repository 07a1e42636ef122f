"""Small files of every kind, made here, and uploads of them."""

from __future__ import annotations

import io
import struct
import uuid
import zipfile
import zlib
from typing import Any

from files import services
from files.models import StoredFile
from files.storage import Incoming
from files.uploads import SealedUpload


def png(width: int = 3, height: int = 2) -> bytes:
    """A whole grey picture, but for a claimed size that nobody would decode."""
    rows = b"".join(b"\0" + b"\x80" * width for _ in range(height)) if width < 5000 else b""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in parts
    )


def jpg(width: int = 640, height: int = 480, *, before: int = 0) -> bytes:
    """The segments of a photograph up to its scan, with `before` bytes of notes before them."""
    notes = b"".join(b"\xff\xe1\xff\xff" + b"x" * 65533 for _ in range(before // 65533 + 1))
    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00"
    start = b"\xff\xd8\xff\xe0" + struct.pack(">H", 16) + b"JFIF\0" + b"\1\1\0\0\1\0\1\0\0"
    notes = notes if before else b""
    frame = b"\xff\xc0" + struct.pack(">H", len(frame) + 2) + frame
    return start + notes + frame + b"\xff\xda\0\x08\1\1\0\0\x3f\0" + b"\0" * 20 + b"\xff\xd9"


def gif(width: int = 5, height: int = 4) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\0\0\0;"


def webp(form: str, width: int = 30, height: int = 20) -> bytes:
    if form == "VP8X":
        body = b"\0" * 4 + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    elif form == "VP8L":
        body = b"\x2f" + (width - 1 | height - 1 << 14).to_bytes(4, "little") + b"\0" * 5
    else:
        body = b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", width, height)
    chunk = form.ljust(4).encode() + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(chunk) + 4) + b"WEBP" + chunk + b"\0" * 8


def pdf() -> bytes:
    """One page that says nothing, which any viewer opens."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R/Resources<<>>>>",
        b"<</Length 33>>stream\n0.2 0.4 0.8 rg 40 40 220 120 re f \nendstream",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj" % number + body + b"endobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    return (
        out
        + b"xref\n0 %d\n0000000000 65535 f \n" % count
        + table
        + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (count, len(out))
    )


def zipped(*names: str, filler: int = 0) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, b"<x/>")
        if filler:
            archive.writestr("word/media/big.bin", b"\0" * filler)
    return held.getvalue()


def docx(**kwargs: Any) -> bytes:
    return zipped("[Content_Types].xml", "_rels/.rels", "word/document.xml", **kwargs)


def ole(stream: str) -> bytes:
    """The header of an old Office file, and its directory with one stream."""
    head = bytearray(512)
    head[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    head[30:32] = (9).to_bytes(2, "little")
    head[48:52] = (1).to_bytes(4, "little")
    root = "Root Entry".encode("utf-16-le").ljust(128, b"\0")
    return bytes(head) + b"\0" * 512 + root + stream.encode("utf-16-le").ljust(128, b"\0")


def ftyp(brand: bytes) -> bytes:
    return b"\0\0\0\x18ftyp" + brand + b"\0\0\2\0" + brand + b"mif1" + b"\0" * 64


def uploaded(data: bytes, name: str = "现场.png") -> SealedUpload:
    """`data` as the upload handler hands it to a view."""
    incoming = Incoming()
    for start in range(0, len(data), 65536):
        incoming.write(data[start : start + 65536])
    incoming.finish()
    return SealedUpload(incoming, name=name, content_type="application/octet-stream")


def stored(owner: Any, data: bytes | None = None, name: str = "现场.png") -> StoredFile:
    """A file that waits under a token of its own."""
    return services.receive(
        upload=uploaded(png() if data is None else data, name), owner=owner, token=uuid.uuid4()
    )
