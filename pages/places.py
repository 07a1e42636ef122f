"""Texts with named places, as an office edits them: how they are checked and filled."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from django.core.exceptions import ValidationError

PLACE = re.compile(r"[{｛]([^{}｛｝]*)[}｝]")


def check(text: str, known: Collection[str], example: str) -> None:
    """Raise ValidationError for a place that is not `known`, or a brace that is left open."""
    unknown = sorted({name for name in PLACE.findall(text) if name not in known})
    if unknown:
        offered = "、".join(known)
        raise ValidationError(f"没有名为“{'、'.join(unknown)}”的占位符。可用：{offered}。")
    if re.search(r"[{}｛｝]", PLACE.sub("", text)):
        raise ValidationError(f"花括号没有成对。占位符写成 {{{example}}} 的样子。")


def fill(text: str, values: Mapping[str, str]) -> str:
    """`text` with every place filled; the words that go in are not looked at again."""
    return PLACE.sub(lambda found: values[found[1]], text)
