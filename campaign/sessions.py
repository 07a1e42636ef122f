"""Sessions in the database, by keys that can be one."""

from __future__ import annotations

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import VALID_KEY_CHARS, UpdateError
from django.db import InterfaceError, OperationalError


class SessionStore(db.SessionStore):
    """Takes a forged cookie for no session: PostgreSQL refuses to look for some characters."""

    def _validate_session_key(self, key: str | None) -> bool:
        return bool(super()._validate_session_key(key)) and set(key) <= set(VALID_KEY_CHARS)

    def save(self, must_create: bool = False) -> None:
        """As Django's; but that the database is away is not taken for a session that has ended."""
        try:
            super().save(must_create=must_create)
        except UpdateError as error:
            if isinstance(error.__context__, OperationalError | InterfaceError):
                raise error.__context__ from None
            raise
