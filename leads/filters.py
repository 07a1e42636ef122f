"""The filter bar of the lead list. Every filter stands in the address, which can be sent."""

from __future__ import annotations

import datetime as dt
from typing import Any

import django_filters
from django import forms
from django.utils import timezone
from django_filters.constants import EMPTY_VALUES

from departments.models import Account, Domain, Unit
from leads import fields, standing
from leads.lists import orders
from leads.models import Assignment, Channel, Conduct, Lead
from leads.querysets import LeadQuerySet
from leads.states import Finding, LeadState
from pages.choices import NamedChoiceFilter
from pages.filters import FoldingFilterSet

DUE_CHOICES = [("overdue", "逾期"), ("near", "临期"), ("normal", "正常")]
YES_NO = [("", "全部"), ("true", "是"), ("false", "否")]
DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
#: What a filter asks about, in the table of who sees what (`leads.fields`): it finds only the
#: leads of which the person sees that, so that nobody guesses by asking. The others ask about what
#: is seen of every lead: state and dates. A search asks for all words at once.
ASKS = {
    "q": "allegation",
    "domain": "domain",
    "place": "place",
    "unit": "units",
    "finding": "finding",
    "major": "major",
    "channel": "channel",
    "external": "external_number",
    "conduct": "conduct",
    "umbrella": "umbrella",
    "batch": "registrant",
}


class LeadFilter(FoldingFilterSet):
    """Narrows what the caller may see, by what they see of it."""

    q = django_filters.CharFilter(
        label="关键词",
        method="filter_words",
        max_length=100,
        widget=forms.TextInput(attrs={"placeholder": "编号、名称、内容、地点", "type": "search"}),
    )
    state = django_filters.ChoiceFilter(label="状态", choices=LeadState.choices, empty_label="全部")
    due = django_filters.ChoiceFilter(
        label="期限", choices=DUE_CHOICES, method="filter_due", empty_label="全部"
    )
    # The order is the listing's; here so that it can be chosen beside the filters.
    sort = django_filters.ChoiceFilter(
        label="排序",
        choices=[(code, order.label) for code, order in orders.ORDERS.items() if code],
        method="keep",
        empty_label=orders.DEFAULT.label,
    )
    domain = NamedChoiceFilter(
        label="行业领域",
        queryset=Domain.objects.all(),
        to_field_name="code",
        null_label="未确定",
        empty_label="全部",
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
        field_name="is_major", label="重大线索", widget=forms.Select(choices=YES_NO)
    )
    open = django_filters.BooleanFilter(
        label="办理情况",
        method="filter_open",
        widget=forms.Select(choices=[("", "全部"), ("true", "在办"), ("false", "已结束")]),
    )
    channel = NamedChoiceFilter(
        label="来源渠道",
        queryset=Channel.objects.all(),
        to_field_name="code",
        empty_label="全部",
    )
    external = django_filters.CharFilter(label="来源编号", method="filter_external", max_length=40)
    conduct = NamedChoiceFilter(
        label="涉嫌类型",
        queryset=Conduct.objects.all(),
        to_field_name="code",
        null_label="未确定",
        empty_label="全部",
    )
    umbrella = django_filters.BooleanFilter(
        label="反映涉及“保护伞”",
        method="filter_umbrella",
        widget=forms.Select(choices=YES_NO),
    )
    received_after = django_filters.DateFilter(
        label="收到自", field_name="received_on", lookup_expr="gte", widget=DATE
    )
    received_before = django_filters.DateFilter(
        label="收到至", field_name="received_on", lookup_expr="lte", widget=DATE
    )
    registered_after = django_filters.DateFilter(
        label="登记自", field_name="registered_at", method="filter_since", widget=DATE
    )
    registered_before = django_filters.DateFilter(
        label="登记至", field_name="registered_at", method="filter_until", widget=DATE
    )
    closed_after = django_filters.DateFilter(
        label="办结自", field_name="closed_at", method="filter_since", widget=DATE
    )
    closed_before = django_filters.DateFilter(
        label="办结至", field_name="closed_at", method="filter_until", widget=DATE
    )

    # The leads of one imported ledger: led to from the page of the import.
    batch = django_filters.UUIDFilter(
        field_name="imported_row__batch__public_id", widget=forms.HiddenInput
    )
    # The listing's too; here so that a search stays on its tab.
    tab = django_filters.CharFilter(method="keep", max_length=20, widget=forms.HiddenInput)

    class Meta:
        model = Lead
        fields: list[str] = []

    def __init__(self, *args: Any, user: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        units = Unit.objects.visible_to(user).active().order_by("path")
        offered = {
            "place": units.filter(kind="village"),
            "unit": units.filter(receives_leads=True),
        }
        for name in self.filters.keys() & offered:
            self.filters[name].queryset = offered[name]
        seen = fields.seen_by(standing.possible(user))
        for name in self.filters.keys() & ASKS:
            if ASKS[name] not in seen:
                # Not offered, but obeyed where an address has it: it finds nothing.
                self.filters[name].extra["widget"] = forms.HiddenInput

    def filter_queryset(self, queryset: LeadQuerySet) -> LeadQuerySet:
        """Obey what is asked; a lead of which the person does not see it is not found."""
        for name in self.filters.keys() & ASKS:
            if self.form.cleaned_data.get(name) not in EMPTY_VALUES:
                queryset = queryset.listing(ASKS[name], self.user)
        return super().filter_queryset(queryset)

    def keep(self, queryset: LeadQuerySet, name: str, value: str) -> LeadQuerySet:
        return queryset

    def filter_words(self, queryset: LeadQuerySet, name: str, value: str) -> LeadQuerySet:
        return queryset.containing(value)

    def filter_external(self, queryset: LeadQuerySet, name: str, value: str) -> LeadQuerySet:
        return queryset.filter(external_number=value)

    def filter_umbrella(self, queryset: LeadQuerySet, name: str, value: bool) -> LeadQuerySet:
        return queryset.filter(umbrella_suspected=value)

    def filter_since(self, queryset: LeadQuerySet, name: str, value: dt.date) -> LeadQuerySet:
        return queryset.filter(**{f"{name}__gte": _at(value, dt.time.min)})

    def filter_until(self, queryset: LeadQuerySet, name: str, value: dt.date) -> LeadQuerySet:
        return queryset.filter(**{f"{name}__lte": _at(value, dt.time.max)})

    def filter_due(self, queryset: LeadQuerySet, name: str, value: str) -> LeadQuerySet:
        reads = {"overdue": "overdue", "near": "near_due", "normal": "on_time"}
        return getattr(queryset, reads[value])()

    def filter_unit(self, queryset: LeadQuerySet, name: str, value: Unit) -> LeadQuerySet:
        """By the parts that the caller sees: a unit cannot ask which others have its leads."""
        parts = Assignment.objects.of_concern_to(self.user).to(value).in_force()
        return queryset.filter(pk__in=parts.values("lead"))

    def filter_open(self, queryset: LeadQuerySet, name: str, value: bool) -> LeadQuerySet:
        return queryset.open() if value else queryset.ended()


def _at(day: dt.date, time: dt.time) -> dt.datetime:
    """The moment on the portal's clock; a range of moments can use an index, a cast cannot."""
    return timezone.make_aware(dt.datetime.combine(day, time))
