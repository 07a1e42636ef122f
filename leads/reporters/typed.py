"""What was typed of reporters and not registered yet: never kept but sealed, for one person."""

from __future__ import annotations

import base64
import binascii
import json
import re
import uuid
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.http import QueryDict

from files.sealing import Unreadable
from files.values import Sealed
from leads.reporters.identity import LIMITS
from leads.reporters.sealing import VAULT

if TYPE_CHECKING:
    from leads.drafts.models import LeadDraft

PREFIX = "reporters"
#: As many as report one thing together at a counter.
MOST = 10
FIELD = re.compile(rf"{PREFIX}-(\d{{1,2}})-({'|'.join(LIMITS)})")
#: Signs in all that a draft may have about reporters: more than any form that could be registered.
LIMIT = 10_000
#: Under this name a page that nobody is signed in for carries what was typed, sealed.
CARRIED = f"{PREFIX}_sealed"

#: Rows of the form as they were typed, right or wrong.
Rows = Sequence[dict[str, str]]


def is_ours(name: str) -> bool:
    """Whether a field of a form is about reporters."""
    return name == CARRIED or name.startswith(f"{PREFIX}-")


def of_post(data: QueryDict) -> Rows:
    """The rows that have something in them; none where the channel keeps a number alone.

    ValidationError for what is too long to be kept.
    """
    from leads.drafts import content

    rows: dict[int, dict[str, str]] = {}
    for name, value in data.items():
        found = FIELD.fullmatch(name)
        if found and value.strip():
            rows.setdefault(int(found[1]), {})[found[2]] = value
    if sum(len(value) for row in rows.values() for value in row.values()) > LIMIT:
        raise ValidationError("举报人信息过长，草稿没有保存，请精简后再试。")
    if rows and content.keeps_no_words(content.of_form(data)):
        return []
    return [rows[place] for place in sorted(rows)]


def keep(draft: LeadDraft, rows: Iterable[dict[str, str]]) -> None:
    """Put the rows into the draft, sealed; the caller saves its sealed columns."""
    rows = list(rows)
    if rows:
        draft.seal(_dump(rows))
    else:
        draft.hold(Sealed())


def kept_in(draft: LeadDraft) -> Rows:
    """The rows of a draft. Raises `files.sealing.Unreadable`."""
    return json.loads(draft.unseal()) if draft.sealed else []


def carry(rows: Rows, *, owner: str, submission: str) -> str:
    """The rows for a page that nobody is signed in for: sealed for the `owner` of that form."""
    sealed = VAULT.seal(_dump(rows), bound_to=_page(owner, submission))
    return ".".join([sealed.cipher, sealed.key_id, base64.urlsafe_b64encode(sealed.data).decode()])


def carried(text: str, *, owner: int, submission: str) -> Rows:
    """What such a page carried, for the person whose form it was; nothing for anybody else."""
    cipher, _, rest = text.partition(".")
    key_id, _, data = rest.rpartition(".")
    try:
        sealed = Sealed(base64.urlsafe_b64decode(data), key_id, cipher)
        return json.loads(VAULT.unseal(sealed, bound_to=_page(str(owner), submission)))
    except (binascii.Error, ValueError, Unreadable):
        return []


def _page(owner: str, submission: str) -> str:
    try:
        submission = str(uuid.UUID(submission))
    except ValueError:
        submission = ""
    return f"page|{owner}|{submission}"


def _dump(rows: Rows) -> bytes:
    return json.dumps(list(rows), ensure_ascii=False).encode()
