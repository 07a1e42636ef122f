"""Asking for the verification of the trail."""

from __future__ import annotations

import uuid
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms

from audit.seals.verifying import BadHead, Head


class VerifyForm(forms.Form):
    submission = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    head = forms.CharField(
        label="另存的链头",
        required=False,
        max_length=90,
        help_text="邮件或另一台机器上留存的“序号:校验值”。填写后还能发现尾部被截去；可不填。",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True

    def clean_head(self) -> str:
        text = self.cleaned_data["head"].strip()
        if text:
            try:
                Head.parse(text)
            except BadHead as error:
                raise forms.ValidationError(str(error)) from error
        return text
