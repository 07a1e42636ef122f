"""The filter bar of the lead list. Every filter stands in the address, which can be sent."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.http import HttpRequest

from departments.models import Domain, Unit
from leads.models import Assignment, Lead
from leads.querysets import LeadQuerySet
from leads.states import Finding, LeadState
from pages.choices import NamedChoiceFilter

DUE_CHOICES = [("overdue", "逾期"), ("near", "临期")]
DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class LeadFilter(django_filters.FilterSet):
    """Narrows what the caller may see; the words only what the caller may read."""

    q = django_filters.CharFilter(
        label="关键词",
        method="filter_words",
        max_length=100,
        widget=forms.TextInput(attrs={"placeholder": "编号、名称、内容、地点", "type": "search"}),
    )
    state = django_filters.ChoiceFilter(label="状态", choices=LeadState.choices, empty_label="全部")
    domain = NamedChoiceFilter(
        label="行业领域",
        queryset=Domain.objects.all(),
        to_field_name="code",
        null_label="未确定",
        empty_label="全部",
    )
    due = django_filters.ChoiceFilter(
        label="期限", choices=DUE_CHOICES, method="filter_due", empty_label="全部"
    )
    place = NamedChoiceFilter(
        label="涉及村居", queryset=Unit.objects.none(), to_field_name="code", empty_label="全部"
    )
    unit = NamedChoiceFilter(
        label="承办单位",
        queryset=Unit.objects.none(),
        to_field_name="code",
        method="filter_unit",
        empty_label="全部",
    )
    finding = django_filters.ChoiceFilter(
        label="核查结论", choices=Finding.choices, empty_label="全部"
    )
    major = django_filters.BooleanFilter(
        field_name="is_major",
        label="重大线索",
        widget=forms.Select(choices=[("", "全部"), ("true", "是"), ("false", "否")]),
    )
    open = django_filters.BooleanFilter(
        label="办理情况",
        method="filter_open",
        widget=forms.Select(choices=[("", "全部"), ("true", "在办"), ("false", "已结束")]),
    )
    registered_after = django_filters.DateFilter(
        label="登记自", field_name="registered_at", lookup_expr="date__gte", widget=DATE
    )
    registered_before = django_filters.DateFilter(
        label="登记至", field_name="registered_at", lookup_expr="date__lte", widget=DATE
    )
    closed_after = django_filters.DateFilter(
        label="办结自", field_name="closed_at", lookup_expr="date__gte", widget=DATE
    )
    closed_before = django_filters.DateFilter(
        label="办结至", field_name="closed_at", lookup_expr="date__lte", widget=DATE
    )

    # Belongs to the view; here so that a search stays on its tab.
    tab = django_filters.CharFilter(method="keep", max_length=20, widget=forms.HiddenInput)

    class Meta:
        model = Lead
        fields: list[str] = []

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, request=request, **kwargs)
        units = Unit.objects.visible_to(request.user).active().order_by("path")
        self.filters["place"].queryset = units.filter(kind="village")
        self.filters["unit"].queryset = units.filter(receives_leads=True)

    def keep(self, queryset: LeadQuerySet, name: str, value: str) -> LeadQuerySet:
        return queryset

    def filter_words(self, queryset: LeadQuerySet, name: str, value: str) -> LeadQuerySet:
        """Words are looked for only where the caller may read them: no guessing at the rest."""
        readable = Lead.objects.readable_by(self.request.user)
        return queryset.filter(pk__in=readable.values("pk")).containing(value)

    def filter_due(self, queryset: LeadQuerySet, name: str, value: str) -> LeadQuerySet:
        return queryset.overdue() if value == "overdue" else queryset.near_due()

    def filter_unit(self, queryset: LeadQuerySet, name: str, value: Unit) -> LeadQuerySet:
        return queryset.filter(pk__in=Assignment.objects.to(value).values("lead"))

    def filter_open(self, queryset: LeadQuerySet, name: str, value: bool) -> LeadQuerySet:
        return queryset.open() if value else queryset.ended()
