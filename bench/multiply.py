"""A ledger of a million leads out of some thousand: copied inside the database.

    make_room(more)             before the demo's own leads are written
    multiply(more, say)         after it

Every lead that is added is a copy of an older demo lead, with all that belongs to it: numbered
and dated anew, earlier than the demo's own, its text put together from two leads and from
`bench.words`. What refers to a lead is found from the models, so that a table that comes later
is copied too, unless each of its rows has something to itself that is not (a file). Indexes are
built after the load, and neither foreign keys nor triggers check it again: they hold by
construction.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from django.apps import apps
from django.db import connection, models

from bench import words
from leads.models import Lead

CHUNK = 20_000
#: As many connections write at once: what costs time is cutting texts into pairs.
WRITERS = 2
#: The copies are older than the demo's own leads by up to so many days.
DAYS = 3000
MEMORY = "512MB"
NEW_KEY = "nextval(pg_get_serial_sequence('{table}', '{column}'))"

#: The places of four words: three of all times, one of an era (0, 1, …).
DRAWN = f"""
           power({words.COUNT - 1}, random())::int AS one,
           power({words.COUNT - 1}, random())::int AS two,
           power({words.COUNT - 1}, random())::int AS three,
           {words.COUNT} + {{era}} * {words.ERA_WORDS}
               + power({words.ERA_WORDS - 1}, random())::int AS four
"""
PREPARE = f"""
CREATE UNLOGGED TABLE bench_source AS
    SELECT row_number() OVER (ORDER BY id) AS place, id, registered_at,
           split_part(title, '】', 2) AS matter
    FROM leads_lead
    WHERE registered_at < (SELECT max(registered_at) FROM leads_lead) - interval '35 days';
ALTER TABLE bench_source ADD PRIMARY KEY (place);
CREATE UNLOGGED TABLE bench_map_leads_lead AS
    SELECT copy, first.id AS source, copy AS id, second.matter,
           (SELECT min(registered_at) FROM leads_lead)
               - (%(more)s - copy) * (interval '{DAYS} days' / %(more)s)
               - first.registered_at AS shift,
           {DRAWN.format(era=f"(copy - 1) * {words.ERAS} / %(more)s")}
    FROM (
        SELECT copy,
               1 + (random() * (sources - 1))::int AS first,
               1 + (random() * (sources - 1))::int AS second
        FROM generate_series(1, %(more)s) AS copies(copy),
             (SELECT count(*) AS sources FROM bench_source) AS counted
    ) AS drawn
    JOIN bench_source AS first ON first.place = drawn.first
    JOIN bench_source AS second ON second.place = drawn.second
    ORDER BY copy;
ALTER TABLE bench_map_leads_lead ADD PRIMARY KEY (copy);
CREATE UNLOGGED TABLE bench_word (place int PRIMARY KEY, word text NOT NULL);
"""
END = "（演示数据，内容虚构）"
DETAIL = (
    "'地点在' || one.word || '附近，靠' || two.word || '，经' || three.word || '，涉及'"
    f" || four.word || '。{END}'"
)
#: The text of a copy, over its source, what was drawn for it and the drawn words.
ALLEGATION = f"split_part(old.allegation, '。', 1) || '，又称' || made.matter || '。' || {DETAIL}"
WORDS = " ".join(
    f"JOIN bench_word {name} ON {name}.place = made.{name}"
    for name in ("one", "two", "three", "four")
)
#: The demo's own leads, the newest of all, speak of two matters, of places and of firms as their
#: copies do: else a word of the copies would be common everywhere but where a list begins.
ENRICH = f"""
UPDATE leads_lead AS lead
SET allegation = split_part(lead.allegation, '。', 1) || '，又称' || made.matter || '。' || {DETAIL}
FROM (
    SELECT id, lag(split_part(title, '】', 2), 7, title) OVER (ORDER BY id) AS matter,
           {DRAWN.format(era=words.ERAS - 1)}
    FROM leads_lead WHERE id > %s
) AS made {WORDS}
WHERE made.id = lead.id
"""
NUMBER = "regexp_replace(old.number, '[0-9]+-[0-9]+$', '') || 'C-' || lpad(made.id::text, 8, '0')"


def make_room(more: int) -> None:
    """Let the leads that are written next be newer than the `more` that follow them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence('leads_lead', 'id'), %s)", [max(more, 1)]
        )


def multiply(more: int, say: Callable[[str], object]) -> None:
    """Add `more` leads under the keys 1 to `more`, which must be free. Commits as it goes.

    `say` is told each stage when it is done, with the seconds that it took.
    """
    copied = list(_copied())
    with _told("drawn", say), connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.5)")
        cursor.execute(PREPARE, {"more": more})
        lines = "".join(f"{place}\t{word}\n" for place, word in enumerate(words.vocabulary()))
        cursor.copy_expert("COPY bench_word FROM STDIN", io.StringIO(lines))
        cursor.execute("ANALYZE bench_map_leads_lead, bench_word")
    with _bare([copy.table for copy in copied], say):
        for copy in copied:
            with _told(copy.table, say):
                if copy.is_kept:
                    _together([copy.map_statement()])
                chunks = range(1, more + 1, CHUNK)
                _together(copy.statement(start, start + CHUNK - 1) for start in chunks)
        with connection.cursor() as cursor:
            cursor.execute(ENRICH, [more])
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE bench_source, bench_word")
        for copy in copied:
            cursor.execute(f"DROP TABLE IF EXISTS {copy.map}")


@dataclass(frozen=True)
class Copy:
    """How the rows of one model are copied: along its keys to what is copied before it."""

    model: type[models.Model]
    parents: tuple[models.Field, ...]
    is_kept: bool  # whether other rows refer to these, so that their new keys must be known

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def map(self) -> str:
        return _map(self.model)

    def map_statement(self) -> str:
        """Draw the new keys: of which copied lead, from which row, to which key."""
        first = self.parents[0]
        key = NEW_KEY.format(table=self.table, column=self.model._meta.pk.column)
        return (
            f"CREATE UNLOGGED TABLE {self.map} AS"
            f" SELECT copy, source, {key} AS id FROM ("
            f" SELECT parent.copy, old.id AS source FROM {self.table} old"
            f" JOIN {_map(first.related_model)} parent ON parent.source = old.{first.column}"
            f" ORDER BY parent.copy, old.id) AS ordered;"
            f" ALTER TABLE {self.map} ADD PRIMARY KEY (copy, source); ANALYZE {self.map}"
        )

    def statement(self, start: int, end: int) -> str:
        """Copy what belongs to the copied leads `start` to `end`."""
        fields = [field for field in self.model._meta.concrete_fields if not field.generated]
        columns = ", ".join(f'"{field.column}"' for field in fields)
        values = ", ".join(self._value(field) for field in fields)
        return (
            f"INSERT INTO {self.table} ({columns}) SELECT {values} FROM {self._source()}"
            f" WHERE made.copy BETWEEN {start} AND {end} ORDER BY made.copy, old.id"
        )

    def _source(self) -> str:
        made = f"JOIN {_map(Lead)} made ON made.copy = "
        if self.is_kept:
            joins = f" JOIN {self.map} new ON new.source = old.id {made} new.copy"
            parents = self.parents
        else:
            first = self.parents[0]
            joins = (
                f" JOIN {_map(first.related_model)} {first.name}_new"
                f" ON {first.name}_new.source = old.{first.column}"
                f" {made} {first.name}_new.copy"
            )
            parents = self.parents[1:]
        for field in parents:
            joins += (
                f" LEFT JOIN {_map(field.related_model)} {field.name}_new"
                f" ON {field.name}_new.source = old.{field.column}"
                f" AND {field.name}_new.copy = made.copy"
            )
        return f"{self.table} old" + joins

    def _value(self, field: models.Field) -> str:
        column = f'old."{field.column}"'
        if field in self.parents:
            return f"{field.name}_new.id"
        if field.primary_key:
            return self._key(field)
        if field.related_model is Lead:  # one lead that refers to another: not its copy
            return "NULL"
        if field.unique:
            is_random = isinstance(field, models.UUIDField)
            return "gen_random_uuid()" if is_random else f"{column} || '-' || made.id"
        if isinstance(field, models.DateField):
            return f"({column} + made.shift){'' if _is_moment(field) else '::date'}"
        return column

    def _key(self, field: models.Field) -> str:
        if self.is_kept:
            return "new.id"
        return NEW_KEY.format(table=self.table, column=field.column)


class LeadCopy(Copy):
    """The leads themselves, from which all other copies follow."""

    def _source(self) -> str:
        return f"{self.table} old JOIN {self.map} made ON made.source = old.id {WORDS}"

    def _value(self, field: models.Field) -> str:
        own = {"id": "made.id", "number": NUMBER, "allegation": ALLEGATION}
        return own.get(field.name) or super()._value(field)


def _is_moment(field: models.Field) -> bool:
    return isinstance(field, models.DateTimeField)


def _map(model: type[models.Model]) -> str:
    return f"bench_map_{model._meta.db_table}"


def _copied() -> Iterator[Copy]:
    """Leads, then all models whose rows belong to leads, each after those that it refers to."""
    known: dict[type[models.Model], tuple[models.Field, ...]] = {Lead: ()}
    candidates = [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
    ]
    while True:
        found = {
            model: parents
            for model in candidates
            if model not in known and (parents := _parents(model, known))
        }
        if not found:
            break
        known |= found
    known = {model: parents for model, parents in known.items() if not _owns(model, known)}
    # Once more: a model may refer to one that was found after it.
    order = {model: _parents(model, known) for model in known if model is not Lead}
    referred = {field.related_model for parents in order.values() for field in parents}
    yield LeadCopy(Lead, (), is_kept=False)
    done: set[type[models.Model]] = {Lead}
    while order:
        ready = [model for model in order if {f.related_model for f in order[model]} <= done]
        if not ready:
            raise RuntimeError(f"these models refer to each other in a circle: {list(order)}")
        for model in ready:
            yield Copy(model, order.pop(model), is_kept=model in referred)
            done.add(model)


def _owns(model: type[models.Model], known: Iterable[type]) -> bool:
    """Whether each row of `model` has a row of something uncopied to itself."""
    fields = model._meta.concrete_fields
    return any(field.unique and field.related_model not in {None, *known} for field in fields)


def _parents(model: type[models.Model], known: Iterable[type]) -> tuple[models.Field, ...]:
    """The keys of `model` to copied rows, those that are always there first."""
    fields = [
        field
        for field in model._meta.concrete_fields
        if field.related_model in known and field.related_model is not model
    ]
    return tuple(sorted(fields, key=lambda field: field.null))


def _together(statements: Iterable[str]) -> None:
    """Run the statements on several connections, in their order as far as that goes."""
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(_run, statements))


def _run(statement: str) -> None:
    # A connection belongs to its thread, and ends with the statement.
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SET synchronous_commit = off; SET maintenance_work_mem = '{MEMORY}';"
                " SET work_mem = '128MB'; SET jit = off"
            )
            cursor.execute(statement)
    finally:
        connection.close()


@contextmanager
def _bare(tables: list[str], say: Callable[[str], object]) -> Iterator[None]:
    """Without indexes, foreign keys and triggers for a while; those that hold a constraint stay."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s)"
            " AND indexname NOT IN (SELECT conname FROM pg_constraint)",
            [tables],
        )
        indexes = dict(cursor.fetchall())
        cursor.execute(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)"
            " FROM pg_constraint WHERE contype = 'f' AND conrelid::regclass::text = ANY(%s)",
            [tables],
        )
        keys = cursor.fetchall()
        for table, name, _ in keys:
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        for name in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    yield
    with _told("indexes", say):
        # The widest first.
        _together(sorted(indexes.values(), key=lambda definition: "gin" not in definition))
    with connection.cursor() as cursor:
        for table, name, definition in keys:
            cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition} NOT VALID')
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


@contextmanager
def _told(what: str, say: Callable[[str], object]) -> Iterator[None]:
    start = time.monotonic()
    yield
    say(f"{what}: {time.monotonic() - start:.0f} s")
