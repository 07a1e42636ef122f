"""Choosing among rows that have a code and a name."""

from __future__ import annotations

from collections.abc import Iterator

import django_filters
from django_filters import fields


class _Names(fields.ModelChoiceIterator):
    """Codes and names in one plain query: no row is built for a mere option."""

    def __iter__(self) -> Iterator[tuple[str, str]]:
        if self.field.empty_label is not None:
            yield ("", self.field.empty_label)
        if self.field.null_label is not None:
            yield (self.field.null_value, self.field.null_label)
        yield from self.queryset.values_list(self.field.to_field_name, "name")


class _NamedChoiceField(fields.ModelChoiceField):
    iterator = _Names


class NamedChoiceFilter(django_filters.ModelChoiceFilter):
    """As `ModelChoiceFilter`, for models whose text is their `name`, chosen by `to_field_name`."""

    field_class = _NamedChoiceField
