"""The filter of the list of daily notes."""

from __future__ import annotations

import datetime as dt
from typing import Any

import django_filters
from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from departments.models import Unit
from departments.querysets import UnitQuerySet
from reporting.notes.models import DailyNote

FIRST, LAST = dt.date(2004, 1, 1), dt.date(2100, 12, 31)


class NoteFilter(django_filters.FilterSet):
    """Of one day, of one of `units`, or both."""

    day = django_filters.DateFilter(
        label="日期",
        validators=[MinValueValidator(FIRST), MaxValueValidator(LAST)],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    unit = django_filters.ModelChoiceFilter(
        label="单位", queryset=Unit.objects.none(), empty_label="全部"
    )

    class Meta:
        model = DailyNote
        fields: list[str] = []

    def __init__(self, *args: Any, units: UnitQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["unit"].queryset = units
