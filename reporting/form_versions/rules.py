"""What a form must be like before units can fill it, in the words that its editor reads."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from reporting.duties.models import KINDS
from reporting.weekly.form import LARGEST, LONGEST, Figure, ReportForm, Text
from reporting.weekly.prefill import COUNTED

STRANGE = "表单项目与原表单对不上，请重新打开本页后再修改。"
#: So many fields, with all that is asked of each, are still one page that is sent at once.
MOST = 40
LONGEST_LABEL, LONGEST_BLOCK, LONGEST_UNIT, LONGEST_HELP = 30, 20, 6, 200

Field = Figure | Text


@dataclass(frozen=True)
class Problem:
    """Something wrong with the field `code` of the form, at its attribute `name`; with the whole
    form where there is no code."""

    code: str
    name: str
    words: str


def new_code(version: int, number: int) -> str:
    """The code of the `number`th field that came with `version`: no other was ever called so."""
    return f"v{version}_{number}"


def problems(form: ReportForm, before: ReportForm, renamed: Collection[str] = ()) -> list[Problem]:
    """What keeps `form` from following `before`; nothing where it may.

    `renamed` are the figures whose new name is said to mean the same as the old.
    """
    return [*_of_the_whole(form, before), *_of_names(form, before, renamed), *_of_fields(form)]


def _of_the_whole(form: ReportForm, before: ReportForm) -> Iterator[Problem]:
    fields, known = [*form.figures, *form.texts], {*before.figures, *before.texts}
    codes = [field.code for field in fields]
    old, types = {field.code for field in known}, {field.code: type(field) for field in known}
    strange = [
        field.code
        for field in fields
        if types.get(field.code, type(field)) is not type(field)
        or (field.code not in old and not re.fullmatch(rf"v{form.version}_\d+", field.code))
    ]
    if strange or len(set(codes)) != len(codes) or old - set(codes):
        yield Problem("", "", STRANGE)
    if len(fields) > MOST:
        yield Problem("", "", f"最多 {MOST} 个项目。")
    for kind in KINDS:
        asked = form.asked_of(kind)
        if not asked.figures and not asked.texts:
            yield Problem("", "", f"“{kind.label}”没有任何要填的项目。")


def _of_names(form: ReportForm, before: ReportForm, renamed: Collection[str]) -> Iterator[Problem]:
    called: dict[str, str] = {}
    for field in _active(form):
        if not field.label:
            yield Problem(field.code, "label", "请填写名称。")
        elif field.label in called:
            yield Problem(field.code, "label", f"已有一项叫“{field.label}”，请换个名称。")
        called.setdefault(field.label, field.code)
        if len(field.label) > LONGEST_LABEL:
            yield Problem(field.code, "label", f"名称最多 {LONGEST_LABEL} 字。")
    names = {figure.code: figure.label for figure in before.figures}
    for figure in form.figures:
        was = names.get(figure.code, figure.label)
        if figure.label and figure.label != was and figure.code not in renamed:
            kept = "平台统计和" if figure.counted else ""
            yield Problem(
                figure.code,
                "same_meaning",
                f"原来叫“{was}”，{kept}以前各周的数字都按它算。只是换个说法的，请勾选；"
                "要统计别的内容，请停用这一项，另增一项。",
            )


def _of_fields(form: ReportForm) -> Iterator[Problem]:
    active = {figure.code for figure in form.figures if figure.is_active}
    for field in _active(form):
        code = field.code
        if not field.block:
            yield Problem(code, "block", "请填写所属板块。")
        if len(field.block) > LONGEST_BLOCK:
            yield Problem(code, "block", f"板块名称最多 {LONGEST_BLOCK} 字。")
        if len(field.help) > LONGEST_HELP:
            yield Problem(code, "help", f"填写说明最多 {LONGEST_HELP} 字。")
        if set(field.kinds) - set(KINDS):
            yield Problem(code, "kinds", "没有这类单位。")
        if isinstance(field, Text):
            if not 1 <= field.longest <= LONGEST:
                yield Problem(code, "largest", f"最多字数应在 1 到 {LONGEST} 之间。")
        else:
            yield from _of_figure(field, active)


def _of_figure(figure: Figure, active: set[str]) -> Iterator[Problem]:
    code = figure.code
    if not figure.unit:
        yield Problem(code, "unit", "数字要有计量单位，例如：件。")
    if len(figure.unit) > LONGEST_UNIT:
        yield Problem(code, "unit", f"计量单位最多 {LONGEST_UNIT} 字。")
    if not 0 <= figure.smallest <= figure.largest <= LARGEST:
        words = f"最小值不能小于 0，也不能大于最大值；最大值不能超过 {LARGEST}。"
        yield Problem(code, "largest", words)
    if figure.counted and code not in COUNTED:
        yield Problem(code, "counted", "平台没有这一项的统计。")
    for name in ("part_of", "result_of"):
        other = getattr(figure, name)
        if other == code:
            yield Problem(code, name, "不能与自己核对。")
        elif other and other not in active:
            yield Problem(code, name, "用来核对的那一项没有启用，请改选或留空。")


def _active(form: ReportForm) -> list[Field]:
    return [field for field in (*form.figures, *form.texts) if field.is_active]
