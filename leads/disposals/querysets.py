"""Reads of retention rules, holds and disposals."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, OuterRef

from departments.roles import OFFICE_ROLES
from leads.disposals import rules
from leads.disposals.states import ENDED, BatchState, Decision, ItemOutcome

if TYPE_CHECKING:
    from departments.models import Account
    from leads.querysets import LeadQuerySet


class OfTown(models.QuerySet):
    def visible_to(self, user: Account) -> OfTown:
        """A town's own, for whoever works for its office."""
        return self.filter(jurisdiction__in=user.jurisdictions_as(*OFFICE_ROLES))


class RetentionRuleQuerySet(OfTown):
    def in_force(self, town: int) -> RetentionRuleQuerySet:
        """The latest of each kind that the town has settled."""
        return self.filter(jurisdiction=town).order_by("kind", "-version").distinct("kind")


class HoldQuerySet(models.QuerySet):
    def in_force(self) -> HoldQuerySet:
        return self.filter(lifted_at=None)


class BatchQuerySet(OfTown):
    def unfinished(self) -> BatchQuerySet:
        return self.exclude(state__in=[BatchState.DONE, BatchState.WITHDRAWN])


class ItemQuerySet(models.QuerySet):
    def waiting(self) -> ItemQuerySet:
        return self.filter(outcome=ItemOutcome.WAITING)

    def to_dispose(self) -> ItemQuerySet:
        return self.waiting().filter(decision=Decision.DISPOSE)


def due_in(town: int, day: dt.date) -> LeadQuerySet:
    """The town's leads whose time has passed on `day`, with `outcome_kind` and `ended_at`.

    Without those in a batch that is under way, and those which a review has kept beyond `day`.
    """
    from leads.models import DisposalItem, Lead

    ended = rules.with_end(Lead.objects.filter(jurisdiction=town, state__in=ENDED))
    there = DisposalItem.objects.filter(lead_key=OuterRef("pk"))
    kept = there.filter(outcome=ItemOutcome.KEPT, keep_until__gt=day)
    found = ended.filter(rules.over(rules.in_force(town), day))
    return found.exclude(Exists(kept)).exclude(Exists(there.waiting()))
