"""Reading workbooks of strangers: the caller's side. `reader` does it, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

READER = Path(__file__).with_name("reader.py")
WALL_SECONDS = 15
LINE_BYTES = 64 * 1024 * 1024
MEBI = 1024 * 1024


class LargestUpload:
    """The largest workbook that is read at all."""

    BYTES = 10 * MEBI
    WORDS = "10 MB"


SAVE_AS = "请用 Excel 或 WPS 打开，选“另存为”，文件类型选“Excel 工作簿 (*.xlsx)”，再上传新文件。"
SPLIT = "请删去空白的行和列，或者拆成几个文件再导入。"
#: Everything that a person can be told about a workbook that is not read.
WORDS = {
    "empty": "文件是空的（0 字节），请检查后重新上传。",
    "old_format": f"这是旧版 Excel 文件（.xls），不能直接导入。{SAVE_AS}",
    "binary_format": f"这是 Excel 二进制工作簿（.xlsb），不能直接导入。{SAVE_AS}",
    "open_document": f"这是 OpenDocument 表格（.ods），不能直接导入。{SAVE_AS}",
    "text": f"这是文本文件（如 .csv），不是 Excel 工作簿。{SAVE_AS}",
    "web_page": f"这是网页或 XML 格式的表格，不是真正的 Excel 工作簿。{SAVE_AS}",
    "macros": "工作簿含有宏，为安全起见不予读取。请另存为不含宏的“Excel 工作簿 (*.xlsx)”再上传。",
    "encrypted": "工作簿设有打开密码，无法读取。请在 Excel 或 WPS 中取消密码，保存后再上传。",
    "program": "这不是表格，而是可执行程序，已拒绝。请核实文件来源。",
    "other": "这不是 Excel 工作簿（.xlsx）。请检查是否选错了文件。",
    "damaged": f"文件已损坏或不完整，无法读取。{SAVE_AS}",
    "bad_xml": f"文件内容已损坏，无法读取。{SAVE_AS}",
    "entities": "文件内含有不应出现的实体定义，可能是恶意文件，已拒绝读取。请核实文件来源。",
    "bomb": f"文件解压后大得不合常理，已拒绝读取。{SPLIT}",
    "too_much": f"表格的内容太多，超过了一次能读取的上限。{SPLIT}",
    "too_slow": f"读取用时过长，已停止。{SPLIT}",
    "too_many_rows": "有内容的行超过 10,000 行，请拆成几个文件分次导入。",
    "empty_rows": "表格里有二十多万个空白行。请选中最后一条线索以下的空行，删除后保存，再上传。",
    "too_many_columns": "有内容的列超过 100 列，请删去无关的列再导入。",
    "long_cell": "有单元格的文字超过 32,767 字，超出了 Excel 的上限，无法读取。",
    "bad_merge": "合并单元格的范围不合常理，无法读取。请取消这些合并，保存后再上传。",
    "no_sheet": "工作簿里没有可见的工作表。",
}


class Refused(Exception):
    """The workbook is not read; the message is for the person who uploaded it."""

    def __init__(self, code: str, detail: str = "") -> None:
        self.code = code if code in WORDS else "damaged"
        self.detail = detail
        where = f"（位置：{detail}）" if detail else ""
        super().__init__(WORDS[self.code] + where)


@dataclass(frozen=True)
class SheetStart:
    """A visible sheet begins."""

    name: str


@dataclass(frozen=True)
class Row:
    """A row with something in it: its number in the sheet, and values by column from 1.

    A value is text, a number, a truth value, {"date": "2019-05-03"} or {"error": "#REF!"}.
    """

    number: int
    cells: dict[int, Any]


@dataclass(frozen=True)
class SheetEnd:
    """A sheet ends. `merges`: top, left, bottom and right of each merged range."""

    merges: list[list[int]]


def read(file: BinaryIO) -> Iterator[SheetStart | Row | SheetEnd]:
    """The visible sheets of the workbook in `file`, which has a descriptor and can seek.

    Raises Refused, also after rows have been given. Rows are streamed: memory stays flat here
    and is limited there. The reading process never outlives this generator.
    """
    file.flush()
    os.lseek(file.fileno(), 0, os.SEEK_SET)
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", "-B", str(READER), str(os.getpid())],
        stdin=file,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
    )
    watch = threading.Timer(WALL_SECONDS, process.kill)
    watch.daemon = True
    watch.start()
    try:
        yield from _events(process)
    finally:
        watch.cancel()
        process.kill()
        process.stdout.close()
        process.wait()


def _events(process: subprocess.Popen) -> Iterator[SheetStart | Row | SheetEnd]:
    while line := process.stdout.readline(LINE_BYTES):
        try:
            kind, *rest = json.loads(line)
        except ValueError:
            break  # it died within a line
        if kind == "row":
            yield Row(rest[0], dict(rest[1]))
        elif kind == "sheet":
            yield SheetStart(rest[0])
        elif kind == "end":
            yield SheetEnd(rest[0])
        elif kind == "refused":
            raise Refused(*rest)
        else:
            return
    # Ended without its last word: out of time, or of memory where nothing could be said.
    ended = process.wait()
    raise Refused("too_slow" if ended in (-9, -24) else "damaged")
