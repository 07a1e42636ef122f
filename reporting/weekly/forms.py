"""The report's form as a page shows it: built from the declared form, block by block."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms

from pages.forms import ask_again
from reporting.notes.gathering import Offer
from reporting.weekly import form as definition
from reporting.weekly.form import Content, Figure, ReportForm
from reporting.weekly.models import WeeklyReport
from reporting.weekly.receiving import MOST

TICKED = re.compile(r"[1-9][0-9]{0,17}\.[0-9]{1,9}", re.ASCII)


@dataclass(frozen=True)
class FigureRow:
    """One line of the grid: the number, last week's, and what the portal counts itself."""

    field: forms.BoundField
    figure: Figure
    last: int | None
    counted: int | None
    remark: forms.BoundField | None

    @property
    def asks_why(self) -> bool:
        """Whether the number, as it stands, is not what the portal counts."""
        if self.remark is None:
            return False
        value = self.field.value()
        differs = value not in (None, "") and str(value).strip() != str(self.counted)
        return differs or bool(self.remark.errors or self.remark.value())


@dataclass(frozen=True)
class TextRow:
    """A text, and the unit's lines of the week that belong into it, each with whether it is in."""

    field: forms.BoundField
    lines: list[tuple[str, bool]]

    @property
    def has_more(self) -> bool:
        return not all(is_in for _, is_in in self.lines)


@dataclass(frozen=True)
class Block:
    label: str
    figures: list[FigureRow]
    texts: list[TextRow]


class WeeklyForm(forms.Form):
    """One report. With `complete`, gaps are errors; without, it is a draft."""

    version = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)
    form_version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    #: Of what the person has been asked already whether it is really so.
    asked = forms.CharField(required=False, max_length=2000, widget=forms.HiddenInput)
    is_zero = forms.BooleanField(
        label="零报告：本周确无情况",
        required=False,
        help_text="勾选后没有填的数字按 0 报送；有不为 0 的数字时不能零报告，仍须主要负责人签字。",
    )

    def __init__(
        self,
        *args: Any,
        declared: ReportForm,
        complete: bool = False,
        counted: dict[str, int] | None = None,
        offers: Mapping[str, Offer] | None = None,
        before: WeeklyReport | None = None,
        written: WeeklyReport | None = None,
        doubts: Callable[[Content], list[str]] = lambda _content: [],
        **kwargs: Any,
    ) -> None:
        """`before` is what was reported for the week before, `written` the latest report, whose
        texts can be copied; `doubts` tells what is asked once before a complete form is taken."""
        super().__init__(*args, **kwargs)
        self.doubts = doubts
        self.declared, self.complete, self.counted = declared, complete, counted or {}
        self.before, self.written = before, written
        self.offers = {} if offers is None else offers
        for figure in declared.figures:
            self.fields[figure.code] = _number(figure)
            if figure.code in self.counted:
                self.fields[definition.remark_field(figure.code)] = _remark(figure)
        for text in declared.texts:
            self.fields[text.code] = _words(text)
        self.helper = FormHelper()
        self.helper.form_tag = False

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("form_version") not in (None, self.declared.version):
            # Of what was typed, everything that is still asked stays on the page.
            self.add_error(None, "填报表单已经更新，请按新的项目补填后再保存。")
        found = definition.problems(
            self.declared, self.content, complete=self.complete, counted=self.counted
        )
        for name, errors in found.items():
            # A field that could not be read has said so already.
            if name not in self.errors:
                self.add_error(name if name in self.fields else None, errors)
        if self.complete and not self.errors:
            ask_again(self, "asked", {_mark(words): words for words in self.doubts(self.content)})
        return cleaned

    @property
    def content(self) -> Content:
        """What was filled in; a gap stays a gap, but in a zero report it is a zero."""
        cleaned = self.cleaned_data
        is_zero = cleaned.get("is_zero", False)
        figures = {}
        for figure in self.declared.figures:
            value = cleaned.get(figure.code)
            if value is None and is_zero:
                value = 0
            if value is not None:
                figures[figure.code] = value
        texts = {
            text.code: cleaned.get(text.code, "").replace("\r\n", "\n")
            for text in self.declared.texts
        }
        remarks = {
            figure.code: words
            for figure in self.declared.figures
            if (words := cleaned.get(definition.remark_field(figure.code), "").strip())
        }
        return Content(figures, texts, is_zero, remarks)

    @property
    def can_copy(self) -> bool:
        return bool(self.written)

    def blocks(self) -> Iterator[Block]:
        """The form in the order of its blocks, for the template."""
        last = self.before.figures if self.before else {}
        for label in self.declared.blocks:
            figures = [figure for figure in self.declared.figures if figure.block == label]
            yield Block(
                label,
                [self._row(figure, last.get(figure.code)) for figure in figures],
                [self._text(text.code) for text in self.declared.texts if text.block == label],
            )

    def _text(self, code: str) -> TextRow:
        offer = self.offers.get(code, Offer())
        missing = offer.missing_in(str(self[code].value() or ""))
        return TextRow(self[code], [(line, line not in missing) for line in offer.lines])

    def _row(self, figure: Figure, last: int | None) -> FigureRow:
        remark = definition.remark_field(figure.code)
        return FigureRow(
            field=self[figure.code],
            figure=figure,
            last=last,
            counted=self.counted.get(figure.code),
            remark=self[remark] if remark in self.fields else None,
        )


class StepForm(forms.Form):
    """One step of a report: the version that the person saw, and words where they are needed."""

    version = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)
    note = forms.CharField(
        label="退回理由",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="报送单位会看到，请写清需要补正什么。",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False


class ReceiveForm(forms.Form):
    """The reports that were ticked, each as `key.version` as the board showed it."""

    report = forms.MultipleChoiceField(label="周报")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ticked = self.data.getlist("report") if self.is_bound else []
        # No choices are offered: whatever has the shape of one is looked up, and may not be there.
        self.fields["report"].choices = [
            (one, one) for one in ticked[:MOST] if TICKED.fullmatch(one)
        ]
        self.fields["report"].error_messages = {
            "required": "请先勾选要签收的周报。",
            "invalid_choice": f"所选的周报无法识别，或超过 {MOST} 份，请刷新后重新勾选。",
        }

    @property
    def versions(self) -> dict[int, int]:
        """The version of each report, by its key."""
        pairs = (one.split(".") for one in self.cleaned_data["report"])
        return {int(key): int(version) for key, version in pairs}


def initial(content: Content, *, version: int) -> dict[str, Any]:
    """What a form shows for `content`."""
    remarks = {definition.remark_field(code): words for code, words in content.remarks.items()}
    rest = {"is_zero": content.is_zero, "version": version}
    return content.figures | content.texts | remarks | rest


def with_texts_of(data: Any, last: dict[str, str], declared: ReportForm) -> Any:
    """What was typed, its empty texts filled from `last`: nothing typed is lost."""
    filled = data.copy()
    for text in declared.texts:
        if not filled.get(text.code, "").strip():
            filled[text.code] = last.get(text.code, "")
    return filled


def with_lines(
    data: Any, offers: Mapping[str, Offer], code: str, declared: ReportForm
) -> tuple[Any, str]:
    """What was typed, the lines that are offered for one text put below it; and what to say."""
    text = next((text for text in declared.texts if text.code == code), None)
    if text is None or code not in offers:
        return data, "没有可引入的日动态。"
    filled = data.copy()
    filled[code], left = offers[code].put_into(data.get(code, ""), longest=text.longest)
    if left:
        return filled, f"“{text.label}”最多 {text.longest} 字，有 {left} 条日动态放不下。"
    return filled, "已引入日动态，请核对后保存。"


def _mark(words: str) -> str:
    """Stands for a doubt on a form that asked about it: another number is another doubt."""
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def _number(figure: Figure) -> forms.IntegerField:
    return forms.IntegerField(
        label=figure.label,
        required=False,
        help_text=figure.help,
        error_messages={"invalid": definition.NOT_WHOLE},
        # The bounds are those of `problems`, which know of zero reports.
        widget=forms.NumberInput(
            attrs={
                "inputmode": "numeric",
                "class": "form-control",
                "min": figure.smallest,
                "max": figure.largest,
            }
        ),
    )


def _remark(figure: Figure) -> forms.CharField:
    return forms.CharField(
        label=f"“{figure.label}”与平台统计不同的原因",
        required=False,
        max_length=definition.LONGEST_REMARK,
        widget=forms.TextInput(attrs={"class": "form-control"}),
    )


def _words(text: definition.Text) -> forms.CharField:
    return forms.CharField(
        label=text.label,
        required=False,
        max_length=text.longest,
        help_text=text.help,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
