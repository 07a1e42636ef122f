"""What a file is, by its content."""

from __future__ import annotations

import io

import pytest

from files.kinds import KINDS, kind_of
from files.names import clean_name
from files.pictures import size_of
from tests.files import samples

WORDS = "反映人称每月初有人来收钱。\r\n"
CONTENTS = {
    "png": (samples.png(), "png"),
    "jpg": (samples.jpg(), "jpg"),
    "gif": (samples.gif(), "gif"),
    "webp": (samples.webp("VP8X"), "webp"),
    "pdf": (samples.pdf(), "pdf"),
    "docx": (samples.docx(), "docx"),
    "docx of LibreOffice's order": (
        samples.zipped("_rels/.rels", "word/document.xml", "[Content_Types].xml"),
        "docx",
    ),
    "xlsx": (samples.zipped("[Content_Types].xml", "xl/workbook.xml"), "xlsx"),
    "doc": (samples.ole("WordDocument"), "doc"),
    "xls": (samples.ole("Workbook"), "xls"),
    "xls of 1995": (samples.ole("Book"), "xls"),
    "heic": (samples.ftyp(b"heic"), "heic"),
    "m4a": (samples.ftyp(b"M4A "), "m4a"),
    "mp4": (samples.ftyp(b"isom"), "mp4"),
    "mov": (samples.ftyp(b"qt  "), "mov"),
    "3gp": (samples.ftyp(b"3gp4"), "3gp"),
    "mp3 with tags": (b"ID3\4\0" + b"\0" * 50, "mp3"),
    "mp3 without": (b"\xff\xfb\x90\x00" + b"\0" * 50, "mp3"),
    "amr": (b"#!AMR\n" + b"\0" * 50, "amr"),
    "wav": (b"RIFF\0\0\0\0WAVEfmt ", "wav"),
    "words in UTF-8": (WORDS.encode(), "txt"),
    "words in GB 18030": (WORDS.encode("gb18030"), "txt"),
    "many words, cut within a character": ((WORDS * 5000).encode(), "txt"),
    "many words in GB 18030": ((WORDS * 5000).encode("gb18030"), "txt"),
    # What is refused, whatever it is called.
    "page": (b"<!DOCTYPE html><script>alert(1)</script>", None),
    "page after a mark and spaces": (b"\xef\xbb\xbf \n<html>", None),
    "SVG": (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', None),
    "XML": (b'<?xml version="1.0"?><x/>', None),
    "program": (b"MZ\x90\0" + b"\0" * 100, None),
    "ELF": (b"\x7fELF\2\1\1\0", None),
    "archive": (samples.zipped("readme.txt"), None),
    "Java archive": (samples.zipped("META-INF/MANIFEST.MF"), None),
    "Word with macros": (
        samples.zipped("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
        None,
    ),
    "presentation": (samples.ole("PowerPoint Document"), None),
    "rar": (b"Rar!\x1a\7\0" + b"\0" * 30, None),
    "PDF behind other bytes": (b"\0\0" + samples.pdf(), None),
    "RIFF of another kind": (b"RIFF\0\0\0\0AVI LIST", None),
    "UTF-16": (WORDS.encode("utf-16"), None),
    "one byte": (b"\0", None),
    "nothing": (b"", None),
}


@pytest.mark.parametrize("name", CONTENTS)
def test_the_content_decides(name):
    data, code = CONTENTS[name]
    assert kind_of(io.BytesIO(data)) == (KINDS[code] if code else None)


def test_a_kind_that_is_not_taken_is_none(settings):
    settings.PORTAL_FILE_TYPES = ["pdf"]
    assert kind_of(io.BytesIO(samples.pdf())).code == "pdf"
    assert kind_of(io.BytesIO(samples.png())) is None


def test_pictures_and_pdf_alone_are_shown():
    shown = {kind.code: kind.preview for kind in KINDS.values() if kind.preview}
    assert shown == dict.fromkeys(("jpg", "png", "gif", "webp"), "image") | {"pdf": "pdf"}


@pytest.mark.parametrize(
    ("code", "data", "size"),
    [
        ("png", samples.png(3, 2), (3, 2)),
        ("jpg", samples.jpg(640, 480), (640, 480)),
        ("jpg", samples.jpg(4000, 3000, before=500_000), (4000, 3000)),
        ("gif", samples.gif(5, 4), (5, 4)),
        ("webp", samples.webp("VP8X", 8000, 6000), (8000, 6000)),
        ("webp", samples.webp("VP8L", 300, 200), (300, 200)),
        ("webp", samples.webp("VP8 ", 300, 200), (300, 200)),
        ("png", samples.png(0, 2), None),
        ("png", samples.png()[:20], None),
        ("png", samples.png().replace(b"IHDR", b"IXXX"), None),
        ("jpg", samples.jpg()[:20], None),
        ("jpg", b"\xff\xd8\xff\xda\0\2", None),
        ("jpg", b"\xff\xd8\xff\xe0\0\0" * 10, None),
        ("jpg", b"\xff\xd8" + b"\xff\xe0\0\2" * 5000, None),
        ("gif", b"GIF89a", None),
        ("webp", samples.webp("VP8X")[:16] + b"\0" * 5, None),
        ("webp", samples.webp("JUNK"), None),
    ],
)
def test_the_header_tells_the_size_of_a_picture(code, data, size):
    assert size_of(io.BytesIO(data), code) == size


@pytest.mark.parametrize(
    ("name", "code", "cleaned"),
    [
        ("现场照片.JPG", "jpg", "现场照片.JPG"),
        ("现场照片.jpeg", "jpg", "现场照片.jpeg"),
        ("照片.exe", "jpg", "照片.exe.jpg"),
        ("笔录.pdf.html", "pdf", "笔录.pdf.html.pdf"),
        ("无后缀", "pdf", "无后缀.pdf"),
        ("报告.wps", "doc", "报告.wps"),
        ("../../etc/passwd", "txt", "passwd.txt"),
        ("C:\\temp\\a.txt", "txt", "a.txt"),
        ("a\r\nSet-Cookie: x.png", "png", "aSet-Cookie_ x.png"),
        ("gpj.\u202eexe", "png", "gpj.exe.png"),
        ('a"b<c>|?*.png', "png", "a_b_c____.png"),
        ("   .png", "png", "png.png"),
        ("...", "png", "未命名.png"),
        ("", "png", "未命名.png"),
        ("长" * 300 + ".png", "png", "长" * 96 + ".png"),
    ],
)
def test_names_are_made_harmless_and_end_in_their_true_kind(name, code, cleaned):
    assert clean_name(name, KINDS[code]) == cleaned
