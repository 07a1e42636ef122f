"""Reads that are compiled once and asked many times.

Django resolves and compiles a queryset anew whenever it is asked. One that stands in every page,
or in every read of a request, costs more there than in the database.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache, wraps
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, Expression, F, Func, QuerySet

#: What Django knows to have no rows before it asks.
NOTHING = "SELECT NULL::bigint WHERE false"


@dataclass(frozen=True)
class Compiled:
    """A queryset of columns as SQL. Its rows are found anew whenever it is asked."""

    sql: str
    params: tuple[Any, ...]

    @classmethod
    def of(cls, read: QuerySet) -> Compiled:
        """`read` cannot refer to the row of another query, nor to a moment that passes."""
        try:
            sql, params = read.order_by().query.get_compiler(connection=connection).as_sql()
        except EmptyResultSet:
            return cls(NOTHING, ())
        return cls(sql, tuple(params))

    def count(self, limit: int) -> int:
        """How many rows there are; `limit` + 1 stands for all numbers above `limit`."""
        found = self._fetch("SELECT count(*) FROM ({sql} LIMIT %s) AS found", limit + 1)
        return found[0][0] if found else 0

    def rows(self, limit: int, **equal: Any) -> list[tuple[Any, ...]]:
        """The first rows by their first column, of those whose named columns are `equal`."""
        where = "".join(f" AND {column} = %s" for column in equal)
        around = f"SELECT * FROM ({{sql}}) AS found WHERE true{where} ORDER BY 1 LIMIT %s"
        return self._fetch(around, *equal.values(), limit)

    def _fetch(self, around: str, *params: Any) -> list[tuple[Any, ...]]:
        if self.sql == NOTHING:
            return []
        with connection.cursor() as cursor:
            cursor.execute(around.replace("{sql}", self.sql), (*self.params, *params))
            return cursor.fetchall()


@dataclass(frozen=True)
class _Reader:
    """A person, the same as long as their rights are."""

    key: int
    rights: frozenset[Any]
    user: Any = field(compare=False)


def compiled_for(build: Callable[[Any], QuerySet]) -> Callable[[Any], Compiled]:
    """What `build` reads for a person, compiled once for as long as their rights stay the same.

    `build` looks at who they are and at their rights, and at nothing else that changes.
    """

    @lru_cache(maxsize=1024)
    def compiled(reader: _Reader) -> Compiled:
        return Compiled.of(build(reader.user))

    @wraps(build)
    def read(user: Any) -> Compiled:
        return compiled(_Reader(user.pk, user.rights, user))

    return read


class IsAmong(Func):
    """Whether `key` of the row is among the rows of `read` when the queryset is evaluated.

    As an array, which is read once per statement, and which the planner does not take for something
    to be read again for every row. Meant for few rows.
    """

    output_field = BooleanField()

    def __init__(self, key: Expression | F | str, read: Compiled) -> None:
        super().__init__(key)
        self.read = read

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, tuple[Any, ...]]:
        key, params = compiler.compile(self.source_expressions[0])
        return f"{key} = ANY (ARRAY({self.read.sql}))", (*params, *self.read.params)
