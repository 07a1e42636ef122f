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


@lru_cache(maxsize=1)
def hanging() -> dict[type[models.Model], str]:
    """The lead and every model that hangs on it, each with SQL for the key of its lead."""
    from leads.models import Lead

    found: dict[type[models.Model], str] = {Lead: "leads_lead.id"}
    waiting = list(apps.get_app_config("leads").get_models(include_auto_created=True))
    while more := {model: key for model in waiting if (key := _key(model, found))}:
        found |= more
    return found


def _key(model: type[models.Model], found: dict[type[models.Model], str]) -> str:
    """SQL for the key of a row's lead, by way of what has been found; empty where there is none."""
    if model in found:
        return ""
    fields = [field for field in model._meta.concrete_fields if field.is_relation]
    # The lead itself where there is such a column, rather than the long way.
    fields.sort(key=lambda field: (field.related_model.__name__ != "Lead", field.null))
    table = model._meta.db_table
    for field in fields:
        above = field.related_model
        if above in found and above.__name__ == "Lead":
            return f"{table}.{field.column}"
        if above in found:
            over = above._meta.db_table
            return f"(SELECT {found[above]} FROM {over} WHERE {over}.id = {table}.{field.column})"
    return ""
