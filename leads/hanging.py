"""What hangs on a lead, and that none of it is deleted in the course of work."""

from __future__ import annotations

from functools import lru_cache

from django.apps import apps
from django.db import models

#: Rows that the portal itself deletes in the course of work: what a correction replaces (the
#: earlier words stay in its revision), conflicts that follow from what was named, and drafts of
#: acts on many leads. Nothing else that hangs on a lead is the runtime role's to delete.
DELETABLE = {"Subject", "Lead_named_units", "Lead_criteria", "ConflictOfInterest", "BulkItem"}


def is_kept(model: type[models.Model]) -> bool:
    """Whether rows of `model` are a lead's, and go by nothing but its disposal."""
    return model in hanging() and model.__name__ not in DELETABLE


def hanging() -> dict[type[models.Model], str]:
    """The lead and every model that hangs on it, each with SQL for the key of its lead."""
    found: dict[type[models.Model], str] = {}
    for model, field in _links().items():
        found[model] = _key(model, field, found)
    return found


def rows_of(model: type[models.Model], keys: str) -> str:
    """SQL for the condition that a row of `model` hangs on one of the leads in the array `keys`."""
    field = _links()[model]
    if field is None:
        return f"id = ANY({keys})"
    above = field.related_model
    if _links()[above] is None:
        return f"{field.column} = ANY({keys})"
    return f"{field.column} IN (SELECT id FROM {above._meta.db_table} WHERE {rows_of(above, keys)})"


@lru_cache(maxsize=1)
def _links() -> dict[type[models.Model], models.Field | None]:
    """The lead and every model that hangs on it, what is above first, each with the field by which
    it hangs.
    """
    from leads.models import Lead

    found: dict[type[models.Model], models.Field | None] = {Lead: None}
    waiting = list(apps.get_app_config("leads").get_models(include_auto_created=True))
    while more := {model: field for model in waiting if (field := _link(model, found))}:
        found |= more
    return found


def _link(
    model: type[models.Model], found: dict[type[models.Model], models.Field | None]
) -> models.Field | None:
    """The field by which `model` hangs on what has been found; none where there is none."""
    if model in found:
        return None
    fields = [field for field in model._meta.concrete_fields if field.is_relation]
    # The lead itself where there is such a column, rather than the long way.
    fields.sort(key=lambda field: (field.related_model.__name__ != "Lead", field.null))
    return next((field for field in fields if field.related_model in found), None)


def _key(
    model: type[models.Model],
    field: models.Field | None,
    above: dict[type[models.Model], str],
) -> str:
    """SQL for the key of a row's lead, by way of what is `above` it."""
    table = model._meta.db_table
    if field is None:
        return f"{table}.id"
    if _links()[field.related_model] is None:
        return f"{table}.{field.column}"
    over, key = field.related_model._meta.db_table, above[field.related_model]
    return f"(SELECT {key} FROM {over} WHERE {over}.id = {table}.{field.column})"
