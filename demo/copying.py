"""Rows by the thousand in one statement: several times as fast as Django's own bulk_create.

COPY cannot write where policies hold (`leads.wall`), so the rows go as one JSON value.
Constraints, triggers and generated columns work as they do for any other row.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection, models


def copy(rows: Sequence[models.Model]) -> None:
    """Write unsaved `rows`, all of one model, and give them their keys.

    Every value must be set in Python: database defaults do not apply. What a row refers to must
    have its key by now, also if it had none when the row was made.
    """
    if not rows:
        return
    model = type(rows[0])
    fields = [field for field in model._meta.concrete_fields if not field.generated]
    for row, key in zip(rows, _keys(model, len(rows)), strict=True):
        row.pk = key
    kept = [{field.column: _value(row, field) for field in fields} for row in rows]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in fields)
    table = quote(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({columns}) "
            f"SELECT {columns} FROM json_populate_recordset(NULL::{table}, %s)",
            [json.dumps(kept, default=str, ensure_ascii=False)],
        )


def _keys(model: type[models.Model], count: int) -> Iterator[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [model._meta.db_table, model._meta.pk.column, count],
        )
        return (key for (key,) in cursor.fetchall())


def _value(row: models.Model, field: models.Field) -> Any:
    value = getattr(row, field.attname)
    if value is None and field.is_relation:
        # The row was made before what it refers to was written.
        related = field.get_cached_value(row, default=None)
        return related and related.pk
    return value
