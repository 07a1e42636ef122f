"""Sessions in the database, by keys that can be one."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import VALID_KEY_CHARS, UpdateError
from django.db import InterfaceError, OperationalError
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from access.sessions.models import Session

#: Idle time is counted to a minute: not every page is worth a write.
GRAIN = dt.timedelta(minutes=1)
#: When the person signed in, in seconds since the epoch.
SINCE = "signed_in_at"


class SessionStore(db.SessionStore):
    """Takes a forged cookie for no session: PostgreSQL refuses to look for some characters."""

    expires_at: dt.datetime | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """The row knows whose session it is: so it can be listed, and ended from elsewhere."""
        row = super().create_model_instance(data)
        row.account_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        return row

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

    def end_if_old(self) -> None:
        """Sign out whoever signed in too long ago."""
        since = self.get(SINCE)
        if since is not None and time.time() - since > settings.PORTAL_SESSION_HOURS * 3600:
            self.flush()

    def save(self, must_create: bool = False) -> None:
        """As Django's; but that the database is away is not taken for a session that has ended."""
        try:
            super().save(must_create=must_create)
        except UpdateError as error:
            if isinstance(error.__context__, OperationalError | InterfaceError):
                raise error.__context__ from None
            raise


@receiver(user_logged_in)
def note_sign_in(sender: Any, request: HttpRequest, **kwargs: Any) -> None:
    request.session[SINCE] = int(time.time())
