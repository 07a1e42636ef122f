"""The rules that Django does not have. Each is off where its setting is zero."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import MinimumLengthValidator
from django.core.exceptions import ValidationError

from access.passwords.models import FormerPassword


class LongEnough(MinimumLengthValidator):
    """Django's, whose words it has not in Chinese."""

    def get_error_message(self) -> str:
        return f"密码太短，至少要有 {self.min_length} 个字符。"

    def get_help_text(self) -> str:
        return f"至少 {self.min_length} 个字符。"


class NotTheSame:
    """The new password is not the present one, nor one of the last few."""

    def validate(self, password: str, user: Any = None) -> None:
        if user is None or user.pk is None:
            return
        if check_password(password, user.password):
            raise ValidationError("新密码不能与现在的密码相同。", code="password_same")
        count = settings.PORTAL_PASSWORD_HISTORY
        former = FormerPassword.objects.filter(account=user).order_by("-pk")[:count]
        if any(check_password(password, row.hashed) for row in former):
            raise ValidationError(f"不能使用最近 {count} 次用过的密码。", code="password_used")

    def get_help_text(self) -> str:
        count = settings.PORTAL_PASSWORD_HISTORY
        return f"不能与现在的以及最近 {count} 次的密码相同。" if count else "不能与现在的密码相同。"


class CharacterClasses:
    """At least so many of: capital letters, small letters, digits, other signs."""

    def validate(self, password: str, user: Any = None) -> None:
        wanted = settings.PORTAL_PASSWORD_CLASSES
        kinds = (str.isupper, str.islower, str.isdigit, _is_other)
        if sum(any(is_kind(sign) for sign in password) for is_kind in kinds) < wanted:
            raise ValidationError(self.get_help_text(), code="password_classes")

    def get_help_text(self) -> str:
        wanted = settings.PORTAL_PASSWORD_CLASSES
        if not wanted:
            return ""
        return f"大写字母、小写字母、数字、其他符号四类中，至少要有 {wanted} 类。"


def _is_other(sign: str) -> bool:
    return not (sign.isupper() or sign.islower() or sign.isdigit())
