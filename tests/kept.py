"""Rows that services have made once, put back for every later test of the process.

A town with its people is three hundred statements, and most tests begin with one. Made again by
one statement per table, the rows are the same, keys included; triggers see them come as before.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable

from django.db import connection, models
from django.utils import timezone

from leads.models import Lead

_kept: dict[Hashable, dict[type[models.Model], str]] = {}


def made_once(key: Hashable, of: tuple[type[models.Model], ...], make: Callable[[], None]) -> None:
    """Have what `make` adds to the tables `of`, which refer to no later one of them.

    `key` names all that the rows depend on. Where leads are there already, the services are asked
    again: they may do more than add these rows.
    """
    if Lead.objects.exists():
        make()
    elif key in _kept:
        for model, rows in _kept[key].items():
            _put_back(model, rows)
    else:
        before = {model: list(model.objects.values_list("pk", flat=True)) for model in of}
        make()
        _kept[key] = {model: _rows(model, without=keys) for model, keys in before.items()}


def _rows(model: type[models.Model], *, without: list[int]) -> str:
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT json_agg(t ORDER BY id) FROM {table} t WHERE id <> ALL (%s)", [without]
        )
        return json.dumps(cursor.fetchone()[0])


def _put_back(model: type[models.Model], rows: str) -> None:
    """Moments are those of the test, not of the first time."""
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    fields = model._meta.concrete_fields
    columns = ", ".join(quote(field.column) for field in fields)
    values = ", ".join(_value(field, quote(field.column)) for field in fields)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({columns})"
            f" SELECT {values} FROM json_populate_recordset(NULL::{table}, %(rows)s)",
            {"rows": rows, "now": timezone.now()},
        )


def _value(field: models.Field, column: str) -> str:
    return (
        f"CASE WHEN {column} IS NOT NULL THEN %(now)s END"
        if isinstance(field, models.DateTimeField)
        else column
    )
