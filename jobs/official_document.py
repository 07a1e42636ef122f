"""Official papers in Word, in the layout of GB/T 9704-2012. No other module knows the library.

A paper is described by plain values (`OfficialDocument`); everything that a typist would measure
is here. Fonts are named, never shipped: a machine without them shows its own in their place.
"""

from __future__ import annotations

import datetime as dt
import io
import math
import re
from dataclasses import dataclass
from typing import Any

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Emu, Mm, Pt, RGBColor

TITLE_FONT = "方正小标宋简体"
BODY_FONT = "仿宋_GB2312"
KAI_FONT = "楷体_GB2312"
HEI_FONT = "黑体"
PAGE_FONT = "宋体"
#: 2号, 3号 and 4号, in points.
TITLE_SIZE, BODY_SIZE, SMALL_SIZE = 22, 16, 14
#: A4 and its margins, in millimetres: what is left is 156 × 225.
PAGE = (210, 297)
TOP, RIGHT, BOTTOM, LEFT = 37, 26, 35, 28
LINES, CHARACTERS = 22, 28
POINTS_PER_MM = 72 / 25.4
#: The height of a line, in points.
LINE = (PAGE[1] - TOP - BOTTOM) * POINTS_PER_MM / LINES
#: What brings 28 characters into a line, in twentieths of a point: a little less than the width
#: of the type. A grid of characters would say the same, but LibreOffice then gives each two cells.
SQUEEZE = math.floor(((PAGE[0] - LEFT - RIGHT) * POINTS_PER_MM / CHARACTERS - BODY_SIZE) * 20)
#: The page number stands 7 mm below the text.
FOOTER = BOTTOM - 7 - 5
#: Rules of the colophon (版记): thick, thin, thick; in eighths of a point.
THICK, THIN = round(0.35 * POINTS_PER_MM * 8), round(0.25 * POINTS_PER_MM * 8)
#: The mark of the issuer and the rule below it: red, at most 36 points; the rule is of 2 points,
#: 4 mm below the number.
RED, HEAD_SIZE, HEAD_RULE, HEAD_SPACE = "E60012", 36, 16, round(4 * POINTS_PER_MM)
#: The font of each level of headings: 一、 (一) 1. (1); zero is the text itself.
LEVEL_FONTS = (BODY_FONT, HEI_FONT, KAI_FONT, BODY_FONT, BODY_FONT)
JUSTIFIED = WD_ALIGN_PARAGRAPH.JUSTIFY
#: Characters that XML cannot hold.
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of text, or a heading of level 1 (一、) to 4 ((1))."""

    text: str
    level: int = 0


@dataclass(frozen=True, kw_only=True)
class Table:
    """A ruled table between paragraphs: its first column is text, the others are centred.

    `widths` are those of the columns, in millimetres.
    """

    headings: tuple[str, ...]
    widths: tuple[int, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Appendix:
    """A part that starts a page of its own: its mark (附件), title, and text or a form to fill.

    `rows` are pairs of a label and what stands beside it, empty where somebody is to write.
    """

    mark: str = ""
    title: str
    paragraphs: tuple[Paragraph, ...] = ()
    rows: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class OfficialDocument:
    """What a paper says. `issuer` signs it; `day` is its date.

    With a `head` (发文机关标志) that stands in red above the number, and a red rule below it.
    """

    number: str
    title: str
    addressee: str
    paragraphs: tuple[Paragraph | Table, ...]
    attachments: tuple[str, ...] = ()
    issuer: str
    day: dt.date
    copies_to: str = ""
    printed_by: str = ""
    head: str = ""
    appendices: tuple[Appendix, ...] = ()


def chinese_date(day: dt.date) -> str:
    """2026年11月6日: no leading zeros."""
    return f"{day.year}年{day.month}月{day.day}日"


def build(paper: OfficialDocument) -> bytes:
    """The paper as a .docx file."""
    document = Document()
    _set_up(document, paper)
    if paper.head:
        _head(document, paper.head)
    number = _line(document, paper.number, align=WD_ALIGN_PARAGRAPH.CENTER)
    if paper.head:
        _ruled(number, bottom=_rule(HEAD_RULE, color=RED, space=HEAD_SPACE))
    _line(document, "")
    _title(document, paper.title)
    _line(document, "")
    _line(document, f"{paper.addressee}：")
    for told in paper.paragraphs:
        if isinstance(told, Table):
            _table(document, told)
        else:
            _paragraph(document, told)
    _attachment_note(document, paper.attachments)
    _signature(document, paper.issuer, paper.day)
    for appendix in paper.appendices:
        _appendix(document, appendix)
    if paper.printed_by:
        _colophon(document, paper)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def _set_up(document: Any, paper: OfficialDocument) -> None:
    """Page, grid, default font, page numbers, and nothing about who wrote the file."""
    section = document.sections[0]
    section.page_width, section.page_height = Mm(PAGE[0]), Mm(PAGE[1])
    section.top_margin, section.bottom_margin = Mm(TOP), Mm(BOTTOM)
    section.left_margin, section.right_margin = Mm(LEFT), Mm(RIGHT)
    section.footer_distance = Mm(FOOTER)
    for old in section._sectPr.findall(qn("w:docGrid")):
        section._sectPr.remove(old)
    section._sectPr.append(_element("w:docGrid", type="lines", linePitch=round(LINE * 20)))
    normal = document.styles["Normal"]
    normal.font.size = Pt(BODY_SIZE)
    _name_font(normal.element.get_or_add_rPr(), BODY_FONT)
    document.settings.odd_and_even_pages_header_footer = True
    _page_number(section.footer, WD_ALIGN_PARAGRAPH.RIGHT)
    _page_number(section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT)
    about = document.core_properties
    about.author = about.last_modified_by = about.comments = ""
    about.title = _clean(paper.title)
    about.language = "zh-CN"


def _page_number(footer: Any, align: Any) -> None:
    """— 1 —, on the outer side, one character in."""
    footer.is_linked_to_previous = False
    paragraph = footer.paragraphs[0]
    paragraph.alignment = align
    side = "right" if align == WD_ALIGN_PARAGRAPH.RIGHT else "left"
    _indent(paragraph, **{side: 1}, size=SMALL_SIZE)
    _run(paragraph, "— ", font=PAGE_FONT, size=SMALL_SIZE)
    number = _run(paragraph, "", font=PAGE_FONT, size=SMALL_SIZE)
    for kind, text in (("begin", ""), ("", " PAGE "), ("separate", ""), ("text", "1"), ("end", "")):
        if kind in ("", "text"):
            piece = OxmlElement("w:instrText" if not kind else "w:t")
            piece.set(qn("xml:space"), "preserve")
            piece.text = text
        else:
            piece = _element("w:fldChar", fldCharType=kind)
        number._r.append(piece)
    _run(paragraph, " —", font=PAGE_FONT, size=SMALL_SIZE)


def _head(document: Any, text: str) -> None:
    """The issuer's mark: red, as large as one line holds it, and a line of air below."""
    width = (PAGE[0] - LEFT - RIGHT) * POINTS_PER_MM - 8
    size = min(HEAD_SIZE, math.floor(width / _width(text)))
    paragraph = _line(document, "", align=WD_ALIGN_PARAGRAPH.CENTER)
    paragraph.paragraph_format.line_spacing = Pt(max(LINE, size * 1.3))
    run = _run(paragraph, text, font=TITLE_FONT, size=size)
    run.font.color.rgb = RGBColor.from_string(RED)
    _line(document, "")


def _title(document: Any, text: str) -> None:
    paragraph = _line(document, "", align=WD_ALIGN_PARAGRAPH.CENTER)
    # A title of 22 points does not fit into a line of the text: it has its own height.
    paragraph.paragraph_format.line_spacing = Pt(LINE * 1.25)
    _run(paragraph, text, font=TITLE_FONT, size=TITLE_SIZE)


def _paragraph(document: Any, told: Paragraph) -> None:
    for text in told.text.splitlines() or [""]:
        paragraph = _line(document, text, font=LEVEL_FONTS[told.level], align=JUSTIFIED)
        _indent(paragraph, first=2)


def _attachment_note(document: Any, names: tuple[str, ...]) -> None:
    """附件：… one line below the text; several are numbered one below the other."""
    if not names:
        return
    _line(document, "")
    for number, name in enumerate(names, 1):
        label = "附件：" if number == 1 else "　　　"
        numbered = f"{number}.{name}" if len(names) > 1 else name
        _indent(_line(document, f"{label}{numbered}"), left=2)


def _signature(document: Any, issuer: str, day: dt.date) -> None:
    """The date four characters in from the right, the issuer centred above it.

    Never alone on a page: the end of the text goes with them.
    """
    for _ in range(2):
        _line(document, "")
    for paragraph in document.paragraphs[-3:]:
        paragraph.paragraph_format.keep_with_next = True
    date = chinese_date(day)
    right = 4 + (_width(date) - _width(issuer)) / 2
    date_right = 4.0
    if right < 2:  # a long name: it is moved in, and the date with it
        date_right, right = date_right + 2 - right, 2.0
    for text, space in ((issuer, right), (date, date_right)):
        paragraph = _line(document, text, align=WD_ALIGN_PARAGRAPH.RIGHT)
        _indent(paragraph, right=space)
        paragraph.paragraph_format.keep_with_next = text == issuer


def _colophon(document: Any, paper: OfficialDocument) -> None:
    """版记: copies, who printed it and when, between rules; at the foot of the last page.

    Where a program does not float tables as wide as the text, it stands below the signature.
    """
    _line(document, "")
    lines = [f"抄送：{paper.copies_to}。"] if paper.copies_to else []
    lines.append(f"{paper.printed_by}\t{chinese_date(paper.day)}印发")
    table = document.add_table(rows=len(lines), cols=1)
    table.autofit = False
    foot = {"vertAnchor": "margin", "horzAnchor": "margin"}
    place = _element("w:tblpPr", **foot, tblpXSpec="center", tblpYSpec="bottom")
    table._tbl.tblPr.insert_element_before(place, "w:tblW", "w:jc", "w:tblLayout", "w:tblLook")
    rules = _element("w:tblBorders")
    for side, thickness in (("top", THICK), ("bottom", THICK), ("insideH", THIN)):
        rules.append(_element(f"w:{side}", **_rule(thickness)))
    table._tbl.tblPr.insert_element_before(rules, "w:tblLayout", "w:tblLook")
    width = (PAGE[0] - LEFT - RIGHT) * POINTS_PER_MM
    table.columns[0].width = Pt(width)
    for row, text in zip(table.rows, lines, strict=True):
        row.cells[0].width = Pt(width)
        paragraph = row.cells[0].paragraphs[0]
        _exact(paragraph)
        _indent(paragraph, left=1, right=1, size=SMALL_SIZE)
        paragraph.paragraph_format.tab_stops.add_tab_stop(
            Pt(width - 2 * SMALL_SIZE), WD_TAB_ALIGNMENT.RIGHT
        )
        _run(paragraph, text, size=SMALL_SIZE)
    # A floating table hangs on the paragraph after it.
    _line(document, "")


def _appendix(document: Any, told: Appendix) -> None:
    first = _line(document, told.mark, font=HEI_FONT)
    first.paragraph_format.page_break_before = True
    _line(document, "")
    _title(document, told.title)
    _line(document, "")
    for paragraph in told.paragraphs:
        _paragraph(document, paragraph)
    if told.rows:
        _form(document, told.rows)


def _form(document: Any, rows: tuple[tuple[str, str], ...]) -> None:
    """A ruled form of labels and values, tall enough to write in by hand."""
    table = document.add_table(rows=0, cols=2, style="Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    widths = Mm(46), Mm(PAGE[0] - LEFT - RIGHT - 46)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    for label, value in rows:
        row = table.add_row()
        row.height = Pt(LINE * 1.5)
        for cell, text, width in zip(row.cells, (label, value), widths, strict=True):
            cell.width = width
            paragraph = cell.paragraphs[0]
            _exact(paragraph)
            for place, line in enumerate(text.splitlines() or [""]):
                if place:
                    paragraph = cell.add_paragraph()
                    _exact(paragraph)
                _run(paragraph, line, size=SMALL_SIZE)


def _table(document: Any, told: Table) -> None:
    """In 4号; the headings are repeated on every page that it reaches."""
    table = document.add_table(rows=0, cols=len(told.headings), style="Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    for column, width in zip(table.columns, told.widths, strict=True):
        column.width = Mm(width)
    for place, values in enumerate((told.headings, *told.rows)):
        row = table.add_row()
        properties = row._tr.get_or_add_trPr()
        properties.append(_element("w:cantSplit"))
        if place == 0:
            properties.append(_element("w:tblHeader"))
        for column, text in enumerate(values):
            cell = row.cells[column]
            cell.width = Mm(told.widths[column])
            paragraph = cell.paragraphs[0]
            _exact(paragraph)
            if column or not place:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
            _run(paragraph, text, font=BODY_FONT if place else HEI_FONT, size=SMALL_SIZE)


def _line(document: Any, text: str, *, font: str = BODY_FONT, align: Any = None) -> Any:
    paragraph = document.add_paragraph()
    paragraph.alignment = align
    _exact(paragraph)
    if text:
        _run(paragraph, text, font=font)
    return paragraph


def _exact(paragraph: Any) -> None:
    layout = paragraph.paragraph_format
    layout.space_before = layout.space_after = Pt(0)
    layout.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    layout.line_spacing = Emu(round(LINE * 20) * 635)


def _indent(
    paragraph: Any, *, first: float = 0, left: float = 0, right: float = 0, size: int = BODY_SIZE
) -> None:
    """Indents in characters, and in points for programs that do not count characters."""
    indent = paragraph._p.get_or_add_pPr().get_or_add_ind()
    for name, count in (("firstLine", first), ("left", left), ("right", right)):
        if count:
            indent.set(qn(f"w:{name}Chars"), str(round(count * 100)))
            indent.set(qn(f"w:{name}"), str(round(count * size * 20)))


def _run(paragraph: Any, text: str, *, font: str = BODY_FONT, size: int = BODY_SIZE) -> Any:
    run = paragraph.add_run(_clean(text))
    run.font.size = Pt(size)
    _name_font(run._r.get_or_add_rPr(), font)
    if size == BODY_SIZE:
        squeeze = _element("w:spacing", val=SQUEEZE)
        run._r.rPr.insert_element_before(squeeze, "w:w", "w:kern", "w:position", "w:sz", "w:szCs")
    return run


def _name_font(properties: Any, font: str) -> None:
    """The font for every script, the Chinese one above all; a theme would win over names."""
    fonts = properties.get_or_add_rFonts()
    for name in list(fonts.attrib):
        del fonts.attrib[name]
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{script}"), font)
    fonts.set(qn("w:hint"), "eastAsia")


def _ruled(paragraph: Any, **sides: dict[str, object]) -> None:
    borders = OxmlElement("w:pBdr")
    for side, rule in sides.items():
        borders.append(_element(f"w:{side}", **rule))
    paragraph._p.get_or_add_pPr().insert_element_before(
        borders, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )


def _rule(eighths: int, *, color: str = "000000", space: int = 1) -> dict[str, object]:
    return {"val": "single", "sz": eighths, "space": space, "color": color}


def _element(tag: str, **attributes: object) -> Any:
    element = OxmlElement(tag)
    for name, value in attributes.items():
        element.set(qn(f"w:{name}"), str(value))
    return element


def _width(text: str) -> float:
    """The width in characters: digits and Latin letters take half of one."""
    return sum(0.5 if ord(character) < 0x2000 else 1 for character in text)


def _clean(text: str) -> str:
    return UNPRINTABLE.sub("", text)
