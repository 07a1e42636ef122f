"""The filter bar of the audit trail."""

import django_filters
from django import forms

from audit.models import Action, AuditEntry

DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class AuditFilter(django_filters.FilterSet):
    action = django_filters.ChoiceFilter(label="动作", choices=Action.choices, empty_label="全部")
    actor = django_filters.CharFilter(label="账号", field_name="actor_name", max_length=150)
    on_or_after = django_filters.DateFilter(
        label="自", field_name="at", lookup_expr="date__gte", widget=DATE
    )
    on_or_before = django_filters.DateFilter(
        label="至", field_name="at", lookup_expr="date__lte", widget=DATE
    )

    class Meta:
        model = AuditEntry
        fields: list[str] = []
