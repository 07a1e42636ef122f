"""The bulletin as a page and as a file: what each shows, to whom, and how it is laid out."""

from __future__ import annotations

import datetime as dt
import io
import re
import shutil
import subprocess

import pytest
from django.utils import timezone
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from audit.models import AuditEntry
from reporting.bulletins import document, services
from reporting.bulletins.models import WORDS, Bulletin, BulletinRead
from reporting.duties.models import Exemption
from reporting.periods.models import ReportPeriod
from reporting.weekly.models import WeeklyReport
from tests import libreoffice

UNREAD = '<span class="tag tag-major">未读</span>'
UNSIGNED = {"signed_by": None, "signed_at": None, "filed_at": None, "signature": ""}
CANARIES = ("金丝雀标题", "金丝雀内容", "金丝雀地点")


@pytest.fixture
def due(period) -> ReportPeriod:
    ReportPeriod.objects.filter(pk=period.pk).update(
        due_at=timezone.now() - dt.timedelta(minutes=1)
    )
    period.refresh_from_db()
    return period


@pytest.fixture
def lead(make_assigned):
    return make_assigned(
        is_major=True, title=CANARIES[0], allegation=CANARIES[1], place_detail=CANARIES[2]
    )


@pytest.fixture
def told(due, people, lead) -> Bulletin:
    """An issued bulletin, of a week with a major lead."""
    made = services.make(actor=people.office, period=due)[0]
    made = services.submit(bulletin=made, actor=people.office, expected_version=made.version)
    return services.issue(bulletin=made, actor=people.director, expected_version=made.version)


def url(bulletin, name=""):
    return f"/reports/bulletins/{bulletin.pk}/{name}"


def opened(bulletin):
    return Document(io.BytesIO(document.file_of(bulletin)))


def paragraph(file, text):
    return next(one for one in file.paragraphs if one.text == text)


def test_from_the_board_to_the_issued_bulletin(client_for, people, due, town):
    office, director = client_for(people.office), client_for(people.director)
    board = office.get(f"/reports/?period={due.pk}").content.decode()
    assert "生成通报" in board
    assert office.post(f"/reports/weeks/{due.pk}/bulletin/").status_code == 302
    made = Bulletin.objects.get()
    assert office.post(f"/reports/weeks/{due.pk}/bulletin/").url == url(made)
    assert "生成通报" not in office.get(f"/reports/?period={due.pk}").content.decode()
    assert url(made) in office.get("/reports/bulletins/").content.decode()
    sent = {"version": 1, "title": "标题", "situation": "甲", "progress": "乙", "asks": "丙"}
    office.post(url(made, "edit/"), sent | {"named": [town.west.pk]})
    made.refresh_from_db()
    assert (made.title, made.named) == ("标题", [{"id": town.west.pk, "name": town.west.name}])
    stale = office.post(url(made, "edit/"), sent)
    assert "刚刚在别处被修改过" in stale.content.decode()
    office.post(url(made, "refresh/"), {"version": 2})
    office.post(url(made, "submit/"), {"version": 3})
    director.post(url(made, "return/"), {"version": 4, "note": "再核对"})
    office.post(url(made, "submit/"), {"version": 5})
    office.post(url(made, "withdraw/"), {"version": 6})
    office.post(url(made, "submit/"), {"version": 7})
    director.post(url(made, "issue/"), {"version": 8})
    made.refresh_from_db()
    assert made.is_issued
    assert made.title == "标题"


def test_a_unit_finds_it_at_home_and_reading_it_is_a_receipt(client_for, people, told, town):
    east = client_for(people.east)
    assert f"周通报{told.number}" in east.get("/").content.decode()
    assert UNREAD in east.get("/reports/bulletins/").content.decode()
    page = east.get(url(told)).content.decode()
    assert told.title in page
    assert "阅读回执" not in page
    receipt = BulletinRead.objects.get()
    assert (receipt.unit, receipt.reader) == (town.east, people.east)
    assert f"周通报{told.number}" not in east.get("/").content.decode()
    assert UNREAD not in east.get("/reports/bulletins/").content.decode()
    seen = client_for(people.office).get(url(told)).content.decode()
    assert seen.count("未读</span>") == 4
    assert people.east.full_name in seen


def test_unread_units_are_reminded_with_one_click(client_for, people, told):
    office = client_for(people.office)
    assert "已提醒 5 个单位" in office.post(url(told, "remind/"), follow=True).content.decode()
    again = office.post(url(told, "remind/"), follow=True).content.decode()
    assert "4 小时内已经提醒过" in again


def test_early_figures_are_said_to_be_early(client_for, people, period):
    ReportPeriod.objects.filter(pk=period.pk).update(due_at=timezone.now() + dt.timedelta(hours=1))
    office = client_for(people.office)
    assert "data-confirm" in office.get(f"/reports/?period={period.pk}").content.decode()
    page = office.post(f"/reports/weeks/{period.pk}/bulletin/", follow=True).content.decode()
    assert "尚有 6 个单位未报送" in page
    assert "报请审批</button>" not in page


def test_the_page_says_which_units_changed_before_somebody_presses(client_for, people, due, signed):
    made = services.make(actor=people.office, period=due)[0]
    office, director = client_for(people.office), client_for(people.director)
    changed = "有 1 个单位的报送情况有变化：东村由“未报”变为“迟报”"
    page = office.get(url(made)).text
    assert "报送情况有变化" not in page
    assert "报请审批</button>" in page
    signed()
    page = office.get(url(made)).text
    assert f"{changed}。请重新取数后再报请审批。" in page
    assert "报请审批</button>" not in page
    answer = office.post(url(made, "submit/"), {"version": made.version}, follow=True)
    assert answer.text.count(changed) == 2
    office.post(url(made, "refresh/"), {"version": made.version})
    office.post(url(made, "submit/"), {"version": made.version + 1})
    assert "批准印发</button>" in director.get(url(made)).text
    WeeklyReport.objects.update(state="returned", **UNSIGNED)
    page = director.get(url(made)).text
    assert "请先撤回修改或退回修改，重新取数后再报请审批。" in page
    assert "批准印发</button>" not in page


def test_the_page_says_which_parts_were_written_by_hand_and_follow_no_figures(
    client_for, people, due, town
):
    made = services.make(actor=people.office, period=due)[0]
    office, director = client_for(people.office), client_for(people.director)
    words, lists = "人工修改，不随取数更新", "人工修改，取数时只去掉不再符合的单位"
    assert "人工修改" not in office.get(url(made)).text
    sent = {name: getattr(made, name) for name in WORDS} | {"version": made.version}
    office.post(url(made, "edit/"), sent | {"situation": "另写。", "named": [town.west.pk]})
    answer = office.post(url(made, "refresh/"), {"version": made.version + 1}, follow=True)
    assert "注明“人工修改”的部分没有随之更新" in answer.text
    assert (answer.text.count(words), answer.text.count(lists)) == (1, 1)
    office.post(url(made, "edit/"), sent | {"title": "改", "asks": "改", "version": 3})
    made.refresh_from_db()
    assert made.edited == ["asks", "named", "situation", "title"]
    assert office.get(url(made)).text.count(words) == 3
    office.post(url(made, "submit/"), {"version": 4})
    assert director.get(url(made)).text.count("人工修改") == 4
    director.post(url(made, "issue/"), {"version": 5})
    for person in (people.director, people.west):
        assert "人工修改" not in client_for(person).get(url(made)).text


def test_a_browser_marks_only_what_a_person_has_changed(client_for, people, due):
    made = services.make(actor=people.office, period=due)[0]
    assert "\n" in made.situation
    # Browsers send every line of a field with a carriage return.
    words = {name: getattr(made, name).replace("\n", "\r\n") for name in WORDS}
    sent = words | {"named": [unit["id"] for unit in made.named], "version": 1}
    client_for(people.office).post(url(made, "edit/"), sent | {"asks": "甲\r\n乙"})
    made.refresh_from_db()
    assert (made.edited, made.asks) == (["asks"], "甲\n乙")


def test_nothing_of_a_lead_is_on_the_page_or_in_the_file(client_for, people, told, lead):
    page = client_for(people.west).get(url(told)).content.decode()
    file = opened(told)
    tables = [cell.text for table in file.tables for row in table.rows for cell in row.cells]
    text = "\n".join([*(one.text for one in file.paragraphs), *tables])
    assert "目前在办重大线索1件：已转办1件。" in page
    assert "目前在办重大线索1件：已转办1件。" in text
    for word in (*CANARIES, lead.number, lead.allegation):
        assert word not in page
        assert word not in text


def test_pages_ask_as_often_for_many_units_as_for_few(
    client_for, people, told, django_assert_max_num_queries
):
    office = client_for(people.office)
    office.get(url(told))
    with django_assert_max_num_queries(16):
        office.get(url(told))
    with django_assert_max_num_queries(12):
        office.get("/reports/bulletins/")


def test_a_draft_asks_as_often_whatever_has_changed(
    client_for, people, due, town, django_assert_max_num_queries
):
    made = services.make(actor=people.office, period=due)[0]
    office = client_for(people.office)
    office.get(url(made))
    Exemption.objects.create(
        unit=town.west,
        first_week=due.starts_on,
        last_week=due.last_week,
        reason="受灾",
        given_by=people.director,
    )
    due.expectations.update(exemption=Exemption.objects.get())
    with django_assert_max_num_queries(14):
        assert "有 6 个单位" in office.get(url(made)).text


def test_the_file_is_handed_out_and_that_is_on_record(client_for, people, told):
    answer = client_for(people.east).get(url(told, "file/"))
    file = Document(io.BytesIO(b"".join(answer.streaming_content)))
    assert file.paragraphs[2].text == told.number
    entry = AuditEntry.objects.filter(action="paper_downloaded").latest("pk")
    assert (entry.actor, entry.object_label) == (people.east, f"周通报 {told.number}")
    assert BulletinRead.objects.get().reader == people.east


def test_the_file_has_the_layout_of_official_papers(told):
    file = opened(told)
    section = file.sections[0]
    margins = (section.top_margin, section.left_margin, section.right_margin, section.bottom_margin)
    for found, exact in zip(margins, (37, 28, 26, 35), strict=True):
        assert abs(found - Mm(exact)) <= Mm(0.02)
    body = paragraph(file, "目前在办重大线索1件：已转办1件。")
    assert body.paragraph_format.line_spacing == Pt(29)
    for text, name, size in (
        (told.title, "方正小标宋简体", 22),
        ("一、总体情况", "黑体", 16),
        ("（一）各单位报送情况", "楷体_GB2312", 16),
        (body.text, "仿宋_GB2312", 16),
    ):
        run = paragraph(file, text).runs[0]
        assert (run._r.rPr.rFonts.get(qn("w:eastAsia")), run.font.size) == (name, Pt(size))
    headings = [one.text for one in file.paragraphs if re.match("[一二三四五]、", one.text)]
    assert headings == [
        "一、总体情况",
        "二、主要数据",
        "三、报送情况",
        "四、重点线索进展",
        "五、下周要求",
    ]
    assert " PAGE " in section.footer.paragraphs[0]._p.xml


def test_the_head_is_red_over_a_red_rule_and_fits_a_line(told):
    file = opened(told)
    head = file.paragraphs[0]
    assert head.text == "扫黑除恶专项斗争周通报"
    assert head.runs[0].font.color.rgb == RGBColor(0xE6, 0x00, 0x12)
    assert len(head.text) * head.runs[0].font.size <= Mm(156)
    rule = paragraph(file, told.number)._p.pPr.find(qn("w:pBdr")).find(qn("w:bottom"))
    assert rule.get(qn("w:color")) == "E60012"


def test_figures_stand_beside_last_weeks_in_a_table(told):
    table, _colophon = opened(told).tables
    rows = [[cell.text for cell in row.cells] for row in table.rows]
    assert rows[0] == ["项目", "单位", "本周", "上周", "增减"]
    assert rows[1] == ["新登记线索", "件", "1", "—", "—"]
    assert len(rows) == 1 + len(told.figures)
    assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None


def test_a_change_carries_its_sign():
    rows = [{"now": now, "before": before} for now, before in ((3, 1), (1, 3), (2, 2), (1, None))]
    assert [row["change"] for row in document.figure_rows(rows)] == ["+2", "-2", "0", None]


@libreoffice.needed
@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler is not installed")
def test_libreoffice_lays_it_out_in_pages_with_a_red_head(told, tmp_path):
    source = tmp_path / "bulletin.docx"
    source.write_bytes(document.file_of(told))
    pages = libreoffice.convert(source, "pdf")
    draw = ["pdftoppm", "-r", "40", str(pages), str(tmp_path / "page")]
    subprocess.run(draw, check=True, timeout=60)
    pages = sorted(tmp_path.glob("page-*.ppm"))
    assert 2 <= len(pages) <= 4
    pictures = [_pixels(page.read_bytes()) for page in pages]
    assert {size for size, _ in pictures} == {(331, 468)}  # A4
    assert any(_is_red(pixel) for pixel in pictures[0][1])
    for _, pixels in pictures[1:]:
        assert any(sum(pixel) < 300 for pixel in pixels)
        assert not any(_is_red(pixel) for pixel in pixels)


def _pixels(picture: bytes) -> tuple[tuple[int, int], list[tuple[int, int, int]]]:
    """Size and pixels of a portable pixmap."""
    _, width, height, _ = picture.split(maxsplit=4)[:4]
    body = picture[-int(width) * int(height) * 3 :]
    pixels = list(zip(body[::3], body[1::3], body[2::3], strict=True))
    return (int(width), int(height)), pixels


def _is_red(pixel: tuple[int, int, int]) -> bool:
    red, green, blue = pixel
    return red > 180 and green < 120 and blue < 120
