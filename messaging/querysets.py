"""Reads of messages and deliveries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import models

from departments.roles import Role
from messaging.states import DeliveryState

if TYPE_CHECKING:
    from departments.models import Account
    from messaging.models import Delivery


class MessageQuerySet(models.QuerySet):
    def visible_to(self, user: Account) -> MessageQuerySet:
        """One's own messages only, whatever one's role."""
        return self.filter(recipient=user)

    def unread(self) -> MessageQuerySet:
        return self.filter(read_at=None)


class DeliveryQuerySet(models.QuerySet):
    def visible_to(self, user: Account) -> DeliveryQuerySet:
        """How what the town's people are told left the house.

        Of what is not about reporting only what one was told oneself, and to whoever keeps the
        machines running what failed: that somebody was told of a lead would tell those from whom
        it is kept that there is one.
        """
        from messaging.deliveries.permissions import SEES
        from messaging.deliveries.words import KINDS

        towns = user.jurisdictions_as(*SEES)
        open_to_all = models.Q(message__kind__in=KINDS) | models.Q(message__recipient=user)
        failed = models.Q(
            state=DeliveryState.FAILED,
            jurisdiction__in=user.jurisdictions_as(Role.SYSTEM_ADMIN),
        )
        return self.filter(open_to_all | failed, jurisdiction__in=towns)

    def due(self, now: dt.datetime) -> DeliveryQuerySet:
        """What is to be sent now: waiting, or taken by a worker whose lease has run out."""
        return self.filter(
            models.Q(state=DeliveryState.QUEUED, next_attempt_at__lte=now)
            | models.Q(state=DeliveryState.SENDING, lease_until__lt=now)
        ).order_by("pk")

    def held(self, delivery: Delivery) -> DeliveryQuerySet:
        """The delivery, as long as the worker that took it as it stands there still has it."""
        return self.filter(pk=delivery.pk, takings=delivery.takings, state=DeliveryState.SENDING)


class QuietHoursQuerySet(models.QuerySet):
    def in_force(self, towns: Iterable[int]) -> QuietHoursQuerySet:
        """The latest of each of the towns that have settled any."""
        rows = self.filter(jurisdiction__in=towns)
        return rows.order_by("jurisdiction", "-version").distinct("jurisdiction")
