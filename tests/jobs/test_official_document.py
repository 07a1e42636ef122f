"""The layout of official papers, measured in the file as a typist would measure it."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import replace

import pytest
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from jobs.official_document import (
    Appendix,
    OfficialDocument,
    Paragraph,
    build,
    chinese_date,
)

PAPER = OfficialDocument(
    number="演扫黑办移〔2026〕1号",
    title="关于移交线索的函",
    addressee="派出所",
    paragraphs=(
        Paragraph("现将线索移交你单位。"),
        Paragraph("一、办理要求", level=1),
        Paragraph("（一）时限", level=2),
        Paragraph("1.请于2026年11月6日前反馈。", level=3),
    ),
    attachments=("线索反映材料", "清单"),
    issuer="演示镇扫黑办",
    day=dt.date(2026, 11, 6),
    copies_to="镇党委",
    printed_by="演示镇扫黑办",
    appendices=(Appendix(mark="附件", title="回　执", rows=(("接收人", ""),)),),
)


@pytest.fixture(scope="module")
def document():
    return Document(io.BytesIO(build(PAPER)))


def paragraph(document, text):
    return next(one for one in document.paragraphs if one.text == text)


def font(run):
    fonts = run._r.rPr.rFonts
    return fonts.get(qn("w:eastAsia")), run.font.size


def indent(one, name):
    found = one._p.pPr.find(qn("w:ind"))
    return found is not None and found.get(qn(f"w:{name}"))


def test_the_page_is_a4_with_the_standards_margins(document):
    section = document.sections[0]
    size = section.page_width, section.page_height
    margins = (section.top_margin, section.left_margin, section.right_margin, section.bottom_margin)
    # Word counts in twentieths of a point: a hundredth of a millimetre is lost.
    wanted = [Mm(value) for value in (210, 297, 37, 28, 26, 35)]
    for found, exact in zip([*size, *margins], wanted, strict=True):
        assert abs(found - exact) <= Mm(0.02)


def test_a_page_holds_22_lines_of_28_characters(document):
    grid = document.sections[0]._sectPr.find(qn("w:docGrid"))
    assert grid.get(qn("w:type")) == "lines"
    assert abs(22 * int(grid.get(qn("w:linePitch"))) / 20 - 225 / 25.4 * 72) < 0.5  # points
    run = paragraph(document, "现将线索移交你单位。").runs[0]
    character = 16 + int(run._r.rPr.find(qn("w:spacing")).get(qn("w:val"))) / 20
    assert int(156 / 25.4 * 72 / character) == 28
    assert document.styles["Normal"].font.size == Pt(16)


@pytest.mark.parametrize(
    ("text", "name", "size"),
    [
        ("关于移交线索的函", "方正小标宋简体", 22),
        ("现将线索移交你单位。", "仿宋_GB2312", 16),
        ("一、办理要求", "黑体", 16),
        ("（一）时限", "楷体_GB2312", 16),
        ("1.请于2026年11月6日前反馈。", "仿宋_GB2312", 16),
        ("演扫黑办移〔2026〕1号", "仿宋_GB2312", 16),
        ("附件", "黑体", 16),
    ],
)
def test_fonts_are_named_for_chinese(document, text, name, size):
    assert font(paragraph(document, text).runs[0]) == (name, Pt(size))


def test_lines_are_29_points_and_text_is_indented_by_two(document):
    body = paragraph(document, "现将线索移交你单位。")
    assert body.paragraph_format.line_spacing == Pt(29)
    assert body.paragraph_format.space_after == Pt(0)
    assert indent(body, "firstLineChars") == "200"
    assert indent(paragraph(document, "派出所："), "firstLineChars") is False


def test_the_date_stands_four_characters_in_and_the_issuer_is_centred_above(document):
    texts = [one.text for one in document.paragraphs]
    date = paragraph(document, "2026年11月6日")
    issuer = document.paragraphs[texts.index("2026年11月6日") - 1]
    assert issuer.text == "演示镇扫黑办"
    assert date.alignment == issuer.alignment == WD_ALIGN_PARAGRAPH.RIGHT
    assert indent(date, "rightChars") == "400"
    # 6.5 characters above 6: a quarter on either side.
    assert indent(issuer, "rightChars") == "425"


def test_a_long_issuer_stands_two_characters_in_and_the_date_moves_with_it():
    name = "演示镇扫黑除恶专项斗争领导小组办公室"
    made = Document(io.BytesIO(build(replace(PAPER, issuer=name))))
    date = paragraph(made, "2026年11月6日")
    issuer = paragraph(made, name)
    right = [int(indent(one, "rightChars")) for one in (issuer, date)]
    assert right == [200, 200 + (1800 - 650) // 2]


def test_page_numbers_stand_outside_between_dashes(document):
    assert document.settings.odd_and_even_pages_header_footer
    section = document.sections[0]
    sides = {
        section.footer: (WD_ALIGN_PARAGRAPH.RIGHT, "rightChars"),
        section.even_page_footer: (WD_ALIGN_PARAGRAPH.LEFT, "leftChars"),
    }
    for footer, (side, indented) in sides.items():
        one = footer.paragraphs[0]
        assert one.text == "— 1 —"
        assert one.alignment == side
        assert indent(one, indented) == "100"
        assert {font(run) for run in one.runs} == {("宋体", Pt(14))}
        assert " PAGE " in one._p.xml


def test_the_colophon_stands_at_the_foot_of_the_last_page_between_its_rules(document):
    table = document.tables[-1]
    assert [cell.text for cell in table.columns[0].cells] == [
        "抄送：镇党委。",
        "演示镇扫黑办\t2026年11月6日印发",
    ]
    assert table._tbl is document.element.body.findall(qn("w:tbl"))[-1], "after the appendix"
    place = table._tbl.tblPr.find(qn("w:tblpPr"))
    assert place.get(qn("w:vertAnchor")) == "margin"
    assert place.get(qn("w:tblpYSpec")) == "bottom"
    rules = {
        rule.tag.rpartition("}")[2]: int(rule.get(qn("w:sz"))) / 8 / 72 * 25.4
        for rule in table._tbl.tblPr.find(qn("w:tblBorders"))
    }
    assert rules == {
        "top": pytest.approx(0.35, abs=0.02),
        "insideH": pytest.approx(0.25, abs=0.02),
        "bottom": pytest.approx(0.35, abs=0.02),
    }
    assert font(table.cell(0, 0).paragraphs[0].runs[0]) == ("仿宋_GB2312", Pt(14))


def test_the_signature_is_never_alone_on_a_page(document):
    texts = [one.text for one in document.paragraphs]
    issuer = texts.index("演示镇扫黑办")
    end = document.paragraphs[issuer - 3 : issuer + 1]
    assert [one.text for one in end] == ["　　　2.清单", "", "", "演示镇扫黑办"]
    assert all(one.paragraph_format.keep_with_next for one in end)


def test_appendices_begin_a_page_and_attachments_are_numbered(document):
    assert paragraph(document, "附件").paragraph_format.page_break_before
    assert [one.text for one in document.paragraphs if "反映材料" in one.text] == [
        "附件：1.线索反映材料"
    ]
    assert paragraph(document, "　　　2.清单")
    assert document.tables[0].cell(0, 0).text == "接收人"


def test_the_file_says_nothing_of_who_made_it(document):
    about = document.core_properties
    assert (about.author, about.last_modified_by, about.comments) == ("", "", "")


def test_dates_have_no_leading_zeros():
    assert chinese_date(dt.date(2026, 1, 5)) == "2026年1月5日"


@pytest.mark.parametrize("text", ["a\x00b\x0bc", "<w:p>&amp;", "𠮷\ud800", "=1+1"])
def test_any_text_makes_a_file_that_opens(text):
    made = build(replace(PAPER, paragraphs=(Paragraph(text),)))
    assert Document(io.BytesIO(made)).paragraphs
