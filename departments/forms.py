"""Signing in, and what is published of a unit."""

from __future__ import annotations

from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.contrib.auth.forms import AuthenticationForm, UsernameField

from departments.models import Account, Unit


class SignInForm(AuthenticationForm):
    """Refuses a name that no account can have before anything looks for it or keeps it."""

    username = UsernameField(
        max_length=Account._meta.get_field("username").max_length,
        widget=forms.TextInput(attrs={"autofocus": True}),
    )


class ContactForm(forms.ModelForm):
    """What the public is told of a unit. `seen` is what the page showed when it was opened."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)

    class Meta:
        model = Unit
        fields = ["hotline", "mailbox", "address", "hours"]
        help_texts = {
            "hotline": "对外公布的举报电话，不填个人号码。",
            "mailbox": "电子邮箱，或举报信箱的位置。",
            "address": "来访举报的办公地点。",
            "hours": "例如：工作日 8:30—12:00，14:30—17:30。",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
