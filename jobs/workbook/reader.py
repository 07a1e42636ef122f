"""Reads one workbook of a stranger, alone in a process with limits, and tells what it holds.

Run as a script: the file is standard input, the answer is lines of JSON on standard output.
Knows the standard library only, so that it starts at once and holds nothing worth stealing.
Sizes are counted while they are read, never believed; document types, and with them entities,
are refused at the first sign. Values only: formulas give what was last computed.

    ["sheet", name]               a visible sheet begins
    ["row", number, [[c, v], …]]  a row that is not empty; v is text, a number, true or false,
                                  {"date": "2019-05-03"}, or {"error": "#REF!"}
    ["end", [[r, c, r, c], …]]    the sheet ends; its merged ranges
    ["refused", code, detail]     the last line of a workbook that is not read
    ["done"]                      the last line of one that was
"""

from __future__ import annotations

import ctypes
import datetime as dt
import json
import math
import os
import posixpath
import re
import resource
import signal
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO
from xml.parsers import expat

MEBI = 1024 * 1024
MEMORY = 288 * MEBI
CPU_SECONDS = 5
ENTRIES = 2_000
DIRECTORY_BYTES = 512 * 1024
PART_BYTES = 64 * MEBI
UNPACKED_BYTES = 96 * MEBI
DECLARED_BYTES = 200 * MEBI
RATIO = 400
RATIO_FROM = 8 * MEBI
ELEMENTS = 2_000_000
SHEETS = 20
ROWS = 10_000
EMPTY_ROWS = 200_000
COLUMNS = 100
CELL_SIGNS = 32_767
OUTPUT_SIGNS = 48 * MEBI
MERGES = 20_000
LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
CHUNK = 64 * 1024

TEXT_STARTS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
#: What no database and no workbook takes: control characters and halves of characters.
UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
REFERENCE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})$")
#: Built-in number formats that show a day, those of Chinese systems included.
DATE_FORMATS = {*range(14, 18), 22, *range(27, 37), *range(50, 59)}
SHOWN_AS_IS = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.')


class Refused(Exception):
    """The workbook is not read; `code` is one of the closed list in `reading`."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


def limit(parent: int) -> None:
    """Bounds memory and time, forbids files, and ends with the parent."""
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 16),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    if os.getppid() != parent:
        sys.exit(1)


def say(*line: Any) -> None:
    sys.stdout.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")))
    sys.stdout.write("\n")


# What kind of file it is


def check_kind(file: BinaryIO) -> None:
    """Refuse what is no workbook of today's format, by its content."""
    head = file.read(4096)
    if not head:
        raise Refused("empty")
    if head.startswith(b"PK\x03\x04"):
        return
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise Refused(_kind_of_old(head + file.read()))
    if head.startswith((b"MZ", b"\x7fELF")):
        raise Refused("program")
    if head.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"Rar!", b"7z\xbc\xaf")):
        raise Refused("other")
    plain = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if plain.startswith((b"<html", b"<!doctype html", b"<table", b"<?xml", b"mime-version")):
        raise Refused("web_page")
    if head.startswith(TEXT_STARTS) or _is_text(head):
        raise Refused("text")
    raise Refused("other")


def _kind_of_old(content: bytes) -> str:
    if "EncryptedPackage".encode("utf-16-le") in content:
        return "encrypted"
    is_table = any(name.encode("utf-16-le") in content for name in ("Workbook", "Book"))
    return "old_format" if is_table else "other"


def _is_text(head: bytes) -> bool:
    if b"\x00" in head:
        return False
    for encoding in ("utf-8", "gb18030"):
        try:
            head[:-4].decode(encoding) if len(head) > 4000 else head.decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


# The package


class Package:
    """The zip file of a workbook, read with real counting."""

    def __init__(self, file: BinaryIO) -> None:
        self._check_directory(file)
        self.zip = zipfile.ZipFile(file)
        self.parts = {}
        total = 0
        for entry in self.zip.infolist():
            self.parts.setdefault(entry.filename.lstrip("/").lower(), entry)
            total += entry.file_size
            packed_hard = entry.file_size > RATIO * max(entry.compress_size, 1)
            if total > DECLARED_BYTES or (packed_hard and entry.file_size > RATIO_FROM):
                raise Refused("bomb")
        if len(self.zip.infolist()) > ENTRIES:
            raise Refused("bomb")
        self.unpacked = 0
        self.elements = 0

    @staticmethod
    def _check_directory(file: BinaryIO) -> None:
        """The size of the directory, before anybody makes objects of its entries."""
        end = file.seek(0, os.SEEK_END)
        file.seek(max(0, end - 66_000))
        tail = file.read()
        place = tail.rfind(b"PK\x05\x06")
        if place < 0 or len(tail) < place + 22:
            raise Refused("damaged")
        entries = int.from_bytes(tail[place + 10 : place + 12], "little")
        size = int.from_bytes(tail[place + 12 : place + 16], "little")
        if entries > ENTRIES or (size > DIRECTORY_BYTES and size != 0xFFFFFFFF):
            raise Refused("bomb")
        file.seek(0)

    def check_contents(self) -> None:
        """Refuse packages that are something else, and such as carry programs."""
        names = self.parts
        if any(entry.flag_bits & 1 for entry in names.values()):
            raise Refused("encrypted")
        if any(name.endswith(("vbaproject.bin", "vbaprojectsignature.bin")) for name in names):
            raise Refused("macros")
        if "xl/workbook.bin" in names:
            raise Refused("binary_format")
        if "mimetype" in names:
            raise Refused("open_document")
        if "[content_types].xml" not in names:
            is_archive = not any(name.startswith("xl/") for name in names)
            raise Refused("other" if is_archive else "damaged")
        if any(name.startswith(("word/", "ppt/")) for name in names):
            raise Refused("other")
        declared: list[str] = []
        self.parse(
            "[Content_Types].xml",
            lambda _, given: declared.append(given.get("ContentType", "")),
        )
        if any("macroenabled" in kind.lower() for kind in declared):
            raise Refused("macros")

    def has(self, name: str) -> bool:
        return name.lower() in self.parts

    def chunks(self, name: str) -> Iterator[bytes]:
        """The content of a part. Raises Refused where it is missing or grows too large."""
        entry = self.parts.get(name.lower())
        if entry is None:
            raise Refused("damaged")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Refused("damaged")
        read = 0
        with self.zip.open(entry) as part:
            while chunk := part.read(CHUNK):
                read += len(chunk)
                self.unpacked += len(chunk)
                if read > PART_BYTES or self.unpacked > UNPACKED_BYTES:
                    raise Refused("bomb")
                yield chunk

    def parse(
        self,
        name: str,
        start: Callable[[str, dict[str, str]], None],
        end: Callable[[str], None] | None = None,
        text: Callable[[str], None] | None = None,
    ) -> None:
        """Read a part as XML; tags are told without their prefix."""
        parser = expat.ParserCreate()
        parser.buffer_text = False

        def on_start(tag: str, given: dict[str, str]) -> None:
            self.elements += 1
            if self.elements > ELEMENTS:
                raise Refused("too_much")
            start(tag.rpartition(":")[2], given)

        def no_types(*_: Any) -> None:
            raise Refused("entities")

        parser.StartElementHandler = on_start
        parser.StartDoctypeDeclHandler = no_types
        parser.EntityDeclHandler = no_types
        if end:
            parser.EndElementHandler = lambda tag: end(tag.rpartition(":")[2])
        if text:
            parser.CharacterDataHandler = text
        for chunk in self.chunks(name):
            parser.Parse(chunk, False)
        parser.Parse(b"", True)

    def relations(self, name: str) -> dict[str, tuple[str, str]]:
        """Of a part: relation id → the last word of its kind, and the part that it leads to."""
        folder, base = posixpath.split(name)
        found: dict[str, tuple[str, str]] = {}

        def start(tag: str, given: dict[str, str]) -> None:
            if tag == "Relationship" and given.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/" + folder, given.get("Target", "")))
                kind = given.get("Type", "").rpartition("/")[2]
                found[given.get("Id", "")] = (kind, target.lstrip("/"))

        path = posixpath.join(folder, "_rels", f"{base}.rels")
        if self.has(path):
            self.parse(path, start)
        return found


# The workbook


class Words:
    """The text of a cell or a shared text, gathered; hints of pronunciation are left out."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.length = self.unsaid = 0
        self.is_open = False

    def start(self, tag: str, _given: dict[str, str]) -> None:
        if tag in ("v", "t"):
            self.is_open = not self.unsaid
        elif tag == "rPh":
            self.unsaid += 1

    def end(self, tag: str) -> None:
        if tag in ("v", "t"):
            self.is_open = False
        elif tag == "rPh":
            self.unsaid -= 1

    def text(self, words: str) -> None:
        if self.is_open:
            self.length += len(words)
            if self.length > CELL_SIGNS:
                raise Refused("long_cell")
            self.parts.append(words)

    def take(self) -> str:
        words = "".join(self.parts)
        self.parts.clear()
        self.length = 0
        return words


class Book:
    """Sheets, texts and date formats of a workbook."""

    def __init__(self, package: Package) -> None:
        self.package = package
        top = package.relations("")
        named = [target for kind, target in top.values() if kind == "officeDocument"]
        path = named[0] if named else "xl/workbook.xml"
        if not package.has(path):
            raise Refused("damaged")
        self.epoch = dt.date(1899, 12, 30)
        self.sheets: list[tuple[str, str]] = []
        self._read_sheets(path)
        kinds = dict(package.relations(path).values())
        self.texts = self._read_texts(kinds["sharedStrings"]) if "sharedStrings" in kinds else []
        self.dates = self._read_styles(kinds["styles"]) if "styles" in kinds else set()

    def _read_sheets(self, path: str) -> None:
        relations = self.package.relations(path)

        def start(tag: str, given: dict[str, str]) -> None:
            if tag == "workbookPr" and given.get("date1904") in ("1", "true"):
                self.epoch = dt.date(1904, 1, 1)
            if tag != "sheet" or given.get("state", "visible") != "visible":
                return
            key = next((v for k, v in given.items() if k.rpartition(":")[2] == "id"), "")
            kind, target = relations.get(key, ("", ""))
            if kind == "worksheet":
                self.sheets.append((clean(given.get("name", ""))[:100], target))

        self.package.parse(path, start)
        if not self.sheets:
            raise Refused("no_sheet")
        if len(self.sheets) > SHEETS:
            raise Refused("too_much")

    def _read_texts(self, path: str) -> list[str]:
        texts: list[str] = []
        words = Words()

        def end(tag: str) -> None:
            if tag == "si":
                texts.append(clean(words.take()))
            else:
                words.end(tag)

        self.package.parse(path, words.start, end, words.text)
        return texts

    def _read_styles(self, path: str) -> set[int]:
        """The styles that show a number as a day."""
        own: set[int] = set()
        dates: set[int] = set()
        state = {"in": False, "count": 0}

        def start(tag: str, given: dict[str, str]) -> None:
            if tag == "numFmt" and shows_a_day(given.get("formatCode", "")):
                own.add(whole(given.get("numFmtId", "")))
            elif tag == "cellXfs":
                state["in"] = True
            elif tag == "xf" and state["in"]:
                if whole(given.get("numFmtId", "0")) in DATE_FORMATS | own:
                    dates.add(state["count"])
                state["count"] += 1

        def end(tag: str) -> None:
            if tag == "cellXfs":
                state["in"] = False

        self.package.parse(path, start, end)
        return dates

    def value(self, kind: str, style: str, raw: str) -> Any:
        """The value of a cell, from its type, its style and what stands in it."""
        if kind == "s":
            place = whole(raw)
            if not 0 <= place < len(self.texts):
                raise Refused("damaged")
            return self.texts[place]
        if kind in ("str", "inlineStr"):
            return clean(raw)
        if kind == "b":
            return raw.strip() in ("1", "true")
        if kind == "e":
            return {"error": clean(raw)[:20] or "#ERROR"}
        if kind == "d":
            return {"date": raw[:10]}
        return self._number(style, raw)

    def _number(self, style: str, raw: str) -> Any:
        try:
            number = float(raw)
        except ValueError:
            raise Refused("damaged") from None
        if not math.isfinite(number):
            raise Refused("damaged")
        if style and whole(style) in self.dates and 1 <= number < 2_958_466:
            return {"date": (self.epoch + dt.timedelta(days=int(number))).isoformat()}
        return int(number) if number.is_integer() and abs(number) < 1e15 else number


class SheetReader:
    """Tells the rows of one sheet. `row` and `c` may leave out where they stand."""

    def __init__(self, book: Book, name: str, path: str, budget: dict[str, int]) -> None:
        self.book, self.budget = book, budget
        self.row = self.column = 0
        self.cells: list[list[Any]] = []
        self.merges: list[list[int]] = []
        self.kind = self.style = ""
        self.words = Words()
        say("sheet", name)
        book.package.parse(path, self.start, self.end, self.words.text)
        say("end", self.merges)

    def start(self, tag: str, given: dict[str, str]) -> None:
        if tag == "c":
            self._start_cell(given)
        elif tag == "row":
            number = whole(given["r"]) if "r" in given else self.row + 1
            if not self.row < number <= LAST_ROW:
                raise Refused("damaged")
            self.row, self.column = number, 0
        elif tag == "mergeCell":
            self._merge(given.get("ref", ""))
        else:
            self.words.start(tag, given)

    def _start_cell(self, given: dict[str, str]) -> None:
        column = position(given["r"])[1] if "r" in given else self.column + 1
        if not self.column < column <= LAST_COLUMN:
            raise Refused("damaged")
        self.column = column
        self.kind, self.style = given.get("t", "n"), given.get("s", "")

    def end(self, tag: str) -> None:
        if tag == "c":
            if self.words.parts:
                self._keep(self.book.value(self.kind, self.style, self.words.take()))
        elif tag == "row":
            self._end_row()
        else:
            self.words.end(tag)

    def _end_row(self) -> None:
        kind = "rows" if self.cells else "empty"
        self.budget[kind] += 1
        if self.budget["rows"] > ROWS:
            raise Refused("too_many_rows")
        if self.budget["empty"] > EMPTY_ROWS:
            raise Refused("empty_rows")
        if self.cells:
            say("row", self.row, self.cells)
            self.cells = []

    def _keep(self, value: Any) -> None:
        if isinstance(value, str):
            if not value.strip():
                return
            self.budget["signs"] += len(value)
            if self.budget["signs"] > OUTPUT_SIGNS:
                raise Refused("too_much")
        if self.column > COLUMNS:
            raise Refused("too_many_columns")
        self.cells.append([self.column, value])

    def _merge(self, reference: str) -> None:
        first, _, last = reference.partition(":")
        top, left = position(first)
        bottom, right = position(last or first)
        if top > bottom or left > right or len(self.merges) >= MERGES:
            raise Refused("bad_merge", clean(reference)[:30])
        self.merges.append([top, left, bottom, right])


# Small things


def clean(text: str) -> str:
    """`text` without what neither a database nor a page can hold."""
    if "_x" in text:
        text = ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    return UNFIT.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def whole(text: str) -> int:
    if not (text.isascii() and text.strip().isdigit() and len(text) <= 10):
        raise Refused("damaged")
    return int(text)


def position(reference: str) -> tuple[int, int]:
    """Row and column of “B12”."""
    found = REFERENCE.match(reference.replace("$", ""))
    if not found:
        raise Refused("damaged")
    column = 0
    for sign in found[1].upper():
        column = column * 26 + ord(sign) - 64
    row = int(found[2])
    if not (1 <= row <= LAST_ROW and column <= LAST_COLUMN):
        raise Refused("damaged")
    return row, column


def shows_a_day(code: str) -> bool:
    bare = SHOWN_AS_IS.sub("", code).lower().replace("general", "")
    return "y" in bare or "d" in bare or ("e" in bare and "0" not in bare)


def read(file: BinaryIO) -> None:
    check_kind(file)
    file.seek(0)
    package = Package(file)
    package.check_contents()
    book = Book(package)
    budget = {"rows": 0, "empty": 0, "signs": 0}
    for name, path in book.sheets:
        SheetReader(book, name, path, budget)
    say("done")


def main() -> None:
    limit(int(sys.argv[1]))
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    try:
        read(sys.stdin.buffer)
    except Refused as refused:
        say("refused", refused.code, refused.detail)
    except MemoryError:
        say("refused", "too_much", "")
    except expat.ExpatError as error:
        is_full = error.code == expat.errors.codes[expat.errors.XML_ERROR_NO_MEMORY]
        say("refused", "too_much" if is_full else "bad_xml", "")
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, KeyError):
        say("refused", "damaged", "")
    except (NotImplementedError, RuntimeError, RecursionError, OverflowError, TypeError):
        say("refused", "damaged", "")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
