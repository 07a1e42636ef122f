"""并案 and 拆分."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms

from departments.models import Account
from leads.forms.steps import StepForm, page_helper
from leads.models import ALLEGATION_LIMIT, Lead


class MergeForm(StepForm):
    into = forms.CharField(label="并入哪条线索", max_length=40, help_text="填写线索编号。")
    note = forms.CharField(
        label="并案理由", max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, user: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_into(self) -> Lead:
        number = self.cleaned_data["into"].strip().upper()
        found = Lead.objects.readable_by(self.user).filter(number__iexact=number).first()
        if found is None:
            raise forms.ValidationError("没有这个编号的线索。")
        return found


class SplitForm(forms.Form):
    """A second matter, told in words of its own; where it came from is copied."""

    submission = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    title = forms.CharField(label="新线索名称", max_length=100)
    allegation = forms.CharField(
        label="拆分出的反映内容",
        max_length=ALLEGATION_LIMIT,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text="只写拆分出的这一件事；原线索的内容不变。",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = page_helper()
