"""Reads the whole trail and its seals, and says in plain words where they disagree.

Seal after seal in blocks, in memory that does not grow. The database hashes the entries with its
built-in functions; the links of the chain are computed here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from django.db import connection
from django.utils import timezone

from audit.seals import canonical, waiting
from audit.seals.waiting import Span

#: Seals that are read at once.
BLOCK = 20
#: So many broken entries are named one by one; then they are counted only.
NAMED = 20

SEALS = f"""
SELECT seal.number, seal.version, seal.previous, seal.hash, seal.sealed_at, seal.count,
       seal.first_id, seal.last_id, seal.top, seal.waiting, seal.content,
       encode({canonical.CONTENT_HASH.format(seal="seal")}, 'hex') AS read,
       cardinality(seal.entry_ids), seal.entry_ids[1], seal.entry_ids[cardinality(seal.entry_ids)]
FROM audit_seal seal WHERE seal.number > %s AND seal.number <= %s ORDER BY seal.number LIMIT {BLOCK}
"""
#: Every sealed entry of the seals from … to …, beside the row that there is: the broken ones, and
#: how many rows there are.
ENTRIES = f"""
WITH sealed AS (
    SELECT seal.number, of.id, of.digest
    FROM audit_seal seal, unnest(seal.entry_ids, seal.digests) AS of(id, digest)
    WHERE seal.number BETWEEN %s AND %s
), compared AS (
    SELECT sealed.number, sealed.id, sealed.digest, row.digest AS now,
           row.id IS NOT NULL AS is_there
    FROM sealed LEFT JOIN (
        SELECT entry.id, {canonical.ENTRY_DIGEST.format(entry="entry")} AS digest
        FROM audit_auditentry entry WHERE entry.id BETWEEN %s AND %s
    ) AS row USING (id)
), broken AS (
    SELECT * FROM compared WHERE NOT is_there OR now <> digest ORDER BY id
)
SELECT (SELECT count(*) FROM compared WHERE is_there),
       (SELECT count(*) FROM broken),
       (SELECT json_agg(json_build_array(
            one.number, one.id, one.is_there,
            (SELECT min(other.id) FROM sealed other
             WHERE other.digest = one.now AND other.id <> one.id)))
        FROM (SELECT * FROM broken LIMIT {NAMED}) AS one)
"""
LATE = """
SELECT of.id FROM audit_seal seal, unnest(seal.entry_ids) AS of(id)
WHERE seal.number = %s AND of.id <= %s
"""
NOT_WAITING = """
NOT EXISTS (SELECT FROM unnest(%s::bigint[], %s::bigint[]) AS span(low, high)
            WHERE entry.id BETWEEN span.low AND span.high)
"""
PASSED = f"SELECT count(*) FROM audit_auditentry entry WHERE entry.id <= %s AND {NOT_WAITING}"
INSERTED = f"""
SELECT entry.id FROM audit_auditentry entry
LEFT JOIN (SELECT DISTINCT unnest(seal.entry_ids) AS id FROM audit_seal seal
           WHERE seal.number <= %s) AS sealed ON sealed.id = entry.id
WHERE sealed.id IS NULL AND entry.id <= %s AND {NOT_WAITING}
ORDER BY entry.id LIMIT {NAMED}
"""


class BadHead(Exception):
    """What was given as the head of the chain is none."""


@dataclass(frozen=True)
class Head:
    """The end of the chain as it was kept elsewhere; without a number where only a hash was."""

    hash: str
    number: int | None = None

    @classmethod
    def of(cls, text: str) -> Head:
        """Read the last line of a file of that name; without one, `text` itself."""
        path = Path(text)
        lines = path.read_text().split("\n") if len(text) < 1000 and path.is_file() else [text]
        return cls.parse(next((line for line in reversed(lines) if line.strip()), ""))

    @classmethod
    def parse(cls, text: str) -> Head:
        """Read `NUMBER:HASH` or `HASH`, whatever stands before it. BadHead for anything else."""
        number, _, digest = (text.split() or [""])[-1].lower().rpartition(":")
        is_hash = len(digest) == 64 and set(digest) <= set("0123456789abcdef")
        if not is_hash or (number and not (number.isascii() and number.isdecimal())):
            raise BadHead("链头应为“序号:校验值”或 64 位校验值，或末行如此的文件。")
        return cls(digest, int(number) if number else None)


@dataclass
class Report:
    """What was found. `faults` are in the order of the chain, in words."""

    seals: int = 0
    entries: int = 0
    unsealed: int = 0
    head: str = ""
    faults: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.faults


@dataclass(frozen=True)
class _Link:
    """A seal without the arrays; `read` is what its content comes to as it stands now."""

    number: int
    version: int
    previous: str
    hash: str
    sealed_at: dt.datetime
    count: int
    first_id: int | None
    last_id: int | None
    top: int
    waiting: str
    content: str
    read: str
    ids: int
    first: int | None
    last: int | None

    @property
    def is_intact(self) -> bool:
        names = ("version", "number", "previous", "sealed_at", "count", "first_id", "last_id")
        values = {name: getattr(self, name) for name in (*names, "top", "waiting", "content")}
        said = (self.read, self.ids, self.first, self.last)
        return canonical.seal_hash(**values) == self.hash and said == (
            self.content,
            self.count,
            self.first_id,
            self.last_id,
        )

    @property
    def spans(self) -> list[Span]:
        try:
            return waiting.read(self.waiting)
        except ValueError:
            return []


def verify(
    *,
    head: Head | None = None,
    kept: Iterable[Head] = (),
    progress: Callable[[int], None] | None = None,
) -> Report:
    """Compare the whole trail with its seals, and the chain with `head` and those that were `kept`.

    What is sealed or written meanwhile is left to the next time. `progress` is told how many
    seals have been read.
    """
    report = Report()
    last = _start()
    end = _one("SELECT coalesce(max(number), 0) FROM audit_seal", [])
    there, missed = 0, {one.hash: one for one in [*kept, *([head] if head else [])]}
    for block in _blocks(end):
        for before, link in pairwise([last, *block]):
            _check_link(before, link, report)
            missed.pop(link.hash, None)
        there += _check_entries(block, report)
        report.seals += len(block)
        last = block[-1]
        if progress:
            progress(report.seals)
    _check_inserted(last, there, end, report)
    report.entries = there
    report.unsealed = _one("SELECT count(*) FROM audit_auditentry WHERE id > %s", [last.top])
    report.head = f"{last.number}:{last.hash}" if report.seals else ""
    if missed:
        # The newest tells what the others do.
        report.faults.append(_missed(max(missed.values(), key=lambda one: one.number or 0), last))
    return report


def count_seals() -> int:
    return _one("SELECT count(*) FROM audit_seal", [])


def _start() -> _Link:
    """What comes before the first seal."""
    moment = dt.datetime.fromtimestamp(0, dt.UTC)
    nothing = canonical.NOTHING
    return _Link(0, 1, "", nothing, moment, 0, None, None, 0, "", "", "", 0, None, None)


def _blocks(end: int) -> Iterator[list[_Link]]:
    number = 0
    while block := [_Link(*row) for row in _all(SEALS, [number, end])]:
        yield block
        number = block[-1].number


def _check_link(before: _Link, link: _Link, report: Report) -> None:
    if link.number != before.number + 1:
        gone = f"封存 {before.number + 1}"
        if link.number > before.number + 2:
            gone += f" 至 {link.number - 1}"
        report.faults.append(f"{gone} 缺失：封存 {before.number} 之后直接是封存 {link.number}。")
    elif link.previous != before.hash:
        report.faults.append(
            f"封存 {link.number} 与前一封存接不上：它记下的校验值不是封存 {before.number} 的，"
            "其中一个被改写或调换过。"
        )
    if not link.is_intact:
        report.faults.append(
            f"封存 {link.number}（{_moment(link)}）被修改过：内容与它的校验值不符。"
        )
    elif link.number == before.number + 1:
        _check_spans(before, link, report)


def _check_spans(before: _Link, link: _Link, report: Report) -> None:
    """A seal takes ids that are new, or that were waiting; no id can wait again."""
    known = before.spans
    late = []
    if link.first_id is not None and link.first_id <= before.top:
        late = [key for (key,) in _all(LATE, [link.number, before.top])]
    strays = [key for key in late if not any(key in span for span in known)]
    for span in link.spans:
        was_open = any(span.low in one and span.high in one for one in known)
        if span.low <= before.top and not was_open:
            strays.append(span.low)
    if strays or link.top < before.top:
        report.faults.append(
            f"封存 {link.number} 有误：编号 {min(strays, default=link.top)} 早已处理完毕，"
            "不能再次封存。"
        )


def _check_entries(block: list[_Link], report: Report) -> int:
    """Name the entries of these seals that are no longer what was sealed; how many there are."""
    firsts = [link.first for link in block if link.first is not None]
    if not firsts:
        return 0
    lasts = [link.last for link in block if link.last is not None]
    values = [block[0].number, block[-1].number, min(firsts), max(lasts)]
    [(there, broken, named)] = _all(ENTRIES, values)
    for number, key, is_there, place_of in named or []:
        if not is_there:
            words = f"记录 {key} 缺失：它在封存 {number} 中，现在找不到。"
        elif place_of is not None:
            words = f"记录 {key} 被调换：现在是记录 {place_of} 封存时的内容（封存 {number}）。"
        else:
            words = f"记录 {key} 被修改过：与封存 {number} 时的内容不符。"
        report.faults.append(words)
    if broken > NAMED:
        report.faults.append(
            f"封存 {block[0].number} 至 {block[-1].number} 中另有 {broken - NAMED} 条记录不符。"
        )
    return there


def _check_inserted(last: _Link, there: int, end: int, report: Report) -> None:
    """Entries under ids that the seals have passed, but in none of them."""
    spans = [[span.low for span in last.spans], [span.high for span in last.spans]]
    passed = _one(PASSED, [last.top, *spans])
    if passed == there:
        return
    found = [key for (key,) in _all(INSERTED, [end, last.top, *spans])]
    report.faults += [
        f"记录 {key} 不在任何封存中：是封存之后插入的，或封存它的那一次缺失。" for key in found
    ]
    if passed - there > len(found) > 0:
        report.faults.append(f"另有 {passed - there - len(found)} 条记录不在任何封存中。")


def _missed(head: Head, last: _Link) -> str:
    """What it means that the chain does not have `head`."""
    if head.number is None:
        return "没有校验值与另存的链头相同的封存：尾部被截去，或封存被改写过。"
    if head.number > last.number:
        return f"尾部被截去：另存的链头是封存 {head.number}，现在只到封存 {last.number}。"
    return f"封存 {head.number} 与另存的链头不同：它或更早的封存被改写过。"


def _moment(link: _Link) -> str:
    return f"{timezone.localtime(link.sealed_at):%Y-%m-%d %H:%M}"


def _all(statement: str, values: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def _one(statement: str, values: list[Any]) -> Any:
    return _all(statement, values)[0][0]
