"""Forms of the attachments' pages."""

from __future__ import annotations

from typing import Any

from django import forms

from leads.forms.steps import page_helper


class RemovalForm(forms.Form):
    """Why an attachment is removed."""

    note = forms.CharField(
        label="撤下的理由",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3, "autofocus": True}),
        help_text="例如：传错文件、内容重复、涉及举报人信息。文件不会删除，扫黑办仍可查看。",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = page_helper()
