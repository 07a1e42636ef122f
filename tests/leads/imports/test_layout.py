"""Finding the ledger in sheets as offices keep them."""

import pytest
from django.core.exceptions import ValidationError

from leads.imports import services, store
from leads.imports.states import BatchState
from leads.models import ColumnMapping, ImportBatch, Lead, Subject
from tests.leads.imports.conftest import GOOD, HEADINGS, ledger, told, workbook

REAL = [
    ["某某镇2019年线索摸排台账"],
    ["填报单位：扫黑办", None, None, "填报日期：2019.12.31", None, None, "单位：件"],
    ["序号", "登记时间", "线索来源", "被反映对象", None, "线索内容", "涉及村", "举报人姓名"],
    [None, None, None, "姓名或单位", "被举报人", None, None, None],
    [1, "5月3日", "来　访", "某公司", "张某、李某", "第一条的内容。", "东 村", "王某"],
    [2, "２０１９．６．１", None, None, None, "第二条的内容。", None, "赵某"],
    ["合计", None, "2", None, None, None, None, None],
    [],
    ["填报人：甲", None, None, "审核人：乙"],
]
MERGES = ["A1:H1", "A3:A4", "B3:B4", "C3:C4", "D3:E3", "F3:F4", "G3:G4", "H3:H4", "C5:C6", "G5:G6"]


def test_merged_titles_headings_of_two_rows_sums_and_signatures(imported, town):
    batch = imported(workbook(*REAL, merges=MERGES))
    assert (batch.imported_count, batch.skipped_count) == (2, 2)
    first, second = Lead.objects.order_by("pk")
    assert (str(first.received_on), str(second.received_on)) == ("2019-05-03", "2019-06-01")
    assert (first.channel.name, second.channel.name) == ("来访", "来访")
    assert (first.place, second.place) == (town.east, town.east)
    assert list(first.subjects.values_list("name", flat=True)) == ["张某", "李某"]
    assert Subject.objects.count() == 2


def test_a_line_merged_over_the_width_is_no_heading(upload):
    rows = [["某镇台账"], ["填报单位：扫黑办"], list(HEADINGS), GOOD]
    batch = upload(workbook(*rows, merges=["A1:E1", "A2:E2"]))
    assert batch.layout.first_row == batch.layout.last_row == 3
    assert [head.label for head in batch.layout.heads] == list(HEADINGS)


def test_who_reported_is_neither_imported_nor_kept(upload):
    batch = upload(workbook(*REAL, merges=MERGES))
    kept = "".join(str(row.cells) for row in store.as_written(batch.path))
    assert "张某".encode() not in batch.path.read_bytes()
    assert "王某" not in kept
    assert "赵某" not in kept
    assert "张某" in kept
    assert batch.path.stat().st_mode & 0o777 == 0o600


def test_the_upload_itself_is_not_kept(upload):
    batch = upload(ledger(GOOD))
    assert [path.name for path in ImportBatch.folder().iterdir()] == [batch.stored_as]


def test_an_unknown_layout_is_asked_about_once_in_each_town(upload, people, far_people):
    content = workbook(("编号", "日期", "来源", "说了什么"), ("1", "2019.5.3", "来访", "甲。"))
    batch = upload(content)
    assert batch.state == BatchState.UPLOADED
    mapping = batch.mapping | {4: "allegation"}
    services.map_columns(
        batch=batch,
        actor=people.office,
        mapping=mapping,
        defaults={"year": 2019, "channel": "visit"},
        expected_version=batch.version,
    )
    again = upload(workbook(("编 号", "日期", "来源：", "说了什么"), ("2", "2019.5.4", "", "乙。")))
    assert again.state == BatchState.CHECKING
    assert again.mapping == mapping
    assert again.defaults["channel"] == "visit"
    assert ColumnMapping.objects.count() == 1
    assert upload(content, actor=far_people.office).state == BatchState.UPLOADED


def test_the_column_of_the_marked_copy_changes_no_layout(upload):
    first = upload(workbook(HEADINGS, GOOD))
    again = upload(workbook((*HEADINGS, "导入检查结果"), (*GOOD, "错误")))
    assert first.layout_key == again.layout_key


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ({2: "received"}, "请指定哪一列是“反映内容”。"),
        (
            {2: "received", 4: "allegation", 5: "allegation"},
            "有两列都对应“反映内容”，只能保留一列。",
        ),
        ({2: "received", 99: "allegation"}, "有的列不能导入。"),
    ],
)
def test_wrong_columns(upload, people, mapping, words):
    batch = upload(workbook(("甲", "日期", "来源", "丙", "丁"), (1, "2019.5.3", "来访", "x", "y")))
    with pytest.raises(ValidationError) as error:
        services.map_columns(
            batch=batch, actor=people.office, mapping=mapping, defaults={}, expected_version=0
        )
    assert error.value.messages == [words]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "表格里没有内容。"),
        ([("甲", "乙"), ("丙", "丁")], "没有找到表头。"),
        ([("某镇台账　机密★1年",), HEADINGS, GOOD], "表格标有密级。"),
        ([(*HEADINGS, "密级"), (*GOOD, "秘密")], "第 2 行的密级是“秘密”。"),
    ],
)
def test_what_is_refused_at_once_and_not_kept(upload, rows, words):
    with pytest.raises(ValidationError) as error:
        upload(workbook(*rows))
    assert error.value.message_dict["file"][0].startswith(words)
    assert not ImportBatch.objects.exists()
    assert list(ImportBatch.folder().iterdir()) == []


def test_a_level_that_is_none_is_fine(checked):
    batch = checked(workbook((*HEADINGS, "密级"), (*GOOD, "公 开"), (*GOOD[:-1], "另一条。", "无")))
    assert told(batch) == []


def test_the_sheet_with_the_ledger_is_found_among_others(upload):
    import io

    from openpyxl import Workbook

    book = Workbook()
    book.active.title = "说明"
    book.active.append(["填表说明", "来源", "日期"])
    page = book.create_sheet("五月")
    page.append(HEADINGS)
    page.append(GOOD)
    file = io.BytesIO()
    book.save(file)
    batch = upload(file.getvalue())
    assert (batch.sheet, batch.other_sheets) == ("五月", ["说明"])


def test_headings_that_come_again_on_every_printed_page_are_skipped(checked):
    batch = checked(ledger(GOOD, HEADINGS, (2, "2019.5.4", "来访", "", "第二条。"), (3,)))
    assert (batch.row_count, batch.skipped_count, batch.error_count) == (2, 2, 0)


def test_another_sheet_is_read_where_its_name_is_given(people, client_for):
    import io

    from openpyxl import Workbook

    book = Workbook()
    for title, rows in (("五月", 2), ("六月", 1)):
        page = book.active if title == "五月" else book.create_sheet()
        page.title = title
        for row in [HEADINGS, *[GOOD] * rows]:
            page.append(row)
    file = io.BytesIO()
    book.save(file)
    office = client_for(people.office)

    def send(sheet):
        sent = io.BytesIO(file.getvalue())
        sent.name = "台账.xlsx"
        return office.post("/leads/imports/", {"file": sent, "sheet": sheet})

    assert send(" 六月 ").status_code == 302
    batch = ImportBatch.objects.get()
    assert (batch.sheet, batch.other_sheets) == ("六月", ["五月"])
    page = send("七月").content.decode()
    assert "没有这张工作表。工作簿里有：五月、六月。" in page
    assert ImportBatch.objects.count() == 1
