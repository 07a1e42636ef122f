"""Choosing a password."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.password_validation import password_validators_help_texts

from access.passwords import services
from departments.models import Account


class OwnPasswordForm(PasswordChangeForm):
    """Django's, but for who writes: the service does."""

    def save(self, commit: bool = True) -> Account:
        services.choose(account=self.user, password=self.cleaned_data["new_password1"])
        return self.user

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_password1"].label = "新密码"
        # Django's list would have an empty line for a rule that is off.
        rules = filter(None, password_validators_help_texts())
        self.fields["new_password1"].help_text = " ".join(rules)
        self.fields["new_password2"].label = "再输一遍新密码"
