"""Texts read as they are written: nothing invisible changes how another text reads.

A mark of direction in a title turns round what stands behind it, another's words too; two names
that differ by a sign without width look the same. In one line such signs go, as the spaces around
it do. In a text of several lines only marks of direction go: they come along with numbers that are
pasted from a telephone, and the rest does no harm within it.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from django import forms

#: What turns round the words behind it: embeddings, overrides and isolates.
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
#: Makes one picture of several.
JOINER = "\u200d"
#: Without width or ink, and yet letters to Unicode.
BLANK = re.compile("[\u115f\u1160\u2800\u3164\uffa0]")


def one_line(text: str) -> str:
    """`text` without signs that nobody sees. Separators of lines become spaces."""
    if text.isascii() or (text.isprintable() and not BLANK.search(text)):
        return text
    return "".join(filter(None, map(_seen, text, " " + text))).strip()


def _seen(sign: str, before: str) -> str:
    """What is left of `sign`, which stands behind the sign `before`."""
    kind = unicodedata.category(sign)
    if kind in ("Zl", "Zp"):
        return " "
    if sign == JOINER and unicodedata.category(before) in ("So", "Sk", "Mn"):
        return sign  # within an emoji
    return "" if kind == "Cf" or BLANK.match(sign) else sign


def straight(text: str) -> str:
    """`text` without the marks that turn words round."""
    return TURNING.sub("", text)


def watch_forms() -> None:
    """Have every text field of every form do so, Django's own included.

    It is where all that people type comes through, and where Django itself takes the spaces
    around a text away; a field that keeps these, such as a password's, keeps all.
    """
    to_python = forms.CharField.to_python

    def read(self: forms.CharField, value: Any) -> Any:
        text = to_python(self, value)
        if not self.strip or not isinstance(text, str) or text in self.empty_values:
            return text
        if isinstance(self.widget, forms.Textarea):
            return straight(text) or self.empty_value
        return one_line(text) or self.empty_value

    forms.CharField.to_python = read
