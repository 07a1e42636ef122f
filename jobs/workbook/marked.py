"""A copy of a table that says in it what is wrong: cells coloured with a note, and a last column.

Made anew from plain values. Nothing else of the stranger's file is in it: no formulas, no macros,
no links.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openpyxl.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.utils import get_column_letter

from jobs.workbook.layout import (
    BOLD,
    CENTRE,
    HEADED,
    WRITTEN,
    Look,
    plain,
    print_mark,
    sheet_name,
    styled,
)
from jobs.workbook.reading import Row
from jobs.workbook.saving import Target, streamed

#: The heading of the column that says what is wrong; an importer passes it over.
HEADING = "导入检查结果"
WIDTH = 16
WIDE = 50
_ABOVE = Look(BOLD, CENTRE)
_WRONG = PatternFill("solid", fgColor="F8C9C4")
_DOUBTFUL = PatternFill("solid", fgColor="FBE6B8")


@dataclass(frozen=True)
class Remark:
    """What is wrong, or doubtful, in a row; `column` 0 where it is about the row as a whole."""

    column: int
    words: str
    is_error: bool = True


def write_marked(
    target: Target,
    *,
    title: str,
    rows: Iterable[Row],
    width: int,
    header: range,
    merges: Sequence[Sequence[int]],
    remarks: Mapping[int, Sequence[Remark]],
    mark: str,
) -> None:
    """Write `rows` where they stood, with the `remarks` of each row number. Rows are streamed.

    `header` are the rows of the headings; `merges` above and in them are kept. `mark`, which says
    whose file it is, stands on paper alone: the sheet is meant to be read again.
    """
    with streamed(sheet_name(title).strip() or "检查结果", target) as page:
        for column in range(1, width + 1):
            page.column_dimensions[get_column_letter(column)].width = WIDTH
        page.column_dimensions[get_column_letter(width + 1)].width = WIDE
        page.freeze_panes = f"A{header.stop}"
        for top, left, bottom, right in merges:
            if bottom < header.stop and right <= width:
                area = f"{get_column_letter(left)}{top}:{get_column_letter(right)}{bottom}"
                page.merged_cells.add(area)
        print_mark(page, mark)
        written = 0
        for row in rows:
            for _ in range(written + 1, row.number):
                page.append([])
            page.append(_cells(page, row, width, header, remarks.get(row.number, ())))
            written = row.number


def _cells(
    page: Any, row: Row, width: int, header: range, remarks: Sequence[Remark]
) -> list[Cell | None]:
    if row.number < header.start:
        return [
            styled(page, plain(_text(value)), _ABOVE)
            if (value := row.cells.get(column)) is not None
            else None
            for column in range(1, width + 1)
        ]
    is_head = row.number in header
    cells = []
    for column in range(1, width + 1):
        value = _value(row.cells.get(column))
        cell = styled(page, value, HEADED if is_head else WRITTEN)
        if isinstance(value, dt.date):
            cell.number_format = "yyyy-mm-dd"
        elif isinstance(value, str):
            cell.number_format = "@"
        _mark(cell, [one for one in remarks if one.column == column])
        cells.append(cell)
    cells.append(_summary(page, row, header, remarks))
    return cells


def _summary(page: Any, row: Row, header: range, remarks: Sequence[Remark]) -> Cell:
    if row.number in header:
        words = HEADING if row.number == header.start else ""
        return styled(page, words, HEADED)
    words = "\n".join(f"{'错误' if one.is_error else '提醒'}：{one.words}" for one in remarks)
    cell = styled(page, plain(words), WRITTEN)
    if remarks:
        cell.fill = _WRONG if any(one.is_error for one in remarks) else _DOUBTFUL
    return cell


def _mark(cell: Cell, remarks: Sequence[Remark]) -> None:
    if not remarks:
        return
    cell.fill = _WRONG if any(one.is_error for one in remarks) else _DOUBTFUL
    words = "\n".join(one.words for one in remarks)
    cell.comment = Comment(words, "导入检查", width=280, height=110)


def _value(value: Any) -> Any:
    """Text, a number or a day, as a cell takes it; nothing that could run."""
    if value is None:
        return ""
    if isinstance(value, dict) and "date" in value:
        try:
            return dt.date.fromisoformat(value["date"])
        except ValueError:
            return plain(value["date"])
    if isinstance(value, bool | dict | str):
        return plain(_text(value))
    return value


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return str(value.get("date") or value.get("error") or "")
    if isinstance(value, bool):
        return "是" if value else "否"
    return str(value)
