"""The bulletin as a file, in the layout of official papers."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from jobs import official_document as layout
from reporting.bulletins.filing import GROUPS, Units
from reporting.bulletins.models import Bulletin

HEAD = "扫黑除恶专项斗争周通报"
ADDRESSEE = "各村（居），镇属各单位"


def file_of(bulletin: Bulletin) -> bytes:
    """The bulletin as .docx; before it is issued without a number, and marked as a draft."""
    moment = bulletin.issued_at or bulletin.taken_at
    return layout.build(
        layout.OfficialDocument(
            head=HEAD,
            number=bulletin.number or "（草稿，未印发）",
            title=bulletin.title,
            addressee=ADDRESSEE,
            paragraphs=(
                layout.Paragraph("一、总体情况", level=1),
                *_paragraphs(bulletin.situation),
                layout.Paragraph("二、主要数据", level=1),
                _table(bulletin.figures),
                layout.Paragraph("三、报送情况", level=1),
                *_filing(bulletin),
                layout.Paragraph("四、重点线索进展", level=1),
                *_paragraphs(bulletin.progress),
                layout.Paragraph("五、下周要求", level=1),
                *_paragraphs(bulletin.asks),
            ),
            issuer=bulletin.issuer,
            day=timezone.localdate(moment),
            printed_by=bulletin.issuer,
        )
    )


def figure_rows(figures: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The figures with their change against last week; None where one of the two is missing."""
    return [
        row
        | {
            "change": None
            if row["now"] is None or row["before"] is None
            else f"{row['now'] - row['before']:+d}".replace("+0", "0")
        }
        for row in figures
    ]


def _table(figures: list[dict[str, Any]]) -> layout.Table:
    return layout.Table(
        headings=("项目", "单位", "本周", "上周", "增减"),
        widths=(76, 20, 20, 20, 20),
        rows=tuple(
            (row["label"], row["unit"], *(_said(row[name]) for name in ("now", "before", "change")))
            for row in figure_rows(figures)
        ),
    )


def _said(value: object) -> str:
    return "—" if value is None else str(value)


def _filing(bulletin: Bulletin) -> list[layout.Paragraph]:
    groups = [
        (label, bulletin.filing[code]) for code, label in GROUPS.items() if bulletin.filing[code]
    ]
    lines = [layout.Paragraph("（一）各单位报送情况", level=2)]
    lines += [
        layout.Paragraph(f"{label}{len(units)}个：{names(units)}。") for label, units in groups
    ]
    for mark, title, words, units in (
        ("二", "表扬", "连续按时报送，予以表扬", bulletin.praised),
        ("三", "点名", "没有按要求报送，予以点名", bulletin.named),
    ):
        lines.append(layout.Paragraph(f"（{mark}）{title}", level=2))
        lines.append(layout.Paragraph(f"{names(units)}{words}。" if units else f"本周无{title}。"))
    return lines


def names(units: Units) -> str:
    return "、".join(unit["name"] for unit in units)


def _paragraphs(text: str) -> list[layout.Paragraph]:
    return [layout.Paragraph(line.strip()) for line in text.splitlines() if line.strip()]
