"""The form of the weekly report as it is declared, and what makes an answer complete.

Which form holds for which week, and where it is kept: `reporting.form_versions`. A report keeps the
version of the form it was written on.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

LARGEST = 999_999
LONGEST = 2000
LONGEST_REMARK = 200
NOT_WHOLE = "请填写整数。"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A number: what it counts, in which unit of measure, and its bounds.

    `kinds` are the kinds of unit that are asked for it; none named is all. `counted` is whether
    the portal's own count of its code is offered. A figure is usually not more than the one it is
    `part_of`, and usually comes of an act, `result_of`.
    """

    code: str
    label: str
    block: str
    unit: str
    help: str = ""
    smallest: int = 0
    largest: int = LARGEST
    required: bool = True
    counted: bool = False
    part_of: str = ""
    result_of: str = ""
    kinds: tuple[str, ...] = ()
    is_active: bool = True


@dataclass(frozen=True, kw_only=True)
class Text:
    """A text. A required one may be empty only in a zero report."""

    code: str
    label: str
    block: str
    help: str = ""
    longest: int = LONGEST
    required: bool = False
    kinds: tuple[str, ...] = ()
    is_active: bool = True


@dataclass(frozen=True)
class ReportForm:
    """One version. What is switched off stays in it, so that it can be switched on again."""

    version: int
    blocks: tuple[str, ...]
    figures: tuple[Figure, ...]
    texts: tuple[Text, ...]

    def asked_of(self, kind: str, answered: Collection[str] = ()) -> ReportForm:
        """The part of the form that units of `kind` fill, and what was `answered` of the rest."""

        def is_asked(item: Figure | Text) -> bool:
            asked = item.is_active and (not item.kinds or kind in item.kinds)
            return asked or item.code in answered

        figures = tuple(item for item in self.figures if is_asked(item))
        texts = tuple(item for item in self.texts if is_asked(item))
        shown = {item.block for item in (*figures, *texts)}
        blocks = tuple(block for block in self.blocks if block in shown)
        return replace(self, blocks=blocks, figures=figures, texts=texts)

    def offered(self, counts: Mapping[str, int]) -> dict[str, int]:
        """Of what the portal counts, what this form offers."""
        return {
            item.code: counts[item.code]
            for item in self.figures
            if item.counted and item.code in counts
        }

    def says(self, other: ReportForm) -> bool:
        """Whether the other asks just the same, whatever its version."""
        return self == replace(other, version=self.version)

    def as_data(self) -> dict[str, Any]:
        """All of it but the version, to be kept as JSON."""
        data = asdict(self)
        del data["version"]
        return data


def of_data(version: int, data: Mapping[str, Any]) -> ReportForm:
    """The form that `as_data` wrote."""

    def read(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [item | {"kinds": tuple(item["kinds"])} for item in items]

    return ReportForm(
        version,
        tuple(data["blocks"]),
        tuple(Figure(**item) for item in read(data["figures"])),
        tuple(Text(**item) for item in read(data["texts"])),
    )


@dataclass(frozen=True)
class Content:
    """What a unit says about its week."""

    figures: dict[str, int] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    is_zero: bool = False
    remarks: dict[str, str] = field(default_factory=dict)
    """Why a number is not what the portal counts, by the code of its figure."""


def problems(
    form: ReportForm, content: Content, *, complete: bool, counted: Mapping[str, int]
) -> dict[str, list[str]]:
    """What is wrong with `content`, by field code; empty when nothing is.

    A draft may have gaps; what is to be signed may not (`complete`), and a number in it that is
    not what the portal has `counted` needs a word why (`remark_field`).
    """
    found: dict[str, list[str]] = {}
    for figure in form.figures:
        value, remark = content.figures.get(figure.code), content.remarks.get(figure.code, "")
        wrong = _figure_problem(figure, value, complete=complete, is_zero=content.is_zero)
        if wrong:
            found.setdefault(figure.code, []).append(wrong)
        elif complete and not remark.strip() and value != counted.get(figure.code, value):
            found[remark_field(figure.code)] = [
                f"“{figure.label}”填 {value}，平台统计是 {counted[figure.code]}，请说明原因。"
            ]
        if len(remark) > LONGEST_REMARK:
            found[remark_field(figure.code)] = [f"最多 {LONGEST_REMARK} 字。"]
    for text in form.texts:
        value = content.texts.get(text.code, "")
        if len(value) > text.longest:
            found.setdefault(text.code, []).append(
                f"最多 {text.longest} 字，现有 {len(value)} 字。"
            )
        if complete and text.required and not content.is_zero and not value.strip():
            found.setdefault(text.code, []).append(
                f"请填写{text.label}；确无情况的，请勾选零报告。"
            )
    unknown = set(content.figures) - {item.code for item in form.figures}
    unknown |= set(content.texts) - {item.code for item in form.texts}
    unknown |= set(content.remarks) - {item.code for item in form.figures}
    if unknown:
        found.setdefault("__all__", []).append("表单已经更新，请重新打开后填写。")
    filled = [item.label for item in form.figures if content.figures.get(item.code)]
    if content.is_zero and filled:
        found.setdefault("is_zero", []).append(
            f"零报告的数字必须全部为 0，现在不为 0 的有：{'、'.join(filled)}。"
        )
    return found


def remark_field(code: str) -> str:
    """The field in which a figure's remark is written."""
    return f"why_{code}"


#: A number is a jump when it is this many times last week's, or its part, and not a small one.
JUMP, SMALL = 5, 20


def doubts(form: ReportForm, content: Content, last: Mapping[str, int]) -> list[str]:
    """The numbers that jump from those of the week before, or do not go together."""
    given = content.figures
    found = []
    for figure in form.figures:
        now, before = given.get(figure.code), last.get(figure.code)
        if now is None or before is None or max(now, before) < SMALL:
            continue
        if max(now, before) >= JUMP * max(1, min(now, before)):
            found.append(f"“{figure.label}”本周 {now}，上周 {before}，相差较大。")
    labels = {figure.code: figure.label for figure in form.figures}
    for figure in form.figures:
        value, whole, act = given.get(figure.code, 0), figure.part_of, figure.result_of
        if whole in labels and value > given.get(whole, 0):
            found.append(f"“{figure.label}”{value}，多于“{labels[whole]}”{given.get(whole, 0)}。")
        if act in labels and value and not given.get(act, 0):
            found.append(f"填了“{figure.label}”，而“{labels[act]}”为 0。")
    return found


def _figure_problem(figure: Figure, value: Any, *, complete: bool, is_zero: bool) -> str:
    if value is None:
        return "请填写数字，没有就填 0。" if complete and figure.required else ""
    if isinstance(value, bool) or not isinstance(value, int):
        return NOT_WHOLE
    if is_zero and value == 0:
        return ""
    if not figure.smallest <= value <= figure.largest:
        return bounds_words(figure)
    return ""


def bounds_words(figure: Figure) -> str:
    return f"应在 {figure.smallest} 到 {figure.largest} 之间。"
