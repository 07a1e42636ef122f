"""An uploaded workbook as it is read: its sheets, the one that is a ledger, and what is kept of it.

Whatever is not taken is refused with words for the person (ValidationError).
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from typing import BinaryIO

from django.core.exceptions import ValidationError

from jobs import workbook
from jobs.workbook import LargestUpload, Refused, Row, SheetEnd, SheetStart
from leads.imports import layout as layouts
from leads.imports import values
from leads.imports.fields import plain
from leads.imports.layout import Layout
from leads.imports.rows import UNCLASSIFIED
from leads.imports.store import Passing

CLASSIFIED = re.compile(r"(绝密|机密|秘密)\s*[★☆]")


class ReadSheet:
    """A sheet as it is read: its first rows, its merged ranges, where its rows lie."""

    def __init__(self, name: str, start: int) -> None:
        self.name, self.start = name, start
        self.top: list[Row] = []
        self.merges: list[list[int]] = []
        self.count = 0

    def used_merges(self, layout: Layout) -> list[list[int]]:
        """The ranges that matter: those of the headings, and those over several rows."""
        return [area for area in self.merges if area[2] <= layout.last_row or area[2] > area[0]]


def refused(words: str) -> ValidationError:
    """Why the workbook is not taken, to be shown at the field of the file."""
    return ValidationError({"file": words})


def in_memory() -> BinaryIO:
    """A file for the process that reads the workbook: with a descriptor, and on no disk."""
    return os.fdopen(os.memfd_create("workbook"), "w+b")


def copy_in(file: BinaryIO, copy: BinaryIO) -> str:
    """Copy what was uploaded, up to the limit whatever its size was said to be; its SHA-256."""
    digest = hashlib.sha256()
    copied = 0
    while chunk := file.read(256 * 1024):
        copied += len(chunk)
        if copied > LargestUpload.BYTES:
            raise refused(f"文件超过 {LargestUpload.WORDS}，请拆成几个文件再导入。")
        digest.update(chunk)
        copy.write(chunk)
    return digest.hexdigest()


def read_sheets(copy: BinaryIO, rows: Passing) -> list[ReadSheet]:
    """The sheets; their rows go to `rows`, not to memory."""
    sheets: list[ReadSheet] = []
    try:
        for event in workbook.read(copy):
            if isinstance(event, SheetStart):
                sheets.append(ReadSheet(event.name, rows.size))
            elif isinstance(event, SheetEnd):
                sheets[-1].merges = event.merges
            else:
                sheet = sheets[-1]
                sheet.count += 1
                if len(sheet.top) < layouts.TOP_ROWS:
                    sheet.top.append(event)
                rows.write(event)
    except Refused as why:
        raise refused(str(why)) from None
    return sheets


def choose(sheets: list[ReadSheet], wanted: str) -> tuple[ReadSheet, Layout]:
    """The sheet called `wanted`; without a name, the one whose headings are recognised best."""
    if wanted:
        there = "、".join(sheet.name.strip() for sheet in sheets)
        sheets = [sheet for sheet in sheets if sheet.name.strip() == wanted]
        if not sheets:
            raise ValidationError({"sheet": f"没有这张工作表。工作簿里有：{there[:200]}。"})
    found = [
        (sheet, layout) for sheet in sheets if (layout := layouts.find(sheet.top, sheet.merges))
    ]
    if not any(sheet.count for sheet in sheets):
        raise refused("表格里没有内容。")
    if not found:
        raise refused(
            "没有找到表头。前 30 行里应有一行列名，例如“登记日期”“来源”“反映内容”。"
            "可下载填表模板，把内容粘贴进去再导入。"
        )
    return max(found, key=lambda pair: len(pair[1].guesses))


def kept_rows(sheet: ReadSheet, layout: Layout, rows: Passing) -> Iterator[Row]:
    """The rows of the sheet without those who reported; refuses what says that it is classified."""
    secrecy = [column for column, code in layout.guesses.items() if code == "secrecy"]
    for row in rows.read(sheet.start, sheet.count):
        number, kept = row.number, dict(row.cells)
        words = [values.text(value) for value in kept.values()]
        if number < layout.first_row and any(CLASSIFIED.search(text) for text in words):
            raise refused("表格标有密级。本系统为非涉密系统，没有保存这个文件。")
        if number > layout.last_row:
            for column in secrecy:
                level = values.text(kept.get(column))
                if plain(level) not in UNCLASSIFIED:
                    raise refused(
                        f"第 {number} 行的密级是“{level[:20]}”。本系统为非涉密系统，"
                        "没有保存这个文件；请删去涉密的行再上传。"
                    )
            for column in layout.reporter_columns & kept.keys():
                del kept[column]
        yield Row(number, kept)
