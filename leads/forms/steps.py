"""What the forms of all steps share."""

from __future__ import annotations

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from django import forms

DATE = {"type": "date"}


def page_helper(*layout: Any) -> FormHelper:
    """The page writes the form tag, the buttons and the summary of errors itself."""
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    if layout:
        helper.layout = Layout(*layout)
    return helper


def day_field(label: str, **kwargs: Any) -> forms.DateField:
    widget = forms.DateInput(attrs=DATE, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, **kwargs)


class StepForm(forms.Form):
    """A step that asks for nothing but which state of the thing the person has seen."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = page_helper()


class ReasonForm(StepForm):
    """A step that needs a reason and nothing else."""

    note = forms.CharField(
        label="理由", max_length=1000, widget=forms.Textarea(attrs={"rows": 4, "autofocus": True})
    )

    def __init__(
        self, *args: Any, label: str = "理由", required: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].label = label
        self.fields["note"].required = required
