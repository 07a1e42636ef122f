"""Names of files as people gave them, made harmless to show and to save."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath

from files.kinds import Kind

LONGEST = 100
#: What a computer runs when somebody opens it.
_PROGRAMS = frozenset(
    [
        *(".apk", ".bat", ".cmd", ".com", ".cpl", ".dll", ".exe", ".hta", ".jar", ".js", ".jse"),
        *(".lnk", ".msi", ".pif", ".ps1", ".py", ".reg", ".scr", ".sh", ".vbe", ".vbs", ".wsf"),
    ]
)
_FORBIDDEN = re.compile(r'[\\/:*?"<>|]')


def clean_name(name: str, kind: Kind) -> str:
    """One line without control or direction marks, ending in a suffix of its true kind.

    A name that claims another kind keeps its words and gets the true suffix after them.
    """
    plain = _plain(name)
    suffix = PurePosixPath(plain).suffix
    if suffix.lower() in kind.suffixes:
        stem = plain[: -len(suffix)]
    else:
        stem, suffix = plain, kind.suffixes[0]
    return (stem[: LONGEST - len(suffix)].strip() or "未命名") + suffix


def names_a_program(name: str) -> bool:
    """Whether the name, by its own suffix, is that of something to run."""
    return PurePosixPath(_plain(name)).suffix.lower() in _PROGRAMS


def _plain(name: str) -> str:
    plain = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(sign for sign in plain if unicodedata.category(sign)[0] != "C")
    return " ".join(_FORBIDDEN.sub("_", plain).split()).strip(". ")
