"""The forms of the public page: few fields, each with its limit."""

from __future__ import annotations

from typing import Any

from django import forms

from departments.models import Unit
from leads.codes.forms import CodeForm
from leads.codes.models import SUPPLEMENT_LIMIT
from leads.forms.steps import page_helper
from leads.models import Conduct

TEXT_LIMIT = 5000


class _PublicForm(forms.Form):
    """`token` stands for the cookie that there is not: signed by us, good for a while."""

    token = forms.CharField(widget=forms.HiddenInput, max_length=300)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = page_helper()


class AskForm(_PublicForm, CodeForm):
    """A code, typed by its reporter."""


class ReportForm(_PublicForm):
    conduct = forms.ModelChoiceField(
        label="哪一类行为",
        queryset=Conduct.objects.active(),
        required=False,
        empty_label="说不清，由工作人员判断",
    )
    place = forms.ModelChoiceField(
        label="发生在哪个村（居）",
        queryset=Unit.objects.none(),
        required=False,
        empty_label="不清楚或跨村",
    )
    text = forms.CharField(
        label="反映的情况",
        max_length=TEXT_LIMIT,
        widget=forms.Textarea(attrs={"rows": 9, "maxlength": TEXT_LIMIT}),
        help_text="写明什么时间、什么地点、什么人做了什么，还有谁知道。不要写您自己的姓名、电话和住址。",
    )

    def __init__(self, *args: Any, town: Unit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = Unit.objects.villages_in(town).order_by("path")


class AddForm(_PublicForm):
    text = forms.CharField(
        label="补充的情况",
        max_length=SUPPLEMENT_LIMIT,
        widget=forms.Textarea(attrs={"rows": 6, "maxlength": SUPPLEMENT_LIMIT}),
        help_text="不要写您自己的姓名、电话和住址。",
    )
