"""The filter of the page of deliveries."""

from __future__ import annotations

import django_filters

from messaging.deliveries.words import KINDS
from messaging.models import Delivery
from messaging.states import Channel, DeliveryState


class DeliveryFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(
        label="状态", choices=DeliveryState.choices, empty_label="全部"
    )
    channel = django_filters.ChoiceFilter(label="渠道", choices=Channel.choices, empty_label="全部")
    kind = django_filters.ChoiceFilter(
        label="事项",
        field_name="message__kind",
        choices=list(KINDS.items()),
        empty_label="全部",
    )

    class Meta:
        model = Delivery
        fields: list[str] = []
