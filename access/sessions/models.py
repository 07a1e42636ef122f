"""A session that knows whose it is."""

from __future__ import annotations

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from departments.models import Account


class Session(AbstractBaseSession):
    """One browser's sign-in. Address and device stand in its data, and end with it."""

    account = models.ForeignKey(
        Account, models.CASCADE, null=True, related_name="sessions", verbose_name="账号"
    )

    class Meta(AbstractBaseSession.Meta):
        verbose_name = "登录会话"

    @classmethod
    def get_session_store_class(cls) -> type:
        from access.sessions.engine import SessionStore

        return SessionStore
