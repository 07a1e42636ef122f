"""What a file is, by its content; its name and what the browser says of it count for nothing."""

from __future__ import annotations

import io
from collections.abc import Collection
from dataclasses import dataclass
from typing import BinaryIO

from django.conf import settings

#: How much of the beginning and the end is looked at, in bytes.
HEAD = TAIL = 64 * 1024


@dataclass(frozen=True)
class Kind:
    """A type of file: its code in the setting, what it is served as, its word, its suffixes.

    `preview` says how a browser may show it: "image", "pdf", or not at all.
    """

    code: str
    content_type: str
    label: str
    suffixes: tuple[str, ...]
    preview: str = ""


KINDS = {
    kind.code: kind
    for kind in (
        Kind("jpg", "image/jpeg", "图片", (".jpg", ".jpeg", ".jfif"), "image"),
        Kind("png", "image/png", "图片", (".png",), "image"),
        Kind("gif", "image/gif", "图片", (".gif",), "image"),
        Kind("webp", "image/webp", "图片", (".webp",), "image"),
        Kind("heic", "image/heic", "图片", (".heic", ".heif")),
        Kind("pdf", "application/pdf", "PDF", (".pdf",), "pdf"),
        Kind(
            "docx",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "Word 文档",
            (".docx",),
        ),
        Kind(
            "xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "Excel 表格",
            (".xlsx",),
        ),
        Kind("doc", "application/msword", "Word 文档", (".doc", ".wps")),
        Kind("xls", "application/vnd.ms-excel", "Excel 表格", (".xls", ".et")),
        Kind("txt", "text/plain", "文本", (".txt", ".log", ".csv")),
        Kind("mp3", "audio/mpeg", "录音", (".mp3",)),
        Kind("m4a", "audio/mp4", "录音", (".m4a",)),
        Kind("wav", "audio/wav", "录音", (".wav",)),
        Kind("amr", "audio/amr", "录音", (".amr",)),
        Kind("mp4", "video/mp4", "视频", (".mp4", ".m4v")),
        Kind("mov", "video/quicktime", "视频", (".mov",)),
        Kind("3gp", "video/3gpp", "视频", (".3gp",)),
    )
}

_STARTS = (
    (b"\xff\xd8\xff", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"%PDF-", "pdf"),
    (b"ID3", "mp3"),
    (b"#!AMR", "amr"),
)
_RIFF = {b"WEBP": "webp", b"WAVE": "wav"}
_BRANDS = {
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1"), "heic"),
    **dict.fromkeys((b"M4A ", b"M4B "), "m4a"),
    **dict.fromkeys((b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42"), "mp4"),
    **dict.fromkeys((b"avc1", b"MSNV", b"M4V ", b"dash"), "mp4"),
    **dict.fromkeys((b"3gp4", b"3gp5", b"3gp6", b"3g2a"), "3gp"),
    b"qt  ": "mov",
}
#: MPEG audio, layer III, without tags before it.
_MP3_FRAMES = (b"\xff\xfb", b"\xff\xfa", b"\xff\xf3", b"\xff\xf2", b"\xff\xe3", b"\xff\xe2")
_CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\r\f\x1b")


def accepted() -> list[Kind]:
    """The kinds that this portal takes, in the order of the table above."""
    return [kind for code, kind in KINDS.items() if code in settings.PORTAL_FILE_TYPES]


def shown() -> list[Kind]:
    """Those of them that a browser can show: pictures and PDF."""
    return [kind for kind in accepted() if kind.preview]


def labels_of(kinds: Collection[Kind]) -> str:
    """What a person is told of the kinds, each word once."""
    return "、".join(dict.fromkeys(kind.label for kind in kinds))


def kind_of(source: BinaryIO) -> Kind | None:
    """The kind of the seekable `source`, or None when it is none that is known or accepted.

    Reads the head and the tail, and for old Office files one block between; never all.
    """
    head = _read(source, 0, HEAD)
    size = source.seek(0, io.SEEK_END)
    code = _by_start(head) or _by_structure(source, head, _read(source, max(0, size - TAIL), TAIL))
    if code is None and _is_text(head):
        code = "txt"
    return KINDS[code] if code in settings.PORTAL_FILE_TYPES else None


def _read(source: BinaryIO, offset: int, size: int) -> bytes:
    source.seek(offset)
    found = bytearray()
    while len(found) < size and (piece := source.read(size - len(found))):
        found += piece
    return bytes(found)


def _by_start(head: bytes) -> str | None:
    for start, code in _STARTS:
        if head.startswith(start):
            return code
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12])
    return "mp3" if head[:2] in _MP3_FRAMES else None


def _by_structure(source: BinaryIO, head: bytes, tail: bytes) -> str | None:
    """Office documents. They are told by the names of their parts and never unpacked."""
    if head[:4] == b"PK\x03\x04":
        names = head + tail
        if b"[Content_Types].xml" not in names or b"vbaProject.bin" in names:
            return None
        if b"word/document.xml" in names:
            return "docx"
        return "xlsx" if b"xl/workbook.xml" in names else None
    if head[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        sector = 1 << min(int.from_bytes(head[30:32], "little"), 12)
        directory = (int.from_bytes(head[48:52], "little") + 1) * sector
        names = _read(source, directory, 4096)
        if "WordDocument".encode("utf-16-le") in names:
            return "doc"
        books = ("Workbook".encode("utf-16-le"), "Book".encode("utf-16-le"))
        return "xls" if any(book in names for book in books) else None
    return None


def _is_text(head: bytes) -> bool:
    """Plain words in UTF-8 or GB 18030, and nothing that a browser might take for a page."""
    if not head or _CONTROLS & set(head) or head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return False
    for encoding in ("utf-8", "gb18030"):
        try:
            # The head may end within a character.
            head[:-4].decode(encoding) if len(head) == HEAD else head.decode(encoding)
        except UnicodeDecodeError as error:
            if len(head) == HEAD and error.start >= len(head) - 8:
                return True
            continue
        return True
    return False
