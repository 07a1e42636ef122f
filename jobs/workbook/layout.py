"""Writes Excel files in the layout that offices print, sign and send upstream.

Title across the width, a line of particulars, a header of two levels, serial numbers, a sum row
with formulas, a line for signatures; one page wide on A4, header rows repeated, panes frozen.
Text stays text as it was typed: what could be a formula is no number and no formula by its kind,
and its cell has the format of text, so that it stays so when somebody edits it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from weakref import WeakKeyDictionary

from django.utils import timezone
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from jobs.exports import Column, Sheet
from jobs.workbook.saving import Target, streamed

SERIAL = Column(heading="序号", width=6, kind="count")
_THIN = Side(style="thin", color="000000")
GRID = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
HEAD = PatternFill("solid", fgColor="E8EDF4")
CENTRE = Alignment(horizontal="center", vertical="center", wrap_text=True)
LEFT = Alignment(horizontal="left", vertical="center", wrap_text=True)
BODY = Font(name="宋体", size=11)
BOLD = Font(name="宋体", size=11, bold=True)
TITLE = Font(name="方正小标宋简体", size=18)
MARK = Font(name="宋体", size=9, color="808080")


@dataclass(frozen=True, eq=False)
class Look:
    """How cells look; the same look is the same object."""

    font: Font
    alignment: Alignment | None = None
    border: Border | None = None
    fill: PatternFill | None = None


HEADED = Look(BOLD, CENTRE, GRID, HEAD)
SUMMED = Look(BOLD, CENTRE, GRID)
CENTRED = Look(BODY, CENTRE, GRID)
WRITTEN = Look(BODY, LEFT, GRID)
TITLED = Look(TITLE, CENTRE)
PARTICULARS = Look(BODY)
MARKED = Look(MARK)

#: A header of more than 255 signs makes a file unreadable; its commands take some of them.
PRINTED_LIMIT = 240
HEADER_ROW = 3
FIRST_ROW = 5
#: In points: title, particulars, the two levels of the header; then every row.
HEAD_HEIGHTS = (36, 20, 20, 20)
BODY_HEIGHT = 20
#: What a spreadsheet may run when a cell begins with it.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def write(
    sheet: Sheet, target: Target, *, mark: str, progress: Callable[[int], None] | None = None
) -> int:
    """Write `sheet` into `target` and return the number of its rows. Rows are streamed.

    `mark` says whose file it is: in the last line, and above every page on paper.
    """
    columns = (SERIAL, *sheet.columns)
    count = 0
    with streamed(sheet_name(sheet.title), target) as page:
        _set_up_page(page, sheet, columns)
        _write_header(page, sheet, columns)
        for count, row in enumerate(sheet.rows, start=1):
            page.append(
                [
                    _cell(page, column, value)
                    for column, value in zip(columns, (count, *row), strict=True)
                ]
            )
            if progress and count % 500 == 0:
                progress(count)
        _write_sums(page, sheet, columns, count)
        page.append([styled(page, plain(mark), MARKED)])
        print_mark(page, mark)
    return count


def print_mark(page: Any, mark: str) -> None:
    """Print `mark` above every page. An ampersand in it would start a command."""
    page.oddHeader.center.text = plain(mark).replace("&", "＆")[:PRINTED_LIMIT]
    page.oddHeader.center.size = 8


def plain(value: str) -> str:
    """`value` without the control characters that no workbook may hold."""
    return ILLEGAL_CHARACTERS_RE.sub("", value)


def sheet_name(title: str) -> str:
    """`title` without the signs that a sheet's name must not have, and short enough."""
    return re.sub(r"[\[\]:*?/\\']", " ", plain(title))[:31]


def _set_up_page(page: Any, sheet: Sheet, columns: tuple[Column, ...]) -> None:
    for index, column in enumerate(columns, start=1):
        page.column_dimensions[get_column_letter(index)].width = column.width
    for row, height in enumerate(HEAD_HEIGHTS, start=1):
        page.row_dimensions[row].height = height
    page.sheet_format.defaultRowHeight = BODY_HEIGHT
    page.sheet_format.customHeight = True
    last = get_column_letter(len(columns))
    page.freeze_panes = f"{get_column_letter(sheet.frozen + 2)}{FIRST_ROW}"
    page.page_setup.paperSize = Worksheet.PAPERSIZE_A4
    page.page_setup.orientation = "landscape" if sheet.landscape else "portrait"
    page.page_setup.fitToWidth = 1
    page.page_setup.fitToHeight = 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.print_title_rows = f"1:{FIRST_ROW - 1}"
    page.print_options.horizontalCentered = True
    page.oddFooter.center.text = "第 &P 页 共 &N 页"
    page.merged_cells.add(f"A1:{last}1")


def _write_header(page: Any, sheet: Sheet, columns: tuple[Column, ...]) -> None:
    page.append([styled(page, plain(sheet.title), TITLED)])
    _append_line(page, sheet.subtitle, len(columns))
    groups: list[Cell] = []
    heads: list[Cell] = []
    position = 1
    for group, members in groupby(columns, key=lambda column: column.group):
        width = len(list(members))
        if group and width > 1:
            first, last = get_column_letter(position), get_column_letter(position + width - 1)
            page.merged_cells.add(f"{first}{HEADER_ROW}:{last}{HEADER_ROW}")
        position += width
    for index, column in enumerate(columns, start=1):
        letter = get_column_letter(index)
        if not column.group:
            page.merged_cells.add(f"{letter}{HEADER_ROW}:{letter}{HEADER_ROW + 1}")
        groups.append(styled(page, plain(column.group or column.heading), HEADED))
        heads.append(styled(page, plain(column.heading if column.group else ""), HEADED))
    page.append(groups)
    page.append(heads)


def _append_line(page: Any, parts: tuple[str, ...], width: int) -> None:
    """One line of particulars, spread over the width of the table."""
    row: list[Cell | None] = [None] * width
    step = max(1, width // max(1, len(parts)))
    for index, part in enumerate(parts[:width]):
        row[min(index * step, width - 1)] = styled(page, plain(part), PARTICULARS)
    page.append(row)


def _write_sums(page: Any, sheet: Sheet, columns: tuple[Column, ...], count: int) -> None:
    last_row = FIRST_ROW + count - 1
    if count and sheet.total_label and any(column.kind == "count" for column in sheet.columns):
        row = []
        labelled = False
        letters = {
            column.heading: get_column_letter(index)
            for index, column in enumerate(columns, start=1)
        }
        for index, column in enumerate(columns, start=1):
            letter, value = get_column_letter(index), ""
            if index > 1 and column.kind == "count":
                value = f"=SUM({letter}{FIRST_ROW}:{letter}{last_row})"
            elif column.share:
                part, whole = (f"{letters[name]}{last_row + 1}" for name in column.share)
                value = f'=IF({whole}=0,"—",TEXT(ROUNDDOWN({part}/{whole},3),"0.0%"))'
            elif index > 1 and not labelled:
                value, labelled = sheet.total_label, True
            cell = styled(page, value, SUMMED)
            if value.startswith("="):
                cell.data_type, cell.number_format = "f", "General"
            row.append(cell)
        page.append(row)
    page.append([])
    _append_line(page, sheet.footer, len(columns))


def _cell(page: Any, column: Column, value: Any) -> Cell:
    if value is None:
        value = ""
    if isinstance(value, dt.datetime):
        value = timezone.localtime(value).date() if column.kind == "date" else value
    if isinstance(value, str):
        value = plain(value)
    centred = column.kind in ("count", "date")
    cell = styled(page, value, CENTRED if centred else WRITTEN)
    if column.kind == "date":
        cell.number_format = "yyyy-mm-dd"
    elif column.kind == "text":
        cell.number_format = "@"
    return cell


#: The styles of a workbook by their looks: openpyxl compares what a cell is given, part by part,
#: with all that the workbook has.
_styles: WeakKeyDictionary[Any, dict[Look, Any]] = WeakKeyDictionary()


def styled(page: Any, value: Any, look: Look) -> Cell:
    """A cell that holds `value`; text is text, whatever it begins with."""
    known = _styles.setdefault(page.parent, {})
    if look not in known:
        known[look] = _first(page, look)._style
    cell = Cell(page, row=1, column=1, value=value, style_array=known[look])
    if isinstance(value, str):
        cell.data_type = "s"
        if value.startswith(FORMULA_STARTS):
            cell.number_format = "@"
    return cell


def _first(page: Any, look: Look) -> Cell:
    cell = WriteOnlyCell(page)
    for name in ("font", "alignment", "border", "fill"):
        if (part := getattr(look, name)) is not None:
            setattr(cell, name, part)
    return cell
