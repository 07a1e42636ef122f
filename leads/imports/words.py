"""Words of other people's ledgers that no list has, and what a town has said that they mean."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leads.imports.fields import BY_CODE, plain

if TYPE_CHECKING:
    from leads.imports.rows import Converter

#: The columns whose words are asked about.
ASKED = ("channel", "place", "domain", "progress")
#: So many different words of a ledger are asked about at once; the next check asks about more.
MOST_WORDS = 60
LONGEST_WORD = 20
#: What a word can mean besides an entry of a list.
NOTHING = "-"
NOTHING_LABELS = {"place": "不对应到村居，只记为具体地点", "domain": "不对应，留待研判"}
CLOSED, DECLINED, OPEN = "closed", "declined", "open"
DENIALS = frozenset("未尚待没不")
PROGRESS = ((CLOSED, "已办结"), (DECLINED, "不予受理"), (OPEN, "在办"))


@dataclass(frozen=True)
class Unknown:
    """A word of a ledger as it is kept with the batch: its column, itself, in how many rows."""

    code: str
    word: str
    count: int = 1

    @property
    def key(self) -> tuple[str, str]:
        return key_of(self.code, self.word)

    @property
    def label(self) -> str:
        return BY_CODE[self.code].label


def key_of(code: str, word: str) -> tuple[str, str]:
    """How words are compared: spaces, signs and width do not count."""
    return code, plain(word)


def can_be_asked(code: str, word: str) -> bool:
    return code in ASKED and 0 < len(word) <= LONGEST_WORD and bool(plain(word))


class Words:
    """The different unknown words of a ledger, counted; memory does not grow with the rows."""

    def __init__(self) -> None:
        self.counts: dict[tuple[str, str], tuple[str, int]] = {}
        self.has_more = False

    def add(self, code: str, word: str) -> None:
        key = key_of(code, word)
        if key in self.counts or len(self.counts) < MOST_WORDS:
            shown, count = self.counts.get(key, (word, 0))
            self.counts[key] = (shown, count + 1)
        else:
            self.has_more = True

    def as_json(self) -> list[list[Any]]:
        """In the order of the columns, the most frequent first."""
        found = [(code, word, count) for (code, _), (word, count) in self.counts.items()]
        return [list(one) for one in sorted(found, key=lambda one: (ASKED.index(one[0]), -one[2]))]


def choices_for(code: str, converter: Converter) -> list[tuple[str, str]]:
    """What a word of this column can be said to mean, as it is kept and as it is read."""
    if code == "progress":
        return list(PROGRESS)
    entries = [(item.code, item.name) for item in converter.lists[code].items]
    return [*entries, (NOTHING, NOTHING_LABELS[code])] if code in NOTHING_LABELS else entries


def suggestion(code: str, word: str, converter: Converter) -> str:
    """The nearest entry of the column's list; nothing where none is near.

    That a lead has ended is suggested for a word that hardly differs, and never for a denial.
    """
    if code == "progress":
        close = difflib.get_close_matches(plain(word), converter.ends.by_name, 1, 0.75)
        return converter.ends.by_name[close[0]] if close and not DENIALS & set(word) else ""
    found = converter.lists[code].find(converter.lists[code].nearest(word))
    return found.code if found is not None else ""


def teach(converter: Converter, learned: Iterable[tuple[str, str, str]]) -> None:
    """Let `converter` know what the town has said: column, word, meaning.

    What a list has itself goes first, and an entry that is no longer in use means nothing.
    """
    for code, word, meaning in learned:
        if meaning == NOTHING:
            converter.blank.add(key_of(code, word))
        elif code == "progress":
            converter.ends.learn(word, meaning)
        else:
            item = next((one for one in converter.lists[code].items if one.code == meaning), None)
            if item is not None:
                converter.lists[code].learn(word, item)
