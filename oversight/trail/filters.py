"""The filter bar of the audit trail."""

from __future__ import annotations

import datetime as dt

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from audit.models import Action, AuditEntry, Outcome

DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class AuditFilter(django_filters.FilterSet):
    """Conditions that an index answers: names and numbers are asked for as they are written."""

    action = django_filters.ChoiceFilter(label="动作", choices=Action.choices, empty_label="全部")
    actor = django_filters.CharFilter(label="账号", field_name="actor_name", max_length=150)
    object = django_filters.CharFilter(label="对象编号", field_name="object_label", max_length=100)
    outcome = django_filters.ChoiceFilter(label="结果", choices=Outcome.choices, empty_label="全部")
    on_or_after = django_filters.DateFilter(label="自", method="since", widget=DATE)
    on_or_before = django_filters.DateFilter(label="至", method="until", widget=DATE)

    class Meta:
        model = AuditEntry
        fields: list[str] = []

    def since(self, entries: QuerySet, name: str, day: dt.date) -> QuerySet:
        return entries.filter(at__gte=_midnight(day))

    def until(self, entries: QuerySet, name: str, day: dt.date) -> QuerySet:
        if day == dt.date.max:
            return entries
        return entries.filter(at__lt=_midnight(day + dt.timedelta(days=1)))


def _midnight(day: dt.date) -> dt.datetime:
    """When `day` begins here; a moment, so that the index over the times is of use."""
    return dt.datetime.combine(day, dt.time.min, timezone.get_current_timezone())
