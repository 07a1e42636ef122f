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

    What an address uses is there as well, so that no condition is hidden or lost.
    """

    FIRST = 4

    def __init__(self, data: Mapping[str, str] | None = None, *args: Any, **kwargs: Any) -> None:
        given = data or {}
        self.is_folded = not given.get(MORE)
        if self.is_folded:
            every = type(self).base_filters
            hidden = [name for name, one in every.items() if _is_hidden(one)]
            first = [name for name in every if name not in hidden][: self.FIRST]
            used = [name for name in every if given.get(name, "").strip()]
            kept = {*hidden, *first, *used}
            # Copied by the base class, one by one, which is what a long bar would cost.
            self.base_filters = {name: one for name, one in every.items() if name in kept}
        super().__init__(data, *args, **kwargs)


def _is_hidden(one: django_filters.Filter) -> bool:
    return one.extra.get("widget") is forms.HiddenInput
