"""Between a form as a browser sends it and the content of a draft."""

from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.http import QueryDict

from leads import number_only
from leads.models.dictionaries import Channel
from leads.models.lead import TOLD

FIELDS = (*TOLD, "named_units")
SUBJECT = re.compile(r"subjects-\d{1,3}-(?:name|position|alleged|is_official)")
#: Signs that a draft may have in all: more than any form that could be registered.
LIMIT = 60_000

Content = dict[str, list[str]]


def of_form(data: QueryDict) -> Content:
    """What was typed, and nothing else that was sent."""
    names = [name for name in data if name in FIELDS or SUBJECT.fullmatch(name)]
    return {name: data.getlist(name) for name in names if any(data.getlist(name))}


def of_post(data: QueryDict) -> Content:
    """What was typed as a draft may keep it: without words where none are kept.

    ValidationError for what cannot be stored: too long, or with a NUL.
    """
    content = of_form(data)
    values = [value for values in content.values() for value in values]
    if sum(len(value) for value in values) > LIMIT:
        raise ValidationError("内容过长，草稿没有保存，请精简后再试。")
    for value in values:
        ProhibitNullCharactersValidator()(value)
    if keeps_no_words(content):
        for name in [*number_only.WORDS, *filter(SUBJECT.fullmatch, list(content))]:
            content.pop(name, None)
    return content


def is_blank(content: Content) -> bool:
    """Nothing was typed: the rest is what the form had of itself."""
    words = {*number_only.WORDS, "external_number"}
    return not any(name in words or SUBJECT.fullmatch(name) for name in content)


def initial(content: Content) -> dict[str, Any]:
    """The content as the initial values of the form's fields."""
    shown: dict[str, Any] = dict.fromkeys(FIELDS, "")
    shown |= {name: values[0] for name, values in content.items() if name in FIELDS and values}
    return shown | {"named_units": content.get("named_units", [])}


def subject_rows(content: Content) -> list[dict[str, str]]:
    """The rows of people named, in their order, as initial values of their forms."""
    rows: dict[int, dict[str, str]] = {}
    for name, values in content.items():
        if SUBJECT.fullmatch(name) and values:
            _, place, field = name.split("-")
            rows.setdefault(int(place), {})[field] = values[0]
    return [rows[place] for place in sorted(rows)]


def keeps_no_words(content: Content) -> bool:
    key = (content.get("channel") or [""])[0]
    return key.isdecimal() and Channel.objects.filter(pk=int(key[:18]), number_only=True).exists()
