"""The dictionaries that the director edits, all on the same pages."""

from __future__ import annotations

from departments.models import DictionaryEntry, Domain
from leads.models import Channel, Conduct, MajorCriterion

#: By the name in the address, in the order of the page.
DICTIONARIES: dict[str, type[DictionaryEntry]] = {
    "channels": Channel,
    "domains": Domain,
    "conducts": Conduct,
    "criteria": MajorCriterion,
}


def label(model: type[DictionaryEntry]) -> str:
    return str(model._meta.verbose_name)
