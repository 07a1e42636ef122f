"""An empty table to fill in: headings that the importer knows, drop-downs, and how to fill them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from jobs.workbook.layout import BODY, BOLD, CENTRE, GRID, HEAD, LEFT, TITLE, plain
from jobs.workbook.saving import Target, save

HEADER_ROW = 3
#: Rows that are ready to be written in: with borders, formats and drop-downs.
READY_ROWS = 500
#: Its sheets beside the table itself.
LISTS, NOTES = "选项", "填表说明"
_NEEDED = PatternFill("solid", fgColor="FCE9D9")
_QUIET = Font(name="宋体", size=10, color="55606E")
_SIDE = Side(style="thin", color="D0D5DB")
_FAINT = Border(left=_SIDE, right=_SIDE, top=_SIDE, bottom=_SIDE)


@dataclass(frozen=True, kw_only=True)
class TemplateColumn:
    """A column to fill in. `choices` become a drop-down, `hint` a note at the heading."""

    heading: str
    width: int = 12
    is_date: bool = False
    is_needed: bool = False
    choices: tuple[str, ...] = ()
    hint: str = ""


def write_template(
    file: Target, *, title: str, notes: Sequence[str], columns: Sequence[TemplateColumn]
) -> None:
    """Write an empty table with `columns` under `title`, and a second sheet with `notes`."""
    book = Workbook()
    page = book.active
    page.title = title[:31]
    last = get_column_letter(len(columns))
    top = _put(page, 1, 1, title)
    top.font, top.alignment = TITLE, CENTRE
    page.merge_cells(f"A1:{last}1")
    note = _put(page, 2, 1, notes[0])
    note.font, note.alignment = _QUIET, LEFT
    page.merge_cells(f"A2:{last}2")
    for row, height in ((1, 36), (2, 20), (HEADER_ROW, 32)):
        page.row_dimensions[row].height = height
    _write_columns(page, columns)
    _add_lists(book, page, columns)
    _add_notes(book, notes)
    page.freeze_panes = f"B{HEADER_ROW + 1}"
    page.page_setup.paperSize = Worksheet.PAPERSIZE_A4
    page.page_setup.orientation = "landscape"
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.print_title_rows = f"1:{HEADER_ROW}"
    page.oddFooter.center.text = "第 &P 页 共 &N 页"
    save(book, file)


def _write_columns(page: Worksheet, columns: Sequence[TemplateColumn]) -> None:
    for place, column in enumerate(columns, 1):
        page.column_dimensions[get_column_letter(place)].width = column.width
        head = _put(page, HEADER_ROW, place, column.heading)
        head.font, head.alignment, head.border = BOLD, CENTRE, GRID
        head.fill = _NEEDED if column.is_needed else HEAD
        if column.hint:
            head.comment = Comment(column.hint, NOTES, width=260, height=120)
        for row in range(HEADER_ROW + 1, HEADER_ROW + 1 + READY_ROWS):
            cell = page.cell(row, place)
            cell.font, cell.border = BODY, _FAINT
            cell.alignment = CENTRE if column.is_date or column.choices else LEFT
            cell.number_format = "yyyy-mm-dd" if column.is_date else "@"


def _add_lists(book: Workbook, page: Worksheet, columns: Sequence[TemplateColumn]) -> None:
    """Drop-downs from a hidden sheet: a list within the rule itself ends at 255 characters."""
    lists = book.create_sheet(LISTS)
    lists.sheet_state = "hidden"
    for place, column in enumerate(columns, 1):
        letter = get_column_letter(place)
        area = f"{letter}{HEADER_ROW + 1}:{letter}{HEADER_ROW + READY_ROWS}"
        if column.choices:
            for row, choice in enumerate(column.choices, 1):
                _put(lists, row, place, choice).number_format = "@"
            rule = DataValidation(
                type="list",
                formula1=f"'{LISTS}'!${letter}$1:${letter}${len(column.choices)}",
                allow_blank=True,
                showErrorMessage=True,
                errorTitle="不在选项中",
                error=f"“{column.heading}”请从下拉列表中选择。",
            )
        elif column.is_date:
            rule = DataValidation(
                type="date",
                operator="greaterThan",
                formula1="36526",
                allow_blank=True,
                showErrorMessage=True,
                errorTitle="不是日期",
                error=f"“{column.heading}”请填写日期，如 2026-05-03。",
            )
        else:
            continue
        rule.add(area)
        page.add_data_validation(rule)


def _add_notes(book: Workbook, notes: Sequence[str]) -> None:
    page = book.create_sheet(NOTES)
    page.column_dimensions["A"].width = 100
    for row, note in enumerate(notes, 1):
        cell = _put(page, row, 1, note)
        cell.font, cell.alignment = BODY, LEFT


def _put(page: Worksheet, row: int, column: int, text: str) -> Cell:
    """The cell with `text` in it, which is never taken for a formula."""
    cell = page.cell(row, column, plain(text))
    cell.data_type = "s"
    return cell
