"""Names of files as people gave them, made harmless to show and to save."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath

from files.kinds import Kind

LONGEST = 100
_FORBIDDEN = re.compile(r'[\\/:*?"<>|]')


def clean_name(name: str, kind: Kind) -> str:
    """One line without control or direction marks, ending in a suffix of its true kind.

    A name that claims another kind keeps its words and gets the true suffix after them.
    """
    plain = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(sign for sign in plain if unicodedata.category(sign)[0] != "C")
    plain = " ".join(_FORBIDDEN.sub("_", plain).split()).strip(". ")
    suffix = PurePosixPath(plain).suffix
    if suffix.lower() in kind.suffixes:
        stem = plain[: -len(suffix)]
    else:
        stem, suffix = plain, kind.suffixes[0]
    return (stem[: LONGEST - len(suffix)].strip() or "未命名") + suffix
