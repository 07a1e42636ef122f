"""Going through a whole ledger: how many leads it holds, what is wrong, what was there before."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.db.models import CharField, Func

from departments.models import Account
from jobs.workbook import Row
from leads.imports import store
from leads.imports.layout import is_ledger_row
from leads.imports.models import ImportBatch, WordMapping
from leads.imports.rows import Converter, Entry, Problem
from leads.imports.words import Words
from leads.models import Lead
from leads.states import LeadState

#: So many problems are listed and marked; more are only counted.
PROBLEMS_KEPT = 2_000
PROGRESS_EVERY = 200


@dataclass
class Examination:
    """What a ledger holds, and the people and units (keys) that it names."""

    rows: int = 0
    closed: int = 0
    skipped: int = 0
    errors: int = 0
    warnings: int = 0
    problems: list[Problem] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    units: set[int] = field(default_factory=set)
    words: Words = field(default_factory=Words)

    def add(self, problem: Problem) -> None:
        if problem.is_error:
            self.errors += 1
        else:
            self.warnings += 1
        if len(self.problems) < PROBLEMS_KEPT:
            self.problems.append(problem)


def converter_of(batch: ImportBatch) -> Converter:
    """As the batch's columns and the town's words have it."""
    return Converter(
        town=batch.town_id,
        layout=batch.layout,
        mapping=batch.mapping,
        defaults=batch.defaults,
        learned=WordMapping.objects.filter(town=batch.town_id).values_list(
            "column", "word", "meaning"
        ),
    )


def entries(batch: ImportBatch) -> Iterator[Entry | Row]:
    """The ledger's entries in order, and between them the rows that are none."""
    converter = converter_of(batch)
    for row in store.rows(batch.path):
        if is_ledger_row(row, batch.layout, batch.mapping):
            yield converter.convert(row)
        elif row.number > batch.layout.last_row:
            yield row


def examine(batch: ImportBatch, *, actor: Account, progress: Callable[[int], None]) -> Examination:
    """Check every row. Changes nothing; memory grows with the problems and the
    names, not with the rows."""
    found = Examination()
    seen: dict[bytes, int] = {}
    for count, entry in enumerate(entries(batch), 1):
        if count % PROGRESS_EVERY == 0:
            progress(count)
        if isinstance(entry, Row):
            found.skipped += 1
            continue
        found.rows += 1
        found.closed += entry.fields.get("state") == LeadState.CLOSED
        found.names.update(entry.subjects)
        found.units.update(unit.pk for unit in entry.named_units)
        for problem in entry.problems:
            found.add(problem)
        for code, word in entry.unknown:
            found.words.add(code, word)
        if entry.is_fit:
            key = _key(entry)
            if key in seen:
                found.add(_same_as_above(entry.row, seen[key]))
            else:
                seen[key] = entry.row
    for problem in _there_already(seen, actor, batch):
        found.add(problem)
    found.problems.sort(key=lambda problem: (problem.row, problem.column))
    return found


def _key(entry: Entry) -> bytes:
    """The same for entries of one day with the same words, or of the same outside number."""
    if number := entry.fields.get("external_number"):
        return f"#|{number}".encode()
    words = hashlib.md5(entry.fields["allegation"].encode(), usedforsecurity=False).hexdigest()
    return f"{entry.fields['received_on']}|{words}".encode()


def _same_as_above(row: int, first: int) -> Problem:
    return Problem(
        row=row,
        words=f"与第 {first} 行相同",
        advice="确是同一条的，请删去一行",
        is_error=False,
    )


class _Digest(Func):
    function = "md5"
    output_field = CharField()


def _there_already(seen: dict[bytes, int], actor: Account, batch: ImportBatch) -> Iterator[Problem]:
    """Rows whose day and words are those of a lead that the person can see."""
    if not seen:
        return
    marks = {key.decode().split("|", 1)[1] for key in seen}
    leads = Lead.objects.listing("allegation", actor).filter(jurisdiction=batch.town_id)
    leads = leads.order_by("pk")
    same = leads.annotate(digest=_Digest("allegation")).filter(digest__in=marks)
    numbered = leads.exclude(external_number="").filter(external_number__in=marks)
    found = [
        (f"{day}|{digest}", number, "日期和内容")
        for day, digest, number in same.values_list("received_on", "digest", "number")
    ] + [
        (f"#|{outside}", number, "来源编号")
        for outside, number in numbered.values_list("external_number", "number")
    ]
    told = set()
    for key, number, what in found:
        row = seen.get(key.encode())
        if row is not None and row not in told:
            told.add(row)
            yield Problem(
                row=row,
                words=f"与已登记的线索 {number} {what}相同",
                advice="已登记过的，请删去这一行",
                is_error=False,
            )
