"""What of a lead can be corrected, and how its values are compared, kept and read aloud."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from leads.models import TOLD, Lead, Subject

NAMES = (*TOLD, "named_units", "subjects")
SUBJECT = ("name", "position", "alleged", "is_official")
EMPTY = "（空）"


@dataclass(frozen=True)
class Value:
    """A field's value as a form and a row of history hold it, and as people read it."""

    raw: Any
    words: str


def label(name: str) -> str:
    if name == "subjects":
        return str(Subject._meta.verbose_name)
    return str(Lead._meta.get_field(name).verbose_name)


def of_lead(lead: Lead) -> dict[str, Value]:
    """The values as the lead has them now."""
    given = {name: getattr(lead, name) for name in TOLD}
    return of_values(
        given, named_units=lead.named_units.order_by("path"), subjects=lead.subjects.all()
    )


def of_values(
    given: Mapping[str, Any], *, named_units: Iterable[Any], subjects: Collection[Subject]
) -> dict[str, Value]:
    """The same of values that a form has cleaned."""
    values = {name: _plain(name, given[name]) for name in TOLD if name in given}
    units = list(named_units)
    values["named_units"] = Value(
        sorted(str(unit.pk) for unit in units), "、".join(map(str, units)) or EMPTY
    )
    values["subjects"] = Value(
        [{name: _raw(getattr(one, name)) for name in SUBJECT} for one in subjects],
        "\n".join(map(_of_person, subjects)) or EMPTY,
    )
    return values


def differences(before: Mapping[str, Value], after: Mapping[str, Value]) -> list[dict[str, Any]]:
    """What differs, in the order of the form, as `LeadRevision.changes` keeps it."""
    return [
        {
            "field": name,
            "label": label(name),
            "before": before[name].raw,
            "after": after[name].raw,
            "before_words": before[name].words,
            "after_words": after[name].words,
        }
        for name in NAMES
        if name in before and name in after and before[name].raw != after[name].raw
    ]


def _plain(name: str, value: Any) -> Value:
    if isinstance(value, bool):
        return Value(_raw(value), "是" if value else "否")
    choices = dict(Lead._meta.get_field(name).flatchoices)
    shown = choices.get(value, value)
    return Value(_raw(value), str(shown) if shown not in (None, "") else EMPTY)


def _raw(value: Any) -> str:
    """As a browser sends it; a box that is not ticked is sent as nothing."""
    if value is None or value is False:
        return ""
    if value is True:
        return "on"
    if isinstance(value, Model):
        return str(value.pk)
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _of_person(subject: Subject) -> str:
    about = [subject.position, "公职人员" if subject.is_official else ""]
    role = "，".join(filter(None, about))
    who = f"{subject.name}（{role}）" if role else subject.name
    return f"{who}：{subject.alleged}" if subject.alleged else who
