"""Reads of messages and deliveries."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import models

from messaging.states import DeliveryState

if TYPE_CHECKING:
    from departments.models import Account


class MessageQuerySet(models.QuerySet):
    def visible_to(self, user: Account) -> MessageQuerySet:
        """One's own messages only, whatever one's role."""
        return self.filter(recipient=user)

    def unread(self) -> MessageQuerySet:
        return self.filter(read_at=None)


class DeliveryQuerySet(models.QuerySet):
    def due(self, now: dt.datetime) -> DeliveryQuerySet:
        """What is to be sent now: waiting, or taken by a worker whose lease has run out."""
        return self.filter(
            models.Q(state=DeliveryState.QUEUED, next_attempt_at__lte=now)
            | models.Q(state=DeliveryState.SENDING, lease_until__lt=now)
        ).order_by("pk")

    def held(self, delivery_id: int, attempt: int) -> DeliveryQuerySet:
        """The delivery, as long as the worker that took it with `attempt` still has it."""
        return self.filter(pk=delivery_id, attempts=attempt, state=DeliveryState.SENDING)
