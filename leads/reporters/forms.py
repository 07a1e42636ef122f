"""The part of the intake form about who reported, and the forms of the custodian."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict

from leads.forms.steps import page_helper
from leads.reporters.identity import LIMITS, Identity, doubt_of_id, doubt_of_phone
from leads.reporters.typed import MOST, PREFIX
from pages.forms import ask_again


class IdentityForm(forms.Form):
    """One person. `doubts` are the soft warnings: by field, what looks wrong about it."""

    name = forms.CharField(label="姓名", max_length=LIMITS["name"])
    phone = forms.CharField(label="电话", max_length=LIMITS["phone"], required=False)
    id_number = forms.CharField(label="身份证号", max_length=LIMITS["id_number"], required=False)
    address = forms.CharField(label="住址", max_length=LIMITS["address"], required=False)
    note = forms.CharField(
        label="联系说明",
        max_length=LIMITS["note"],
        required=False,
        help_text="例如方便联系的时间。",
    )

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = page_helper()
        for name, field in self.fields.items():
            # No browser is to remember and offer it to the next person at this desk.
            wrong = self.is_bound and name in self.errors
            look = "form-control is-invalid" if wrong else "form-control"
            field.widget.attrs |= {"autocomplete": "off", "class": look}
        self.fields["phone"].widget.attrs["inputmode"] = "tel"

    @property
    def identity(self) -> Identity:
        return Identity(**{name: self.cleaned_data[name] for name in LIMITS})

    @property
    def doubts(self) -> dict[str, str]:
        found = {
            "phone": doubt_of_phone(self.cleaned_data.get("phone", "")),
            "id_number": doubt_of_id(self.cleaned_data.get("id_number", "")),
        }
        return {name: words for name, words in found.items() if words}


class BaseReporterFormSet(forms.BaseFormSet):
    """Rows that are left blank are no one."""

    def initial_form_count(self) -> int:
        return 0

    @property
    def identities(self) -> list[Identity]:
        return [row.identity for row in self.forms if row.has_changed()]

    @property
    def is_filled(self) -> bool:
        """Something is in it: it is shown unfolded."""
        return any(any(str(row[name].value() or "").strip() for name in LIMITS) for row in self)

    @property
    def complaints(self) -> list[str]:
        """What is wrong, each with the row in which it is; never what was typed."""
        return [
            f"举报人第 {place} 行，{row.fields[name].label}：{error}"
            for place, row in enumerate(self.forms, 1)
            for name, errors in row.errors.items()
            for error in errors
        ] + list(self.non_form_errors())

    @property
    def doubts(self) -> dict[str, str]:
        """What looks wrong: by row and field, in words."""
        return {
            f"{place}:{name}": f"举报人第 {place} 行：{words}。"
            for place, row in enumerate(self.forms, 1)
            for name, words in row.doubts.items()
        }


def reporter_rows(
    data: QueryDict | None, initial: list[dict[str, Any]] | None = None, *, add: bool = False
) -> forms.BaseFormSet:
    """The rows as they were sent, or as `initial` has them; with `add` one more."""
    total = f"{PREFIX}-TOTAL_FORMS"
    if data is not None:
        data = data.copy()
        data.setdefault(total, "0")
        data[f"{PREFIX}-INITIAL_FORMS"] = "0"
    extra = max(1, len(initial or ())) + (1 if add else 0)
    made = forms.formset_factory(
        IdentityForm,
        formset=BaseReporterFormSet,
        extra=min(extra, MOST),
        max_num=MOST,
        absolute_max=MOST,
        validate_max=True,
    )
    return made(data, prefix=PREFIX, initial=initial)


class ReasonedForm(forms.Form):
    """Why somebody wants to see, add or change an identity."""

    reason = forms.CharField(
        label="理由",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3, "autofocus": True}),
        help_text="写明因何工作需要。理由留在记录中，请勿写举报人的姓名、电话等信息。",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = page_helper()


class DoubtingForm(IdentityForm):
    """An identity that the custodian adds or corrects. What looks wrong is asked once more."""

    reason = forms.CharField(label="理由", max_length=200, help_text="请勿写举报人的信息。")
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=60)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, initial=0)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        ask_again(self, "seen", self.doubts)
        return cleaned


class SearchForm(forms.Form):
    """By what a custodian finds other leads of the same reporter. Sent by POST: in no address."""

    phone = forms.CharField(label="电话", max_length=LIMITS["phone"], required=False)
    id_number = forms.CharField(label="身份证号", max_length=LIMITS["id_number"], required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = page_helper()
        for field in self.fields.values():
            field.widget.attrs["autocomplete"] = "off"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors and not any(value.strip() for value in cleaned.values()):
            raise forms.ValidationError("请填写电话或身份证号。")
        return cleaned
