"""Typing a code."""

from __future__ import annotations

from typing import Any

from crispy_forms.helper import FormHelper
from django import forms


class CodeForm(forms.Form):
    """A code of the app; with `paper` also a recovery code."""

    code = forms.CharField(label="手机上的 6 位验证码", max_length=40)

    def __init__(self, *args: Any, paper: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["code"]
        field.widget.attrs |= {"autocomplete": "one-time-code", "spellcheck": "false"}
        if paper:
            field.label = "恢复码"
            field.help_text = "16 位字母和数字，大小写和横线不论。每个恢复码只能用一次。"
        else:
            field.widget.attrs["inputmode"] = "numeric"
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True


class ConfirmForm(CodeForm):
    """The password besides: whoever finds a session open must not bind a phone to it."""

    password = forms.CharField(
        label="当前密码",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ["password", "code"]
