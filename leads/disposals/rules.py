"""For how many years after its end a lead is kept, by how it ended."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import (
    Case,
    CharField,
    DateTimeField,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils import timezone

from leads.disposals.states import FINDINGS, OutcomeKind
from leads.states import LeadState

if TYPE_CHECKING:
    from leads.models import Lead

MOST_YEARS = 50
#: What a town starts from: a guess of this portal, no regulation; the page says so. Years after
#: the lead ended.
USUAL: dict[str, int] = {
    OutcomeKind.PROVEN: 10,
    OutcomeKind.DISPROVEN: 3,
    OutcomeKind.UNCLEAR: 5,
    OutcomeKind.DECLINED: 3,
    OutcomeKind.REFERRED: 5,
}
KIND_LABELS = dict(OutcomeKind.choices)
#: Ends that have no finding, by the step that the timeline shows.
WITHOUT_FINDING = (LeadState.DECLINED, LeadState.REFERRED)


@dataclass(frozen=True)
class Kept:
    """The years in force for one kind, None: for good; `version` 0 is what a town starts from."""

    years: int | None
    version: int = 0


Schedule = Mapping[str, Kept]


def in_force(town: int) -> Schedule:
    """What the town has settled for each kind; the usual years where it has not."""
    from leads.disposals.models import RetentionRule

    settled = {
        row.kind: Kept(row.years, row.version) for row in RetentionRule.objects.in_force(town)
    }
    return {kind: settled.get(kind, Kept(USUAL[kind])) for kind in OutcomeKind.values}


def with_end(leads: QuerySet[Lead]) -> QuerySet[Lead]:
    """`leads` with how each ended (`outcome_kind`) and when (`ended_at`), for those that have.

    What was closed ended with its closing. What was declined or referred has the step in its
    timeline; where an old ledger brought no such step, the last step of all counts.
    """
    from leads.models import LeadEvent

    steps = LeadEvent.objects.filter(lead=OuterRef("pk"), assignment=None).order_by("-pk")
    ended = steps.filter(to_state__in=WITHOUT_FINDING).exclude(from_state=F("to_state"))
    by_finding = [When(finding__in=found, then=Value(kind)) for kind, found in FINDINGS.items()]
    return leads.annotate(
        outcome_kind=Case(
            *by_finding,
            When(state=LeadState.REFERRED, then=Value(OutcomeKind.REFERRED)),
            When(state=LeadState.DECLINED, then=Value(OutcomeKind.DECLINED)),
            default=Coalesce(Subquery(ended.values("to_state")[:1]), Value(OutcomeKind.DECLINED)),
            output_field=CharField(),
        ),
        ended_at=Coalesce(
            F("closed_at"),
            Subquery(ended.values("at")[:1]),
            Subquery(steps.values("at")[:1]),
            output_field=DateTimeField(),
        ),
    )


def kept_until(ended_at: dt.datetime, years: int) -> dt.date:
    """The day from which a lead may be disposed of."""
    day = timezone.localdate(ended_at)
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return dt.date(day.year + years, 3, 1)


def over(schedule: Schedule, day: dt.date) -> Q:
    """The leads `with_end` whose time has passed on `day`: `kept_until` is that day or before."""
    found = Q(pk__in=[])
    for kind, kept in schedule.items():
        if kept.years is not None:
            last = _years_before(day, kept.years)
            midnight = dt.datetime.combine(last + dt.timedelta(days=1), dt.time.min)
            found |= Q(outcome_kind=kind, ended_at__lt=timezone.make_aware(midnight))
    return found


def _years_before(day: dt.date, years: int) -> dt.date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return dt.date(day.year - years, 2, 28)
