"""A query code as people read it: twenty digits in fours, the last of which checks the others.

Digits alone: there is nothing to confuse on paper, a caller says them as he says a bank card's,
and a telephone's keypad types them. Nineteen are random, 63 bits.
"""

from __future__ import annotations

import re
import unicodedata

RANDOM, GROUP = 19, 4
LENGTH = RANDOM + 1
#: Damm's quasigroup of order ten: finds every wrong digit and every exchange of two neighbours.
TABLE = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)


def whole(number: int) -> str:
    """The code of `number`, which has at most `RANDOM` digits."""
    digits = f"{number:0{RANDOM}d}"
    return digits + _check(digits)


def grouped(code: str) -> str:
    return " ".join(code[place : place + GROUP] for place in range(0, LENGTH, GROUP))


def read(typed: str) -> str | None:
    """The code that was typed, spaces and strokes apart; None unless it can be one."""
    code = re.sub(r"[\s\-_·.,，。]", "", unicodedata.normalize("NFKC", typed))
    if not re.fullmatch(rf"[0-9]{{{LENGTH}}}", code) or _check(code) != "0":
        return None
    return code


def _check(digits: str) -> str:
    """The check digit of `digits`; 0 for digits that end with theirs."""
    interim = "0"
    for digit in digits:
        interim = TABLE[int(interim)][int(digit)]
    return interim
