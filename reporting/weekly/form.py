"""The form of the weekly report, as data, and what makes an answer complete.

A report keeps the version of the form it was written on. A changed form is a new version here;
old ones stay, so that old reports read as they were written.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

LARGEST = 999_999
LONGEST = 2000
NOT_WHOLE = "请填写整数。"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A number: what it counts, in which unit of measure, and its bounds."""

    code: str
    label: str
    block: str
    unit: str
    help: str = ""
    smallest: int = 0
    largest: int = LARGEST


@dataclass(frozen=True, kw_only=True)
class Text:
    """A text. A required one may be empty only in a zero report."""

    code: str
    label: str
    block: str
    help: str = ""
    longest: int = LONGEST
    required: bool = False


@dataclass(frozen=True)
class ReportForm:
    version: int
    blocks: tuple[str, ...]
    figures: tuple[Figure, ...]
    texts: tuple[Text, ...]


@dataclass(frozen=True)
class Content:
    """What a unit says about its week."""

    figures: dict[str, int] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    is_zero: bool = False


PROGRESS, LEADS, CASES = "工作进展", "线索摸排", "案件侦办"
PUBLICITY, AHEAD = "宣传发动", "问题和打算"

FORM_1 = ReportForm(
    version=1,
    blocks=(PROGRESS, LEADS, CASES, PUBLICITY, AHEAD),
    figures=(
        Figure(
            code="major",
            label="重大事项",
            block=PROGRESS,
            unit="件",
            help="重大线索、重大案件须第一时间另行上报，这里只填件数。",
        ),
        Figure(code="found", label="新摸排线索", block=LEADS, unit="件"),
        Figure(code="transferred", label="移交线索", block=LEADS, unit="件"),
        Figure(code="taken", label="签收线索", block=LEADS, unit="件"),
        Figure(code="in_hand", label="在办线索", block=LEADS, unit="件", help="截至填报时。"),
        Figure(code="proven", label="查实", block=CASES, unit="件", help="含部分查实。"),
        Figure(code="disproven", label="查否", block=CASES, unit="件"),
        Figure(code="doubtful", label="存疑", block=CASES, unit="件", help="含无法核查。"),
        Figure(code="cases", label="立案", block=CASES, unit="件"),
        Figure(code="events", label="宣传活动", block=PUBLICITY, unit="场"),
        Figure(code="leaflets", label="发放资料", block=PUBLICITY, unit="份"),
        Figure(code="people", label="受众人数", block=PUBLICITY, unit="人次"),
    ),
    texts=(
        Text(
            code="progress",
            label="本周工作进展",
            block=PROGRESS,
            required=True,
            help="写做了什么，不写线索内容、举报人和被反映人姓名。",
        ),
        Text(code="problems", label="存在问题", block=AHEAD),
        Text(code="next_steps", label="下步打算", block=AHEAD),
    ),
)
FORMS = {form.version: form for form in (FORM_1,)}
CURRENT = FORM_1


def problems(form: ReportForm, content: Content, *, complete: bool) -> dict[str, list[str]]:
    """What is wrong with `content`, by field code; empty when nothing is.

    A draft may have gaps; what is to be signed may not (`complete`).
    """
    found: dict[str, list[str]] = {}
    for figure in form.figures:
        wrong = _figure_problem(figure, content.figures.get(figure.code), complete)
        if wrong:
            found.setdefault(figure.code, []).append(wrong)
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
    if unknown:
        found.setdefault("__all__", []).append("表单已经更新，请重新打开后填写。")
    filled = [item.label for item in form.figures if content.figures.get(item.code)]
    if content.is_zero and filled:
        found.setdefault("is_zero", []).append(
            f"零报告的数字必须全部为 0，现在不为 0 的有：{'、'.join(filled)}。"
        )
    return found


def _figure_problem(figure: Figure, value: Any, complete: bool) -> str:
    if value is None:
        return "请填写数字，没有就填 0。" if complete else ""
    if isinstance(value, bool) or not isinstance(value, int):
        return NOT_WHOLE
    if not figure.smallest <= value <= figure.largest:
        return bounds_words(figure)
    return ""


def bounds_words(figure: Figure) -> str:
    return f"应在 {figure.smallest} 到 {figure.largest} 之间。"
