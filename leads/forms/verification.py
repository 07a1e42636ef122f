"""Reporting what a unit found."""

from __future__ import annotations

from typing import Any

from crispy_forms.layout import Column, Row
from django import forms

from leads.forms.steps import page_helper
from leads.models import Feedback
from leads.states import Finding


class FeedbackForm(forms.ModelForm):
    """核查反馈: two verifiers, what they found and on what it rests."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    class Meta:
        model = Feedback
        fields = [
            "first_verifier",
            "second_verifier",
            "verified_facts",
            "basis",
            "opinion",
            "finding",
        ]
        widgets = {
            "verified_facts": forms.Textarea(attrs={"rows": 6}),
            "basis": forms.Textarea(attrs={"rows": 3}),
            "opinion": forms.Textarea(attrs={"rows": 3}),
        }
        help_texts = {
            "verified_facts": "只写经核查确认的事实，与反映内容分开；没有查实的写“未能查实”。",
            "basis": "谈话、台账、现场查看、票据等。",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["finding"].choices = [("", "请选择"), *Finding.choices]
        self.helper = page_helper(
            "version",
            Row(
                Column("first_verifier", css_class="col-sm-6"),
                Column("second_verifier", css_class="col-sm-6"),
            ),
            "verified_facts",
            "basis",
            "opinion",
            "finding",
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        first, second = cleaned.get("first_verifier"), cleaned.get("second_verifier")
        if first and first == second:
            self.add_error("second_verifier", "核查人须为两名不同的人员。")
        return cleaned
