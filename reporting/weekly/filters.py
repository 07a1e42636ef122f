"""The filter bar of the board."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms

from departments.models import UnitKind
from reporting.periods.models import ReportExpectation, ReportPeriod
from reporting.periods.querysets import ReportExpectationQuerySet
from reporting.weekly.states import STATUSES, ZERO, ZERO_LABEL

LATE = "late"
STATUS_CHOICES = [*STATUSES.items(), (ZERO, f"其中{ZERO_LABEL}"), (LATE, "其中迟报")]
KINDS = [
    choice for choice in UnitKind.choices if choice[0] not in (UnitKind.DISTRICT, UnitKind.TOWN)
]


class BoardFilter(django_filters.FilterSet):
    """Narrows one week's expectations, which carry their status."""

    period = django_filters.ChoiceFilter(label="周期", method="keep_all", empty_label=None)
    status = django_filters.ChoiceFilter(
        label="报送状态", choices=STATUS_CHOICES, method="filter_status", empty_label="全部"
    )
    kind = django_filters.ChoiceFilter(
        label="单位类别", field_name="unit__kind", choices=KINDS, empty_label="全部"
    )
    q = django_filters.CharFilter(
        label="单位名称",
        field_name="unit__name",
        lookup_expr="icontains",
        max_length=60,
        widget=forms.TextInput(attrs={"type": "search"}),
    )

    class Meta:
        model = ReportExpectation
        fields: list[str] = []

    def __init__(self, *args: Any, periods: list[ReportPeriod], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        several = len({period.jurisdiction_id for period in periods}) > 1
        self.filters["period"].extra["choices"] = [
            (str(p.pk), f"{p.jurisdiction} {p.label}" if several else p.label) for p in periods
        ]
        # The week that is shown unasked is no condition that somebody has set.
        self.filters["period"].extra["initial"] = str(periods[0].pk) if periods else None

    def keep_all(
        self, queryset: ReportExpectationQuerySet, name: str, value: str
    ) -> ReportExpectationQuerySet:
        """The week was chosen before: the list is of that week."""
        return queryset

    def filter_status(
        self, queryset: ReportExpectationQuerySet, name: str, value: str
    ) -> ReportExpectationQuerySet:
        if value == ZERO:
            return queryset.filter(filed_zero=True)
        if value == LATE:
            return queryset.filter(filed_late=True)
        return queryset.filter(status=value)
