"""Who sees which field of a lead: the one table that pages, lists, files and papers read.

A viewer has no, one or several standings towards a lead (`leads.standing` finds them out), and sees
what any of them grants. Who has none sees nothing at all, not even that there is such a lead: those
from whom a conflict of interest keeps it, other towns and other units, the custodian, the three
administrators. `docs/fields.md` is made from this table by `manage.py write_field_table`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from functools import lru_cache
from types import MappingProxyType


class Standing(Enum):
    """How a person stands to one lead. The value says who that is, for the document."""

    DIRECTOR = "the director of the office"
    OFFICE = "the office's people: all, of a limited lead who logged it and its handlers"
    READER = "who was let in to read it for a while: a leader by a grant, the office urgently"
    UNIT = "the people of a unit that the lead is assigned to, leading or assisting"
    LOGGED = "the people of the unit that logged it"
    FIGURES = (
        "the town's leaders, and of a restricted lead the office's people who do not handle it"
    )
    FADED = "the people of a unit that logged a restricted lead, or that it was assigned to"
    OUTSIDE = "the office's people and the town's leaders outside the circle of a limited lead"


class Sees(Enum):
    """How much of a field: all of it, or the part that is one's own unit's (one's own, of
    corrections), beside what belongs to no unit. Of what the reporter added, that is what the
    office has passed on.
    """

    ALL = "all"
    OWN = "own"


#: One row per field; the columns are the standings in their order, then what the field is.
TABLE = """
# field         direc. office reader unit   logged figur. faded  outs.
number          all    all    all    all    all    all    all    all    its number
state           all    all    all    all    all    all    all    all    state and round
dates           all    all    all    all    all    all    all    all    when it came, was logged, is due, was closed
secrecy         all    all    all    all    all    all    all    all    how wide its circle is
registrant      all    all    all    all    all    all    all    -      who logged it, and their unit
channel         all    all    all    all    all    all    all    -      how it came in
reporter_kind   all    all    all    all    all    all    all    -      whether the reporter gave a name
major           all    all    all    all    all    all    all    -      whether it is a major one
place           all    all    all    all    all    all    all    -      the village
domain          all    all    all    all    all    all    all    -      the trade or field
conduct         all    all    all    all    all    all    all    -      the kind of conduct
title           all    all    all    all    all    -      -      -      its title
allegation      all    all    all    all    all    -      -      -      what is alleged
place_detail    all    all    all    all    all    -      -      -      the place in words
external_number all    all    all    all    all    -      -      -      its number elsewhere
umbrella        all    all    all    all    all    -      -      -      whether it speaks of an umbrella
criteria        all    all    all    all    all    -      -      -      by which criteria it is major
subjects        all    all    all    all    all    -      -      -      whom it names, and what is said of them
named_units     all    all    all    all    all    -      -      -      the units that it names
callback        all    all    -      all    all    -      -      -      until when the reporter is called back
units           all    all    all    own    -      all    own    -      which units have it, how they stand
instructions    all    all    all    own    -      -      -      -      the words it was assigned with
papers          all    all    all    own    -      -      -      -      the papers issued with it
extensions      all    all    all    own    -      -      -      -      requests for more time
feedback        all    all    all    own    -      -      -      -      what was verified, on what grounds, by whom
attachments     all    all    all    own    own    -      -      -      names and contents of its files
removed         all    all    -      -      -      -      -      -      files that were taken down
revisions       all    all    -      own    own    -      -      -      corrections, with the earlier words
timeline        all    all    all    own    own    all    own    -      the steps: who, when, from where to where
notes           all    all    all    own    own    -      -      -      the words of the steps
office_notes    all    all    -      -      -      -      -      -      the words of the office's own steps
office_steps    all    all    -      -      -      -      -      -      who keeps away, who was let in to read
proposal        all    all    -      -      -      -      -      -      what the office proposes to close it with
finding         all    all    all    all    all    all    all    -      finding and disposition
closing_words   all    all    all    all    all    -      -      -      the words it was closed with
rounds          all    all    all    all    all    -      -      -      how earlier rounds ended
archive_ref     all    all    all    all    all    all    -      -      where its file is kept
kin             all    all    all    all    all    -      -      -      numbers of leads merged or split
referrals       all    all    all    -      -      -      -      -      to whom it was referred, their receipt
follow_ups      all    all    -      -      -      -      -      -      what the reporter said when called
clarifications  all    all    all    own    -      -      -      -      what was found untrue of whom, and how that was made known
codes           all    all    -      -      -      -      -      -      serials of query codes, what they tell
replies         all    all    -      -      -      -      -      -      what the reporter is told besides
supplements     all    all    own    own    -      -      -      -      what the reporter added with a code
rewards         all    all    all    -      -      all    -      -      tier, sum and grounds of a reward
conflicts       all    all    -      -      -      -      -      -      who keeps away from it, and why
readings        all    all    -      -      -      -      -      -      handlers, grants to read, urgent looks
holds           all    all    -      -      -      -      -      -      why its disposal is put off, and who said so
similar         all    all    -      -      -      -      -      -      leads that may be the same
"""  # noqa: E501

Seen = Mapping[str, Sees]
ORDER = tuple(Standing)


def _parse(table: str) -> tuple[dict[str, dict[Standing, Sees]], dict[str, str]]:
    cells, words = {}, {}
    for line in table.splitlines():
        if line and not line.startswith("#"):
            name, *rest = line.split(maxsplit=len(ORDER) + 1)
            words[name] = rest.pop()
            given = zip(ORDER, rest, strict=True)
            cells[name] = {standing: Sees(cell) for standing, cell in given if cell != "-"}
    return cells, words


FIELDS, WORDS = _parse(TABLE)


def granting(name: str, *, whole: bool = False) -> frozenset[Standing]:
    """The standings that see the field; with `whole` those that see all of it."""
    cells = FIELDS[name]
    return frozenset(one for one in cells if not whole or cells[one] is Sees.ALL)


@lru_cache(maxsize=512)
def seen_by(standings: frozenset[Standing], *, faded: bool = False) -> Seen:
    """The fields that one of `standings` grants, each with how much; others are absent.

    `faded`: as a list tells of a restricted lead, to whomever: its figures alone.
    """
    seen = {}
    for name, cells in FIELDS.items():
        if faded and Standing.FIGURES not in cells:
            continue
        given = {cells[one] for one in standings if one in cells}
        if given:
            seen[name] = Sees.ALL if Sees.ALL in given else Sees.OWN
    return MappingProxyType(seen)


INTRODUCTION = (
    "Made from `leads/fields.py` by `manage.py write_field_table`. Who has none of these standings "
    "towards a lead sees nothing of it: who must keep away (回避), other towns and units, the "
    "custodian, the three administrators. *own* is the part of one's own unit (of corrections: "
    "one's own), beside what belongs to no unit; of what the reporter added, what the office has "
    "passed on."
)


def document() -> str:
    """The table as people read it (docs/fields.md)."""
    heads = [standing.name.lower() for standing in ORDER]
    lines = [
        "# Who sees which field of a lead",
        "",
        INTRODUCTION,
        "",
        *(f"- **{standing.name.lower()}**: {standing.value}" for standing in ORDER),
        "",
        _row(["field", *heads, ""]),
        _row(["---"] * (len(heads) + 2)),
        *(_row([f"`{name}`", *_cells(name), WORDS[name]]) for name in FIELDS),
    ]
    return "\n".join(lines) + "\n"


def _cells(name: str) -> Iterable[str]:
    return (FIELDS[name][one].value if one in FIELDS[name] else "–" for one in ORDER)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
