"""A list of leads as an address asks for it: tab, filter and order, for one person.

The page, its neighbours, the export and the acts on many rows all read the same list, so that
they never mean different rows.
"""

from __future__ import annotations

from functools import cached_property

from django.http import QueryDict

from departments.models import Account
from leads.filters import LeadFilter
from leads.lists import orders, tabs
from leads.models import Lead
from leads.querysets import LeadQuerySet


class Listing:
    """What `params` (an address's query) mean to `user`. Unknown names are left out."""

    def __init__(self, user: Account, params: QueryDict) -> None:
        self.user = user
        self.params = params
        self.tab = tabs.chosen(user, params.get("tab", ""))
        self.order = orders.chosen(params.get("sort", ""))
        self.filter = LeadFilter(params, queryset=self.tab.leads(user), user=user)

    @classmethod
    def of(cls, user: Account, query: str) -> Listing:
        return cls(user, QueryDict(query))

    @cached_property
    def is_valid(self) -> bool:
        return self.filter.form.is_valid()

    @cached_property
    def leads(self) -> LeadQuerySet:
        """The rows, unsorted; none where a filter cannot be understood."""
        return self.filter.qs if self.is_valid else Lead.objects.none()

    @property
    def is_filtered(self) -> bool:
        return bool(set(self.filter.form.changed_data) - {"tab", "sort"})

    @cached_property
    def query(self) -> str:
        """The address's query with what the list knows, sorted: fit to be kept and sent."""
        kept = QueryDict(mutable=True)
        for name in sorted(self.filter.filters):
            value = self.params.get(name, "").strip()
            if value:
                kept[name] = value
        return kept.urlencode()
