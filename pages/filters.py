"""Filter bars that unfold: a long one costs what its first fields cost until more is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import django_filters
from django import forms

#: In the address: the whole bar is wanted.
MORE = "more"


class FoldingFilterSet(django_filters.FilterSet):
    """A filter set that has its first fields only, until the address asks for `more`.

    An address that uses one of the others has them all, so that no condition is hidden or lost.
    """

    FIRST = 4

    def __init__(self, data: Mapping[str, str] | None = None, *args: Any, **kwargs: Any) -> None:
        given = data or {}
        every = type(self).base_filters
        shown = [
            name for name, one in every.items() if one.extra.get("widget") is not forms.HiddenInput
        ]
        rest = set(shown[self.FIRST :])
        self.uses_rest = any(given.get(name, "").strip() for name in rest)
        self.is_folded = not self.uses_rest and not given.get(MORE)
        if self.is_folded:
            # Copied by the base class, one by one, which is what a long bar would cost.
            self.base_filters = {name: one for name, one in every.items() if name not in rest}
        super().__init__(data, *args, **kwargs)
