"""Where a person is signed in, and the only writers of that besides the sign-in itself."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from access.sessions import devices
from access.sessions.engine import SINCE
from access.sessions.models import Session
from audit.models import Action
from audit.services import client_address, record
from departments.models import Account

_FROM = "from"


@dataclass(frozen=True)
class SignedIn:
    """One session as its person sees it. `handle` names it without being its key."""

    handle: str
    device: str
    address: str
    since: dt.datetime
    last_seen: dt.datetime
    is_this_one: bool


def note_origin(request: HttpRequest) -> None:
    """At the sign-in: from where, kept in the session and gone with it."""
    agent = request.headers.get("User-Agent", "")
    request.session[_FROM] = {
        "device": devices.in_words(agent),
        "address": client_address(request) or "",
    }


def sessions_of(account: Account, *, this_one: str | None) -> list[SignedIn]:
    """The sessions that have not ended, latest use first. `this_one` is the reader's own key."""
    rows = _open(account).order_by("-expire_date")
    return [_told(row, this_one) for row in rows]


@transaction.atomic
def end(*, account: Account, handle: str) -> bool:
    """End one of one's own sessions; False when it has ended already."""
    keys = [row.session_key for row in _open(account) if _handle(row.session_key) == handle]
    return bool(_end(account, account, _open(account).filter(pk__in=keys), "退出一处登录"))


@transaction.atomic
def end_others(*, account: Account, keep: str | None, reason: str) -> int:
    """End all of one's own sessions but the one with the key `keep`; returns how many."""
    return _end(account, account, _open(account).exclude(pk=keep), reason)


@transaction.atomic
def end_all(*, account: Account, actor: Account | None, reason: str) -> int:
    """End every session of `account`: who they are or what they may do has changed."""
    return _end(account, actor, _open(account), reason)


def delete_expired() -> int:
    """Delete what has ended by itself, and with it the addresses."""
    return Session.objects.filter(expire_date__lte=timezone.now()).delete()[0]


def _open(account: Account) -> QuerySet[Session]:
    return Session.objects.filter(account=account, expire_date__gt=timezone.now())


def _end(account: Account, actor: Account | None, rows: QuerySet[Session], reason: str) -> int:
    ended = rows.delete()[0]
    if ended:
        words = f"{reason}，{ended} 处"
        record(action=Action.SESSIONS_ENDED, actor=actor, obj=account, reason=words)
    return ended


def _told(row: Session, this_one: str | None) -> SignedIn:
    data = row.get_decoded()
    origin = data.get(_FROM, {})
    last_seen = row.expire_date - dt.timedelta(seconds=settings.SESSION_COOKIE_AGE)
    since = data.get(SINCE)
    return SignedIn(
        handle=_handle(row.session_key),
        device=origin.get("device", "未知设备"),
        address=origin.get("address", ""),
        since=dt.datetime.fromtimestamp(since, dt.UTC) if since else last_seen,
        last_seen=last_seen,
        is_this_one=row.session_key == this_one,
    )


def _handle(key: str) -> str:
    """Names a session on a page: the key itself would open it."""
    return hashlib.sha256(f"session handle {key}".encode()).hexdigest()[:32]
