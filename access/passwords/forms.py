"""Choosing a password."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.password_validation import password_validators_help_texts
from django.core.exceptions import ValidationError

from access.passwords import services
from departments.models import Account


class OwnPasswordForm(PasswordChangeForm):
    """Django's, but for who writes: the service does."""

    def clean_old_password(self) -> str:
        """Whoever finds a screen unlocked does not try the password out here."""
        if services.is_guessed(self.user):
            raise ValidationError("原密码不符次数过多，请稍后再试，或者请系统管理员重置密码。")
        try:
            return super().clean_old_password()
        except ValidationError:
            services.note_guess(self.user)
            raise

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
