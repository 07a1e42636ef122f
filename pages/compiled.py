"""A subquery that is compiled once and asked of many querysets.

Django resolves, relabels and compiles a subquery anew in every queryset that holds it. One that
stands in every read of a request costs more there than in the database.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import BooleanField, Expression, F, Func, QuerySet


@dataclass(frozen=True)
class Compiled:
    """A queryset of one column as SQL. Its rows are found anew wherever it stands."""

    sql: str
    params: tuple[Any, ...]

    @classmethod
    def of(cls, read: QuerySet) -> Compiled:
        """`read` cannot refer to the row of another query."""
        sql, params = read.order_by().query.get_compiler(connection=connection).as_sql()
        return cls(sql, tuple(params))


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
