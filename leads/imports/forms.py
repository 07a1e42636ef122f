"""Uploading a ledger, and saying what its columns are."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from jobs.workbook import LargestUpload
from leads import due
from leads.imports.examine import converter_of
from leads.imports.fields import TARGETS
from leads.imports.models import ImportBatch, WordMapping
from leads.imports.words import Unknown, choices_for, suggestion
from leads.models import Channel
from leads.states import Disposition, ReporterKind

COLUMN, WORD = "column-", "word-"
#: So many of the words that a town remembers can be changed on the page, the latest first.
KEPT_SHOWN = 100


class UploadForm(forms.Form):
    """The workbook."""

    file = forms.FileField(
        label="台账文件",
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
        help_text=f"Excel 工作簿（.xlsx），不超过 {LargestUpload.WORDS}、10,000 行。",
        allow_empty_file=True,  # what is wrong with it is told with the other reasons
        error_messages={"required": "请选择要导入的文件。"},
    )

    sheet = forms.CharField(
        label="工作表",
        required=False,
        max_length=100,
        help_text="工作簿里有几张工作表的，填写要导入的一张；不填则取表头最像台账的一张。",
    )

    def clean_file(self) -> UploadedFile:
        file = self.cleaned_data["file"]
        if file.size > LargestUpload.BYTES:
            raise forms.ValidationError(f"文件超过 {LargestUpload.WORDS}，请拆成几个文件再导入。")
        return file


class ColumnsForm(forms.Form):
    """What each column is, and what holds where a ledger says nothing."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    year = forms.IntegerField(
        label="“5月3日”这样的日期是哪一年",
        min_value=1990,
        help_text="只用于没有写年份的日期。",
    )
    channel = forms.ModelChoiceField(
        label="没有写来源的，来源按",
        queryset=Channel.objects.filter(is_active=True),
        to_field_name="code",
        required=False,
        empty_label="不设缺省，作为错误指出",
    )
    reporter_kind = forms.ChoiceField(
        label="没有写实名、匿名的，按",
        choices=ReporterKind.choices,
        initial=ReporterKind.ANONYMOUS,
    )
    disposition = forms.ChoiceField(
        label="已办结但没有写处理结果的，按",
        choices=[("", "不设缺省，作为错误指出"), *Disposition.choices],
        required=False,
    )

    def __init__(self, *args: Any, batch: ImportBatch, **kwargs: Any) -> None:
        defaults = batch.defaults
        kwargs["initial"] = {"version": batch.version} | defaults
        super().__init__(*args, **kwargs)
        self.fields["year"].max_value = due.today().year
        choices = [("", "不导入")] + [
            (target.code, target.label) for target in TARGETS if target.code != "serial"
        ]
        self.heads = [
            head for head in batch.layout.heads if not (head.is_reporter or head.is_marked)
        ]
        for head in self.heads:
            code = batch.mapping.get(head.column, "")
            self.fields[f"{COLUMN}{head.column}"] = forms.ChoiceField(
                label=f"“{head.label}”对应",
                choices=choices,
                required=False,
                widget=forms.Select(attrs={"class": "form-select form-select-sm"}),
                initial="" if code == "serial" else code,
            )

    def clean_year(self) -> int:
        year = self.cleaned_data["year"]
        if year > due.today().year:
            raise forms.ValidationError("年份不能晚于今年。")
        return year

    @property
    def mapping(self) -> dict[int, str]:
        """The chosen target of each column, by its number."""
        return {
            head.column: code
            for head in self.heads
            if (code := self.cleaned_data.get(f"{COLUMN}{head.column}"))
        }

    @property
    def defaults(self) -> dict[str, Any]:
        channel = self.cleaned_data["channel"]
        return {
            "year": self.cleaned_data["year"],
            "channel": channel.code if channel else "",
            "reporter_kind": self.cleaned_data["reporter_kind"],
            "disposition": self.cleaned_data["disposition"],
        }

    def column(self, number: int) -> forms.BoundField | None:
        name = f"{COLUMN}{number}"
        return self[name] if name in self.fields else None

    @property
    def default_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("year", "channel", "reporter_kind", "disposition")]


class WordsForm(forms.Form):
    """What the words mean that no list has, and what the town has said of others before."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, batch: ImportBatch, **kwargs: Any) -> None:
        kwargs["initial"] = {"version": batch.version}
        super().__init__(*args, **kwargs)
        converter = converter_of(batch)
        self.unknown = batch.unknown
        kept = WordMapping.objects.filter(town=batch.town_id).order_by("-saved_at")[:KEPT_SHOWN]
        self.meant = [(Unknown(one.column, one.word, 0), one.meaning) for one in kept]
        asked = [
            (one, suggestion(one.code, one.word, converter)) for one in self.unknown
        ] + self.meant
        self.words = {f"{WORD}{number}": one for number, (one, _) in enumerate(asked)}
        for name, (one, initial) in zip(self.words, asked, strict=True):
            nothing = "在办（照旧）" if one.code == "progress" else "不对应，作为错误指出"
            self.fields[name] = forms.ChoiceField(
                label=f"{one.label}“{one.word}”对应",
                choices=[("", nothing), *choices_for(one.code, converter)],
                required=False,
                initial=initial,
                widget=forms.Select(attrs={"class": "form-select form-select-sm"}),
            )

    @property
    def meanings(self) -> dict[tuple[str, str], str]:
        return {(one.code, one.word): self.cleaned_data[name] for name, one in self.words.items()}

    @property
    def asked(self) -> list[tuple[Unknown, forms.BoundField]]:
        """The words of this ledger that no list has."""
        return [(one, self[name]) for name, one in self.words.items() if one.count]

    @property
    def remembered(self) -> list[tuple[Unknown, forms.BoundField]]:
        return [(one, self[name]) for name, one in self.words.items() if not one.count]


class VersionForm(forms.Form):
    """A step that needs nothing but the state that the person saw."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
