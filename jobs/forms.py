"""What every export is asked for before it is made."""

from __future__ import annotations

import uuid
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms

from jobs.models import PURPOSE_LIMIT


class PurposeForm(forms.Form):
    """What the file is for, and the token that makes two clicks one job."""

    submission = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    purpose = forms.CharField(
        label="用途",
        max_length=PURPOSE_LIMIT,
        help_text="写明导出给谁、做什么用。用途印在文件上，并记入审计记录。",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
