"""Two people at one page of settings: the slower one is told what stands there by now."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from audit.machine import Conflict


def mark_of(words: Mapping[str, str]) -> str:
    """Differs whenever `words` (labels and values, as people read them) do."""
    return hashlib.sha256(repr(list(words.items())).encode()).hexdigest()


def require_seen(now: Mapping[str, str], seen: str | None) -> None:
    """Conflict, naming what stands there `now`, unless the person has `seen` that (its mark).

    Nothing is asked of a caller that showed nobody a page: `seen` is then None.
    """
    if seen is not None and seen != mark_of(now):
        words = "；".join(f"{label}：{value or '空'}" for label, value in now.items())
        raise Conflict(f"刚刚在别处被修改过，现在是——{words}。以本页为准的，请再点一次“保存”。")
