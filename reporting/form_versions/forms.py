"""The editor of a form: a row for every field, and when the new version begins."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.forms.formsets import BaseFormSet, formset_factory

from reporting.duties.forms import SettingForm, WeekField
from reporting.duties.models import KINDS
from reporting.form_versions import rules
from reporting.weekly.form import LARGEST, LONGEST, Figure, ReportForm, Text
from reporting.weekly.prefill import COUNTED

FIGURE, TEXT = "figure", "text"
TYPES = [(FIGURE, "数字"), (TEXT, "文字")]
STEP = 10
NEW_ROWS = 3
ALL_KINDS = [kind.value for kind in KINDS]


class FieldForm(forms.Form):
    """One field of the form. What stands in it is judged by `rules`, not here."""

    code = forms.CharField(required=False, widget=forms.HiddenInput)
    position = forms.IntegerField(
        label="次序", required=False, min_value=0, max_value=9999, help_text="从小到大排列。"
    )
    type = forms.ChoiceField(label="填什么", choices=TYPES, required=False, initial=FIGURE)
    block = forms.CharField(label="板块", required=False)
    label = forms.CharField(label="名称", required=False)
    same_meaning = forms.BooleanField(
        label="只是换个说法，统计的内容不变",
        required=False,
        help_text="改了名称才需要勾选。",
    )
    unit = forms.CharField(label="计量单位", required=False)
    smallest = forms.IntegerField(label="最小值", required=False, initial=0)
    largest = forms.IntegerField(label="最大值", required=False)
    required = forms.BooleanField(label="必填", required=False, initial=True)
    counted = forms.BooleanField(label="显示平台统计，不一致的要说明原因", required=False)
    part_of = forms.ChoiceField(label="通常不多于", required=False)
    result_of = forms.ChoiceField(label="填了它，也应填", required=False)
    kinds = forms.MultipleChoiceField(
        label="填报单位",
        required=False,
        choices=[(kind.value, kind.label) for kind in KINDS],
        widget=forms.CheckboxSelectMultiple,
        initial=ALL_KINDS,
    )
    help = forms.CharField(label="填写说明", required=False)
    is_active = forms.BooleanField(label="启用", required=False, initial=True)

    #: What needs the whole width of its row.
    WIDE = ("same_meaning", "required", "counted", "kinds", "help", "is_active")

    #: What is one box to tick.
    TICKED = ("same_meaning", "required", "counted", "is_active")

    def __init__(
        self, *args: Any, field: Figure | Text | None, others: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.field = field
        self.fields["block"].widget.attrs["list"] = "blocks"
        # The page writes its rows itself: there may be forty, of twenty fields each.
        for name, shown in self.fields.items():
            ticked = name in self.TICKED or name == "kinds"
            chosen = isinstance(shown.widget, forms.Select) and not ticked
            look = "form-check-input" if ticked else "form-select" if chosen else "form-control"
            shown.widget.attrs["class"] = look
        if field is not None:
            del self.fields["type"]
        if isinstance(field, Text):
            for name in ("unit", "smallest", "counted", "part_of", "result_of", "same_meaning"):
                del self.fields[name]
            self.fields["largest"].label = "最多字数"
            return
        choices = [("", "不核对"), *others]
        self.fields["part_of"].choices = self.fields["result_of"].choices = choices
        if field is None:
            del self.fields["same_meaning"]
            self.fields["largest"].help_text = f"文字为最多字数，不填为 {LONGEST}。"
        if field is None or field.code not in COUNTED:
            del self.fields["counted"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("is_active") and not cleaned.get("kinds") and "kinds" not in self.errors:
            self.add_error("kinds", "请至少选一类单位；都不填的，请停用这一项。")
        return cleaned

    @property
    def title(self) -> str:
        """What the row is, in one line, while it is folded."""
        if self.field is None:
            return "增加一项"
        unit = f"（{self.field.unit}）" if isinstance(self.field, Figure) else "（文字）"
        return f"{self.field.label}{unit}"

    @property
    def summary(self) -> str:
        """Where it stands and who fills it, as it is now."""
        if self.field is None:
            return "数字或文字"
        if not self.field.is_active:
            return "已停用"
        names = "、".join(kind.label for kind in KINDS if kind in self.field.kinds)
        required = "必填" if self.field.required else "选填"
        return f"{self.field.block} · {names or '全部单位'} · {required}"

    def read(self, code: str) -> Figure | Text:
        """The field as it was typed; a gap is what it usually is."""
        given = self.cleaned_data
        is_text = isinstance(self.field, Text) or given.get("type") == TEXT
        kinds = given.get("kinds", [])
        shared = {
            "code": code,
            "label": given.get("label", "").strip(),
            "block": given.get("block", "").strip(),
            "help": given.get("help", "").strip(),
            "required": given.get("required", False),
            "kinds": () if set(kinds) == set(ALL_KINDS) else tuple(kinds),
            "is_active": given.get("is_active", False),
        }
        if is_text:
            return Text(**shared, longest=_or(given.get("largest"), LONGEST))
        return Figure(
            **shared,
            unit=given.get("unit", "").strip(),
            smallest=_or(given.get("smallest"), 0),
            largest=_or(given.get("largest"), LARGEST),
            counted=given.get("counted", False),
            part_of=given.get("part_of", ""),
            result_of=given.get("result_of", ""),
        )


class BaseFields(BaseFormSet):
    """All fields of the form `before`, in the order in which units see them, and new ones."""

    #: A page without its hidden parts is none that the portal gave out.
    default_error_messages: ClassVar = {"missing_management_form": rules.STRANGE}

    def __init__(self, *args: Any, before: ReportForm, **kwargs: Any) -> None:
        self.before = before
        self.rows = rows_of(before)
        self.others = [(figure.code, figure.label) for figure in before.figures]
        kwargs["initial"] = [
            _initial(field, number * STEP) for number, field in enumerate(self.rows, start=1)
        ]
        super().__init__(*args, **kwargs)

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        known = index is not None and index < len(self.rows)
        return {"field": self.rows[index] if known else None, "others": self.others}

    def clean(self) -> None:
        """Judge the form as a whole, and say at each row what is wrong with it."""
        if self.initial_form_count() != len(self.rows):
            raise ValidationError(rules.STRANGE)
        if any(self.errors):
            return
        by_code = {code: form for code, form, _ in self._read()}
        whole = []
        for problem in rules.problems(self.built(), self.before, self.renamed()):
            form = by_code.get(problem.code)
            if form is None:
                whole.append(problem.words)
            else:
                form.add_error(problem.name if problem.name in form.fields else None, problem.words)
        if whole:
            raise ValidationError(whole)

    def renamed(self) -> set[str]:
        return {
            form.field.code
            for form in self.initial_forms
            if form.cleaned_data.get("same_meaning", False)
        }

    def built(self) -> ReportForm:
        """The form as it was typed: the next version."""
        placed = [
            (form.cleaned_data.get("position"), number, field)
            for number, (_, form, field) in enumerate(self._read())
        ]
        last = max((place for place, _, _ in placed if place is not None), default=0)
        placed = [(last + STEP if place is None else place, *rest) for place, *rest in placed]
        items = [field for _, _, field in sorted(placed, key=lambda item: item[:2])]
        return ReportForm(
            self.before.version + 1,
            tuple(dict.fromkeys(item.block for item in items if item.is_active and item.block)),
            tuple(item for item in items if isinstance(item, Figure)),
            tuple(item for item in items if isinstance(item, Text)),
        )

    def _read(self) -> list[tuple[str, FieldForm, Figure | Text]]:
        """Every row that says something, with the code of its field."""
        version = self.before.version + 1
        found = [(form.field.code, form, form.read(form.field.code)) for form in self.initial_forms]
        new = [form for form in self.extra_forms if form.has_changed()]
        for number, form in enumerate(new, start=1):
            code = rules.new_code(version, number)
            found.append((code, form, form.read(code)))
        return found


FieldFormSet = formset_factory(
    FieldForm,
    formset=BaseFields,
    extra=NEW_ROWS,
    max_num=rules.MOST + NEW_ROWS,
    absolute_max=rules.MOST + NEW_ROWS,
    validate_max=True,
)


class BeginForm(SettingForm):
    """From when on the new version holds, and why. `version` is the newest that the page showed."""

    from_week = WeekField(label="自哪一周起", help_text="已有单位动笔的周仍用原来的表单。")
    reason = forms.CharField(
        label="修改说明", max_length=200, help_text="例如：按区扫黑办要求增报走访户数。"
    )
    version = forms.IntegerField(min_value=0, max_value=2**15 - 2, widget=forms.HiddenInput)

    def __init__(self, *args: Any, first: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["from_week"].offer(first)


def rows_of(form: ReportForm) -> list[Figure | Text]:
    """The fields as units see them, what is switched off at the end."""
    active = [
        item
        for block in form.blocks
        for item in (*form.figures, *form.texts)
        if item.is_active and item.block == block
    ]
    return [*active, *(item for item in (*form.figures, *form.texts) if not item.is_active)]


def _initial(field: Figure | Text, position: int) -> dict[str, Any]:
    values = {item.name: getattr(field, item.name) for item in fields(field)}
    values["kinds"] = list(field.kinds) or ALL_KINDS
    values["largest"] = field.longest if isinstance(field, Text) else field.largest
    return values | {"position": position}


def _or(value: int | None, usual: int) -> int:
    return usual if value is None else value
