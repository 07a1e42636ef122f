"""The people whom a lead names: a few rows below its text."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict

from leads.models import Subject

PREFIX = "subjects"
#: Rows that stand empty on a fresh form, and as many as a lead can have.
SPARE, MOST = 1, 30


class SubjectForm(forms.ModelForm):
    class Meta:
        model = Subject
        fields = ["name", "position", "alleged", "is_official"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            look = "form-check-input" if name == "is_official" else "form-control"
            wrong = self.is_bound and name in self.errors
            field.widget.attrs["class"] = look + (" is-invalid" if wrong else "")


class BaseSubjectFormSet(forms.BaseFormSet):
    """Rows that are left blank are no one. Every row is new: none is counted as already there."""

    def initial_form_count(self) -> int:
        return 0

    @property
    def people(self) -> list[Subject]:
        """The unsaved subjects of a valid form, in the order of the rows."""
        return [row.instance for row in self.forms if row.has_changed()]

    @property
    def complaints(self) -> list[str]:
        """What is wrong, each with the row in which it is, for the summary."""
        return [
            f"被反映人第 {place} 行，{row.fields[name].label}：{error}"
            for place, row in enumerate(self.forms, 1)
            for name, errors in row.errors.items()
            for error in errors
        ] + list(self.non_form_errors())


def subject_rows(
    data: QueryDict | None, initial: list[dict[str, Any]] | None = None, *, add: bool = False
) -> forms.BaseFormSet:
    """The rows as they were sent, or as `initial` has them with a spare one below.

    With `add` one more than was sent: for browsers without scripts.
    """
    total = f"{PREFIX}-TOTAL_FORMS"
    if data is not None and total not in data:
        data = data.copy()
        data[total] = "0"
    if data is not None:
        data = data.copy()
        data[f"{PREFIX}-INITIAL_FORMS"] = "0"
        sent = data[total]
        if add and sent.isascii() and sent.isdigit() and len(sent) <= len(str(MOST)):
            data[total] = str(min(int(sent) + 1, MOST))
    extra = len(initial or ()) + SPARE
    made = forms.formset_factory(
        SubjectForm,
        formset=BaseSubjectFormSet,
        extra=extra,
        max_num=MOST,
        absolute_max=MOST,
        validate_max=True,
    )
    return made(data, prefix=PREFIX, initial=initial)
