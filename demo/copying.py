"""Rows by the thousand, through PostgreSQL's COPY: several times as fast as INSERT.

Constraints, triggers and generated columns work as they do for any other row.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection, models

ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
NULL = r"\N"


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
    lines = io.StringIO()
    for row in rows:
        lines.write("\t".join([_text(_value(row, field)) for field in fields]))
        lines.write("\n")
    lines.seek(0)
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in fields)
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {quote(model._meta.db_table)} ({columns}) FROM STDIN", lines)


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


def _text(value: Any) -> str:
    if type(value) is str:
        return value.translate(ESCAPES)
    if value is None:
        return NULL
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return str(value).translate(ESCAPES)
