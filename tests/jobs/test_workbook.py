"""The Excel layout, opened again with the library that offices' software agrees with."""

import datetime as dt
import io
import tempfile

import pytest
from openpyxl import load_workbook

from jobs import workbook
from jobs.exports import Column, Sheet
from jobs.workbook import TemplateColumn
from tests import libreoffice

COLUMNS = (
    Column(heading="单位", width=16),
    Column(heading="日期", kind="date"),
    Column(heading="新线索", group="线索摸排", kind="count"),
    Column(heading="移交", group="线索摸排", kind="count"),
)

#: As LibreOffice writes a sheet as it shows it: commas, quotation marks, UTF-8.
MARK = "导出人：某甲 扫黑办　2026-11-06 09:30　用途：报区扫黑办"


def written(tmp_path, rows, **changes):
    path = tmp_path / "sheet.xlsx"
    values = {
        "title": "周报统计表",
        "subtitle": ("填报单位：扫黑办", "填报日期：2026-11-06", "单位：件"),
        "columns": COLUMNS,
        "rows": rows,
    }
    mark = changes.pop("mark", MARK)
    with path.open("wb") as file:
        count = workbook.write(Sheet(**values | changes), file, mark=mark)
    return count, load_workbook(path).active


def test_the_layout(tmp_path):
    day = dt.date(2026, 11, 6)
    count, page = written(tmp_path, [("派出所", day, 3, 2), ("东村", None, None, None)])
    assert count == 2
    assert page["A1"].value == "周报统计表"
    merged = {str(area) for area in page.merged_cells.ranges}
    assert {"A1:E1", "D3:E3", "A3:A4", "B3:B4", "C3:C4"} <= merged
    assert [page.cell(3, column).value for column in (1, 2, 4)] == ["序号", "单位", "线索摸排"]
    assert [page.cell(4, column).value for column in (4, 5)] == ["新线索", "移交"]
    assert [cell.value for cell in page[5]][:2] == [1, "派出所"]
    assert page["C5"].value.date() == day
    assert page["C5"].number_format == "yyyy-mm-dd"
    assert [cell.value for cell in page[7]] == [None, "合计", None, "=SUM(D5:D6)", "=SUM(E5:E6)"]
    assert page.freeze_panes == "C5"
    assert page.print_title_rows == "$1:$4"
    setup = page.page_setup
    assert (setup.orientation, int(setup.paperSize), setup.fitToHeight) == ("landscape", 9, 0)
    assert page.sheet_properties.pageSetUpPr.fitToPage
    foot = [cell.value for cell in page[9] if cell.value]
    assert foot == ["填报人：", "审核人：", "签发人：", "联系电话："]


def test_a_sheet_says_how_many_of_its_columns_stay_in_sight(tmp_path):
    assert written(tmp_path, [("东村", None, 1, 1)], frozen=0)[1].freeze_panes == "B5"
    assert written(tmp_path, [("东村", None, 1, 1)], frozen=2)[1].freeze_panes == "D5"


@pytest.mark.parametrize("mark", [MARK, "=1&P&F", "长" * 300])
def test_the_mark_stands_under_the_table_and_above_every_page_on_paper(tmp_path, mark):
    _, page = written(tmp_path, [("派出所", None, 3, 2)], mark=mark)
    last = page.cell(page.max_row, 1)
    assert (last.value, last.data_type) == (workbook.plain(mark), "s")
    assert page.oddHeader.center.text == workbook.plain(mark).replace("&", "＆")[:240]
    assert len(str(page.oddHeader)) <= 255


def test_a_missing_number_is_blank_and_not_zero(tmp_path):
    _, page = written(tmp_path, [("东村", None, None, None)])
    assert page["D5"].value is None


@pytest.mark.parametrize(
    "words",
    [
        "=1+1",
        "+1",
        "-1+2",
        "@SUM(A1)",
        '=HYPERLINK("x")',
        "\t=1",
        "\r=1",
        "=SUM(D5:D6)",
        "＝1+1",
        "＠SUM(A1)",
        "\n=1",
    ],
)
def test_what_a_person_typed_never_runs(tmp_path, words):
    _, page = written(tmp_path, [(words, None, 1, 1)], title=words, subtitle=(words,))
    for place in ("A1", "A2", "B5"):
        assert (page[place].data_type, page[place].value) == ("s", words), place
        assert page[place].number_format == "@", place  # stays text when it is edited
        assert not page[place].quotePrefix, place


def test_control_characters_are_left_out(tmp_path):
    _, page = written(tmp_path, [("东\x00村\x07", None, 1, 1)])
    assert page["B5"].value == "东村"


def test_an_empty_sheet_has_no_sums(tmp_path):
    count, page = written(tmp_path, [])
    assert count == 0
    assert not any("SUM" in str(cell.value) for row in page.iter_rows() for cell in row)


def test_no_sheet_passes_through_a_temporary_file(tmp_path, monkeypatch):
    """In clear it would lie beside the sealed file, and stay there when the process is killed."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    count, page = written(tmp_path, [("派出所", None, 3, 2)] * 3000)
    assert (count, page["D3004"].value) == (3000, 3)
    workbook.write_template(
        io.BytesIO(), title="台账", notes=("说明",), columns=(TemplateColumn(heading="标题"),)
    )


def test_what_fails_within_the_rows_is_told_as_it_is(tmp_path):
    def rows():
        yield ("派出所", None, 3, 2)
        raise LookupError("the rows end early")

    with pytest.raises(LookupError, match="end early"):
        written(tmp_path, rows())


def test_a_choice_that_looks_like_a_formula_is_none(tmp_path):
    column = TemplateColumn(heading="=1+1", choices=("=1+1", "市场"))
    file = io.BytesIO()
    workbook.write_template(file, title="=1+1", notes=("=1+1",), columns=(column,))
    book = load_workbook(file)
    cells = [cell for page in book for row in page.iter_rows() for cell in row if cell.value]
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.value for cell in cells].count("=1+1") == 5


@libreoffice.needed
def test_libreoffice_shows_what_a_person_typed(tmp_path):
    typed = ["=1+1", "+1", "-1+2", "@SUM(A1)", "'=1", "＝1+1", "0012", "1e5"]
    written(tmp_path, [(words, None, 1, 1) for words in typed], title="=1+1")
    shown = libreoffice.rows(tmp_path / "sheet.xlsx")
    assert shown[0][0] == "=1+1"
    assert [row[1] for row in shown[4 : 4 + len(typed)]] == typed
