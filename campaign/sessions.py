"""Sessions in the database, by keys that can be one."""

from __future__ import annotations

import datetime as dt

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import VALID_KEY_CHARS, UpdateError
from django.contrib.sessions.models import Session
from django.db import InterfaceError, OperationalError
from django.utils import timezone

#: Idle time is counted to a minute: not every page is worth a write.
GRAIN = dt.timedelta(minutes=1)


class SessionStore(db.SessionStore):
    """Takes a forged cookie for no session: PostgreSQL refuses to look for some characters."""

    expires_at: dt.datetime | None = None

    def _get_session_from_db(self) -> Session | None:
        row = super()._get_session_from_db()
        self.expires_at = row.expire_date if row else None
        return row

    def prolong(self) -> None:
        """Have the idle time begin anew, if a minute of it has gone."""
        whole = dt.timedelta(seconds=self.get_session_cookie_age())
        if self.expires_at and self.expires_at < timezone.now() + whole - GRAIN:
            self.modified = True

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
