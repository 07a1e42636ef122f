"""Closing a lead."""

from __future__ import annotations

from typing import Any

from crispy_forms.layout import HTML, Column, Row
from django import forms

from leads.forms.steps import page_helper
from leads.states import Disposition, Finding


class CloseForm(forms.Form):
    """办结: finding and disposition are two questions with two answers."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    finding = forms.ChoiceField(label="核查结论", choices=[("", "请选择"), *Finding.choices])
    disposition = forms.ChoiceField(
        label="处理结果", choices=[("", "请选择"), *Disposition.choices]
    )
    closing_words = forms.CharField(
        label="办结说明", max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = page_helper(
            "version",
            Row(
                Column("finding", css_class="col-sm-6"),
                Column("disposition", css_class="col-sm-6"),
            ),
            "closing_words",
            HTML(
                '<p class="form-text">“查否”只说明反映的行为经核查不属实或不存在；'
                "未能查实的请选“存疑”或“无法核查”。</p>"
            ),
        )
