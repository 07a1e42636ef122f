"""A subquery that is compiled once and asked of many querysets.

Django resolves, relabels and compiles a subquery anew in every queryset that holds it. One that
stands in every read of a request costs more there than in the database.
"""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.models import BooleanField, Expression, F, Func, QuerySet


class IsAmong(Func):
    """Whether `key` of the row is among the rows of `read`, a queryset of one column.

    The read is compiled here, its rows are found when the queryset is evaluated. It cannot refer
    to the row.
    """

    output_field = BooleanField()

    def __init__(self, key: Expression | F | str, read: QuerySet) -> None:
        super().__init__(key)
        self.read, self.read_params = (
            read.order_by().query.get_compiler(connection=connection).as_sql()
        )

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, tuple[Any, ...]]:
        key, params = compiler.compile(self.source_expressions[0])
        sql = f"EXISTS (SELECT 1 FROM ({self.read}) AS found(key) WHERE found.key = {key})"
        return sql, (*self.read_params, *params)
