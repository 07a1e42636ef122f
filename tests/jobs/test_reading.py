"""Workbooks of strangers: what is read of a sound one, and what is told of every other.

The files are made here, byte by byte where no library would make them.
"""

from __future__ import annotations

import datetime as dt
import io
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from openpyxl import Workbook

from jobs import workbook
from jobs.workbook import Refused, Row, SheetEnd, SheetStart, reading

MEBI = 1024 * 1024
SHEET = "xl/worksheets/sheet1.xml"
NAMESPACE = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
HEAD = b"<worksheet " + NAMESPACE + b"><sheetData>"
FOOT = b"</sheetData></worksheet>"
OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 1000


def sound(*rows: Iterable[object]) -> bytes:
    book = Workbook()
    for row in rows or [("登记日期", "反映内容")]:
        book.active.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def changed(parts: dict[str, bytes | Iterator[bytes] | None], base: bytes = b"") -> bytes:
    """A workbook some of whose parts are others, or gone."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(base or sound())) as old,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new,
    ):
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, content in parts.items():
            if content is not None:
                with new.open(name, "w", force_zip64=True) as part:
                    for chunk in [content] if isinstance(content, bytes) else content:
                        part.write(chunk)
    return file.getvalue()


def sheet(*chunks: bytes, after: bytes = b"") -> bytes:
    body = after or FOOT
    return changed({SHEET: iter([HEAD, *chunks, body])})


def repeated(chunk: bytes, times: int, *, first: bytes = HEAD, last: bytes = FOOT) -> bytes:
    return changed({SHEET: iter([first, *([chunk] * times), last])})


def empty_rows(count: int) -> Iterator[bytes]:
    yield HEAD
    for start in range(0, count, 10_000):
        yield b"".join(b'<row r="%d" spans="1:3"/>' % (start + n + 1) for n in range(10_000))
    yield FOOT


def read(content: bytes, tmp_path) -> list[SheetStart | Row | SheetEnd]:
    path = tmp_path / "upload"
    path.write_bytes(content)
    with path.open("rb") as file:
        return list(workbook.read(file))


def rows(content: bytes, tmp_path) -> list[Row]:
    return [event for event in read(content, tmp_path) if isinstance(event, Row)]


# What is read


def test_a_sound_workbook_is_read(tmp_path):
    content = sound(
        ("登记日期", "数", "是否"), (dt.date(2019, 5, 3), 1.5, True), (), ("甲", 7, None)
    )
    assert read(content, tmp_path) == [
        SheetStart("Sheet"),
        Row(1, {1: "登记日期", 2: "数", 3: "是否"}),
        Row(2, {1: {"date": "2019-05-03"}, 2: 1.5, 3: True}),
        Row(4, {1: "甲", 2: 7}),
        SheetEnd([]),
    ]


def test_merged_ranges_and_hidden_sheets(tmp_path):
    book = Workbook()
    book.active.append(["甲", "乙"])
    book.active.merge_cells("A1:B3")
    hidden = book.create_sheet("藏")
    hidden.append(["丙"])
    hidden.sheet_state = "hidden"
    book.create_sheet("空")
    file = io.BytesIO()
    book.save(file)
    found = read(file.getvalue(), tmp_path)
    assert [event.name for event in found if isinstance(event, SheetStart)] == ["Sheet", "空"]
    assert SheetEnd([[1, 1, 3, 2]]) in found


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (b'<c r="A1" t="inlineStr"><is><r><t>\xe5\xbc\xa0</t></r><r><t>x</t></r></is></c>', "张x"),
        (
            b'<c r="A1" t="inlineStr"><is><t>a</t><rPh sb="0" eb="1"><t>b</t></rPh></is></c>',
            "a",
        ),
        (b'<c r="A1" t="inlineStr"><is><t>a_x0000_b_x000D_\n_xD800_</t></is></c>', "ab\n"),
        (b'<c r="A1" t="str"><f>A2&amp;"x"</f><v>=1+1</v></c>', "=1+1"),
        (b'<c r="A1" t="e"><v>#REF!</v></c>', {"error": "#REF!"}),
        (b'<c r="A1" t="d"><v>2019-05-03T00:00:00</v></c>', {"date": "2019-05-03"}),
        (b"<c><v>43588</v></c>", 43588),
        (b'<c r="A1" t="b"><v>1</v></c>', True),
    ],
)
def test_values(tmp_path, cell, value):
    content = sheet(b'<row r="1">' + cell + b"</row>")
    assert rows(content, tmp_path) == [Row(1, {1: value})]


@pytest.mark.parametrize(
    ("number", "code", "is_day"),
    [
        ("14", "", True),
        ("31", "", True),  # 2019年5月3日, built into Chinese systems and declared nowhere
        ("58", "", True),
        ("176", 'yyyy"年"m"月"d"日";@', True),
        ("176", "[$-F800]dddd, mmmm dd, yyyy", True),
        ("176", '#,##0.00"day"', False),
        ("176", "General", False),
        ("176", "0.00E+00", False),
        ("2", "", False),
    ],
)
def test_days_are_told_by_their_format(tmp_path, number, code, is_day):
    declared = (
        f'<numFmts><numFmt numFmtId="{number}" formatCode="{code}"/></numFmts>' if code else ""
    )
    declared = declared.replace('"年"', "&quot;年&quot;").replace('"月"', "&quot;月&quot;")
    declared = declared.replace('"日"', "&quot;日&quot;").replace('"day"', "&quot;day&quot;")
    styles = (
        f"<styleSheet {NAMESPACE.decode()}>{declared}"
        f'<cellXfs><xf numFmtId="0"/><xf numFmtId="{number}"/></cellXfs></styleSheet>'
    )
    content = changed(
        {
            "xl/styles.xml": styles.encode(),
            SHEET: HEAD + b'<row r="1"><c r="A1" s="1"><v>43588</v></c></row>' + FOOT,
        }
    )
    value = {"date": "2019-05-03"} if is_day else 43588
    assert rows(content, tmp_path) == [Row(1, {1: value})]


def test_shared_texts_are_found_and_their_pronunciation_left_out(tmp_path):
    texts = (
        "<sst><si><t>张</t><rPh><t>zhang</t></rPh></si>"
        "<si><r><t>反映</t></r><r><t>人</t></r></si></sst>"
    )
    row = b'<row><c t="s"><v>1</v></c><c t="s"><v>0</v></c></row>'
    assert rows(with_texts(texts.encode(), row), tmp_path) == [Row(1, {1: "反映人", 2: "张"})]


def test_false_dimensions_are_not_believed(tmp_path):
    start = b"<worksheet " + NAMESPACE + b'><dimension ref="A1:XFD1048576"/><sheetData>'
    cell = b'<row r="1"><c r="A1"><v>1</v></c></row>'
    assert rows(changed({SHEET: start + cell + FOOT}), tmp_path) == [Row(1, {1: 1})]


def test_empty_rows_below_cost_nothing(tmp_path):
    chunks = [b"".join(b'<row r="%d"/>' % (n + 2) for n in range(100_000))]
    content = sheet(b'<row r="1"><c r="A1"><v>1</v></c></row>', *chunks)
    assert rows(content, tmp_path) == [Row(1, {1: 1})]


# What is refused

ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE worksheet [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]>"
)
EXTERNAL = b'<?xml version="1.0"?><!DOCTYPE worksheet [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
CELL = b'<row r="1"><c r="A1" t="inlineStr"><is><t>&%s;</t></is></c></row>'


def encrypted_entry() -> bytes:
    content = bytearray(sound())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := content.find(mark, at + 1)) >= 0:
            content[at + place] |= 1
    return bytes(content)


def many_entries(count: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as book:
        for number in range(count):
            book.writestr(f"xl/{number}", b"")
    return file.getvalue()


def lying(part: bytes) -> bytes:
    """A workbook whose directory says that its sheet is small."""
    content = bytearray(changed({SHEET: part}))
    at = content.rfind(b"PK\x01\x02")
    content[at + 24 : at + 28] = (1000).to_bytes(4, "little")
    return bytes(content)


def bytes_changed() -> bytes:
    content = bytearray(
        sheet(*[b'<row r="%d"><c><v>1</v></c></row>' % (n + 1) for n in range(999)])
    )
    at = content.find(SHEET.encode()) + 2_000
    content[at : at + 100] = b"\xff" * 100
    return bytes(content)


def with_texts(texts: bytes, *chunks: bytes) -> bytes:
    """A workbook with shared texts, as office programs write it."""
    with zipfile.ZipFile(io.BytesIO(sound())) as book:
        relations = book.read("xl/_rels/workbook.xml.rels")
    kind = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    one = b'<Relationship Type="%s" Target="sharedStrings.xml" Id="rId9"/></Relationships>' % kind
    return changed(
        {
            "xl/_rels/workbook.xml.rels": relations.replace(b"</Relationships>", one),
            "xl/sharedStrings.xml": texts,
            SHEET: iter([HEAD, *chunks, FOOT]),
        }
    )


def with_type(kind: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(sound())) as book:
        types = book.read("[Content_Types].xml")
    main = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    return changed({"[Content_Types].xml": types.replace(main, kind)})


TWO_CELLS = b'<row r="1"><c r="A1"><v>1</v></c></row>'
HOSTILE = {
    "nothing": (lambda: b"", "empty"),
    "a csv": (lambda: "登记日期,反映内容\n2019.5.3,甲\n".encode("gb18030"), "text"),
    "a csv with a mark": (lambda: b"\xef\xbb\xbf" + "登记日期,反映内容\n".encode(), "text"),
    "an xls": (lambda: OLD + "Workbook".encode("utf-16-le") + b"\0" * 1000, "old_format"),
    "with a password": (
        lambda: OLD + "EncryptedPackage".encode("utf-16-le") + b"\0" * 1000,
        "encrypted",
    ),
    "an old Word file": (lambda: OLD + "WordDocument".encode("utf-16-le"), "other"),
    "an encrypted zip": (encrypted_entry, "encrypted"),
    "a program": (lambda: b"MZ\x90\0" + os.urandom(5000), "program"),
    "a PDF": (lambda: b"%PDF-1.7\n" + b"x" * 5000, "other"),
    "a picture": (lambda: b"\x89PNG\r\n\x1a\n" + os.urandom(500), "other"),
    "noise": (lambda: b"\0\1\2" + os.urandom(5000), "other"),
    "a web page": (lambda: b"<html><table><tr><td>x</td></tr></table></html>", "web_page"),
    "an xml table": (lambda: b'<?xml version="1.0"?><Workbook/>', "web_page"),
    "some zip": (
        lambda: changed(
            {
                "[Content_Types].xml": None,
                SHEET: None,
                "xl/workbook.xml": None,
                "xl/styles.xml": None,
                "xl/theme/theme1.xml": None,
                "xl/_rels/workbook.xml.rels": None,
            }
        ),
        "other",
    ),
    "a Word file": (lambda: changed({"word/document.xml": b"<x/>"}), "other"),
    "macros": (lambda: changed({"xl/vbaProject.bin": b"x"}), "macros"),
    "a macro type": (
        lambda: with_type(b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"),
        "macros",
    ),
    "an xlsb": (lambda: changed({"xl/workbook.bin": b"x"}), "binary_format"),
    "an ods": (lambda: changed({"mimetype": b"application/x"}), "open_document"),
    "cut in the middle": (lambda: sound()[:3000], "damaged"),
    "cut at the end": (lambda: sound()[:-10], "damaged"),
    "bytes changed": (bytes_changed, "damaged"),
    "no workbook part": (lambda: changed({"xl/workbook.xml": None}), "damaged"),
    "no sheet part": (lambda: changed({SHEET: None}), "damaged"),
    "no types": (lambda: changed({"[Content_Types].xml": None}), "damaged"),
    "no sheets": (
        lambda: changed({"xl/workbook.xml": b"<workbook><sheets/></workbook>"}),
        "no_sheet",
    ),
    "broken XML": (lambda: changed({SHEET: HEAD + TWO_CELLS}), "bad_xml"),
    "tags crossed": (lambda: changed({SHEET: HEAD + b"<row></c></row>" + FOOT}), "bad_xml"),
    "not XML": (lambda: changed({SHEET: b"hello"}), "bad_xml"),
    "a foreign encoding": (
        lambda: changed({SHEET: b'<?xml version="1.0" encoding="gb18030"?>' + HEAD + FOOT}),
        "damaged",
    ),
    "no such text": (
        lambda: sheet(b'<row r="1"><c r="A1" t="s"><v>99</v></c></row>'),
        "damaged",
    ),
    "a text for a number": (lambda: sheet(b'<row r="1"><c r="A1"><v>x</v></c></row>'), "damaged"),
    "an endless number": (
        lambda: sheet(b'<row r="1"><c r="A1"><v>1e999</v></c></row>'),
        "damaged",
    ),
    "a row numbered x": (lambda: sheet(b'<row r="x"/>'), "damaged"),
    "rows backwards": (lambda: sheet(b'<row r="2"/><row r="1"/>'), "damaged"),
    "a row too far": (lambda: sheet(b'<row r="9999999"/>'), "damaged"),
    "a cell nowhere": (lambda: sheet(b'<row r="1"><c r="ZZZ1"><v>1</v></c></row>'), "damaged"),
    "entities": (
        lambda: changed({SHEET: ENTITIES + HEAD + CELL % b"i" + FOOT}),
        "entities",
    ),
    "external entities": (
        lambda: changed({SHEET: EXTERNAL + HEAD + CELL % b"x" + FOOT}),
        "entities",
    ),
    "entities among the texts": (
        lambda: with_texts(EXTERNAL + b"<sst/>"),
        "entities",
    ),
    "a document type in UTF-16": (
        lambda: changed({SHEET: (EXTERNAL + HEAD + FOOT).decode().encode("utf-16")}),
        "entities",
    ),
    "362 MiB in less than one": (lambda: repeated(b" " * MEBI, 362), "bomb"),
    "a cell of 600 MB": (
        lambda: repeated(
            b"A" * MEBI,
            600,
            first=HEAD + b'<row r="1"><c r="A1" t="inlineStr"><is><t>',
            last=b"</t></is></c></row>" + FOOT,
        ),
        "bomb",
    ),
    "a bomb that lies": (lambda: lying(HEAD + b" " * 20 * MEBI + FOOT), "damaged"),
    "a long cell": (
        lambda: sheet(
            b'<row r="1"><c r="A1" t="inlineStr"><is><t>', b"A" * 40_000, b"</t></is></c></row>"
        ),
        "long_cell",
    ),
    "a million empty rows": (lambda: changed({SHEET: empty_rows(1_000_000)}), "empty_rows"),
    "too many rows": (
        lambda: sheet(b"".join(b"<row><c><v>1</v></c></row>" for _ in range(10_001))),
        "too_many_rows",
    ),
    "too many columns": (
        lambda: sheet(b"<row>" + b"<c><v>1</v></c>" * 101 + b"</row>"),
        "too_many_columns",
    ),
    "millions of cells": (
        lambda: repeated(b"<row>" + b"<c/>" * 16_000 + b"</row>", 200),
        "too_much",
    ),
    "many entries": (lambda: many_entries(5_000), "bomb"),
    "a merge upside down": (
        lambda: sheet(
            TWO_CELLS,
            after=b'</sheetData><mergeCells><mergeCell ref="B9:A1"/></mergeCells></worksheet>',
        ),
        "bad_merge",
    ),
    "a hundred thousand merges": (
        lambda: sheet(
            TWO_CELLS,
            after=b"</sheetData><mergeCells>"
            + b'<mergeCell ref="A1:B2"/>' * 100_000
            + b"</mergeCells></worksheet>",
        ),
        "bad_merge",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_refused_and_with_which_words(tmp_path, name):
    make, code = HOSTILE[name]
    content = make()
    start, before = time.perf_counter(), _spent()
    with pytest.raises(Refused) as refused:
        read(content, tmp_path)
    assert refused.value.code == code
    assert str(refused.value).startswith(reading.WORDS[code])
    # The processor's time: what else the machine does is not the reader's.
    assert _spent() - before < (2 if code in ("bomb", "entities") else 5)
    assert time.perf_counter() - start < reading.WALL_SECONDS + 5


#: Reads files in a small process of its own, whose size does not count as the reader's.
MEASURE = """
import resource, sys
import django
django.setup()
from jobs.workbook import reading
for path in sys.argv[1:]:
    try:
        with open(path, "rb") as file:
            list(reading.read(file))
    except reading.Refused:
        pass
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def peak(*contents: bytes, tmp_path: Path) -> int:
    """The most memory, in KiB, that the reader took for any of `contents`."""
    paths = [tmp_path / f"{number}.xlsx" for number in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *map(str, paths)],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout)


def test_whatever_comes_the_reader_stays_small(tmp_path):
    contents = [make() for make, _ in HOSTILE.values()]
    assert peak(*contents, tmp_path=tmp_path) < 300 * 1024


def _spent() -> float:
    used = os.times()
    return used.children_user + used.children_system


def test_every_refusal_has_its_words_in_chinese():
    assert all(words.endswith("。") for words in reading.WORDS.values())
    assert {code for _, code in HOSTILE.values()} <= set(reading.WORDS)


def test_a_long_attribute_stays_within_the_memory(tmp_path):
    noise = os.urandom(4 * MEBI).hex().encode()
    content = sheet(b'<row r="1" x="' + noise + b'">' + b"<c><v>1</v></c></row>")
    assert rows(content, tmp_path) == [Row(1, {1: 1})]
    assert peak(content, tmp_path=tmp_path) < 300 * 1024


def test_a_merge_over_everything_is_only_a_range(tmp_path):
    after = b'</sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells></worksheet>'
    found = read(sheet(TWO_CELLS, after=after), tmp_path)
    assert found[-1] == SheetEnd([[1, 1, 1_048_576, 16_384]])


def test_one_long_text_in_many_cells_is_refused(tmp_path):
    """Shared texts let a small file answer with gigabytes."""
    row = b"<row>" + b'<c t="s"><v>0</v></c>' * 100 + b"</row>"
    texts = b"<sst><si><t>" + b"A" * 32_000 + b"</t></si></sst>"
    content = with_texts(texts, row * 500)
    with pytest.raises(Refused) as refused:
        read(content, tmp_path)
    assert refused.value.code == "too_much"


def test_a_reader_that_hangs_is_ended(tmp_path, monkeypatch):
    slow = tmp_path / "slow.py"
    slow.write_text("import time\ntime.sleep(60)\n")
    monkeypatch.setattr(reading, "READER", slow)
    monkeypatch.setattr(reading, "WALL_SECONDS", 0.5)
    with pytest.raises(Refused) as refused:
        read(sound(), tmp_path)
    assert refused.value.code == "too_slow"


@pytest.mark.parametrize("script", ["import sys\nsys.exit(3)\n", 'print("[1,")\n', "print('x')\n"])
def test_a_reader_that_dies_is_a_damaged_file(tmp_path, monkeypatch, script):
    dead = tmp_path / "dead.py"
    dead.write_text(script)
    monkeypatch.setattr(reading, "READER", dead)
    with pytest.raises(Refused) as refused:
        read(sound(), tmp_path)
    assert refused.value.code == "damaged"


def test_the_reader_holds_nothing_of_ours(tmp_path, monkeypatch):
    """No environment, and no right to write a file."""
    nosy = tmp_path / "nosy.py"
    nosy.write_text("import json, os\nprint(json.dumps(['sheet', str(dict(os.environ))]))\n")
    monkeypatch.setenv("SECRET_KEY", "very secret")
    monkeypatch.setattr(reading, "READER", nosy)
    with pytest.raises(Refused):
        read(sound(), tmp_path)
    path = tmp_path / "upload"
    with path.open("rb") as file:
        first = next(workbook.read(file))
    assert "very secret" not in first.name
