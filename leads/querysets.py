"""Reads of leads. Every page starts at `visible_to`."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.db.models.lookups import IsNull

from departments.roles import OFFICE_ROLES, UNIT_ROLES, Role
from leads import due, search
from leads.states import (
    ENDED,
    VOID,
    WAITING_FOR_OFFICE,
    WAITING_FOR_UNIT,
    AssignmentState,
    ExtensionState,
    LeadState,
)
from pages.compiled import IsAmong

if TYPE_CHECKING:
    from departments.models import Account, Unit
    from leads.models import Lead


#: Up to so many leads of a unit are listed before they are met; beyond, each lead is asked.
LISTED = 5000


def kept_from(user: Account, key: str = "pk") -> IsAmong:
    """Whether a conflict of interest keeps the lead that `key` names away from `user`."""
    from leads.models import ConflictOfInterest

    # The expression, not its answer: it follows from the person's roles, read once as well.
    known = vars(user).setdefault("_kept_from", {})
    if key not in known:
        known[key] = IsAmong(key, ConflictOfInterest.objects.barring(user).values("lead"))
    return known[key]


class LeadQuerySet(models.QuerySet):
    #: Set by a search for a common word: the rows are met on the way through the whole list.
    is_walk = False

    def _clone(self) -> LeadQuerySet:
        clone = super()._clone()
        clone.is_walk = self.is_walk
        return clone

    def visible_to(self, user: Account) -> LeadQuerySet:
        """The leads that the work of `user` needs.

        The office sees its town's, leaders see that they exist, a unit sees those assigned to it
        or logged by it. Who must keep away from a lead (`leads.conflicts`) does not see it at all.
        """
        towns = user.jurisdictions_as(*OFFICE_ROLES, Role.TOWN_LEADER)
        return self._seen(user, towns)

    def readable_by(self, user: Account) -> LeadQuerySet:
        """The leads whose words `user` may read: as visible, but leaders see figures only."""
        return self._seen(user, user.jurisdictions_as(*OFFICE_ROLES))

    def readable_among(self, user: Account, leads: list[Lead]) -> set[int]:
        """The keys of those of `leads`, which `user` sees, whose words they may read as well."""
        keys = {lead.pk for lead in leads}
        if user.jurisdictions_as(Role.TOWN_LEADER) <= user.jurisdictions_as(*OFFICE_ROLES):
            return keys  # who is no leader sees only what they may read
        return set(self.readable_by(user).filter(pk__in=keys).values_list("pk", flat=True))

    def _seen(self, user: Account, towns: set[int]) -> LeadQuerySet:
        units = user.unit_ids(*UNIT_ROLES)
        if not towns and not units:
            return self.none()
        seen = Q()
        if towns:
            seen |= Q(jurisdiction__in=towns)
        if units:
            seen |= _concerning(user, units)
        return self.filter(seen).exclude(kept_from(user))

    def hidden_from(self, user: Account) -> LeadQuerySet:
        """The leads that a conflict of interest keeps from `user`; for sums that leave them out."""
        return self.filter(kept_from(user))

    def open(self) -> LeadQuerySet:
        return self.exclude(state__in=ENDED)

    def ended(self) -> LeadQuerySet:
        return self.filter(state__in=ENDED)

    def overdue(self, day: dt.date | None = None) -> LeadQuerySet:
        return self.open().filter(due.is_overdue(day or due.today()))

    def near_due(self, day: dt.date | None = None) -> LeadQuerySet:
        return self.open().filter(due.is_near(day or due.today()))

    def on_time(self, day: dt.date | None = None) -> LeadQuerySet:
        """Open, with a deadline that is not near yet."""
        return self.open().filter(due.is_normal(day or due.today()))

    def waiting_for(self, user: Account) -> LeadQuerySet:
        """Leads whose next step is this person's: the office's, the director's, or their unit's."""
        return self.visible_to(user).filter(self._awaiting(user))

    def _awaiting(self, user: Account) -> Q:
        from leads.models import Assignment, Extension

        waiting = Q(pk__in=[])
        towns = user.jurisdictions_as(*OFFICE_ROLES)
        if towns:
            waiting |= Q(jurisdiction__in=towns, state__in=WAITING_FOR_OFFICE)
        directed = user.jurisdictions_as(Role.DIRECTOR)
        if directed:
            asked = Extension.objects.filter(state=ExtensionState.ASKED)
            waiting |= Q(jurisdiction__in=directed) & (
                Q(state=LeadState.AWAITING_CLOSURE) | Q(pk__in=asked.values("assignment__lead"))
            )
        units = user.unit_ids(*UNIT_ROLES)
        if units:
            work = Q(state__in=WAITING_FOR_UNIT) & ~Q(state=AssignmentState.AWAITING_SIGNATURE)
            mine = Q(unit__in=units) & work
            # What waits for a signature waits for who can sign.
            mine |= Q(unit__in=user.unit_ids(Role.LEADER), state=AssignmentState.AWAITING_SIGNATURE)
            waiting |= Q(pk__in=Assignment.objects.filter(mine).values("lead"))
        return waiting

    def handled_by(self, user: Account) -> LeadQuerySet:
        """Leads on which this person has acted and whose next step is not theirs."""
        from leads.models import LeadEvent

        acted = LeadEvent.objects.filter(actor=user).exclude(verb__in=("register", "attach"))
        seen = self.visible_to(user).filter(pk__in=acted.values("lead"))
        return seen.exclude(self._awaiting(user))

    def of_units(self, user: Account) -> LeadQuerySet:
        """Leads assigned to a unit for which this person acts, or logged by it."""
        return self._seen(user, set())

    def registered_by(self, user: Account) -> LeadQuerySet:
        return self.visible_to(user).filter(registered_by=user)

    def containing(self, text: str) -> LeadQuerySet:
        """The leads that contain every word of `text` (see `leads.search`)."""
        return search.apply(self, text)


class AssignmentQuerySet(models.QuerySet):
    def visible_to(self, user: Account) -> AssignmentQuerySet:
        """Every unit's part for the office and leaders; a unit sees its own part alone."""
        from leads.models import Lead

        return self.of_concern_to(user).filter(lead__in=Lead.objects.visible_to(user))

    def of_concern_to(self, user: Account) -> AssignmentQuerySet:
        """As `visible_to`, for leads of which it is known already that `user` sees them."""
        towns = user.jurisdictions_as(*OFFICE_ROLES, Role.TOWN_LEADER)
        units = user.unit_ids(*UNIT_ROLES)
        own = Q(lead__jurisdiction__in=towns) | Q(unit__in=units) & ~Q(state__in=VOID)
        return self.filter(own)

    def in_force(self) -> AssignmentQuerySet:
        """Those that were neither refused nor withdrawn: their unit has the lead."""
        return self.exclude(state__in=VOID)

    def waiting(self) -> AssignmentQuerySet:
        """Those whose unit still has work to do, of leads that go on."""
        return self.filter(state__in=WAITING_FOR_UNIT).exclude(lead__state__in=ENDED)

    def overdue(self, day: dt.date | None = None) -> AssignmentQuerySet:
        return self.waiting().filter(due.is_overdue(day or due.today()))

    def near_due(self, day: dt.date | None = None) -> AssignmentQuerySet:
        return self.waiting().filter(due.is_near(day or due.today()))

    def to(self, unit: Unit) -> AssignmentQuerySet:
        return self.filter(unit=unit)


class ExtensionQuerySet(models.QuerySet):
    def visible_to(self, user: Account) -> ExtensionQuerySet:
        """Those of the assignments that `user` sees, for whom the words of the lead are."""
        from leads.models import Assignment, Lead

        return self.filter(
            assignment__in=Assignment.objects.visible_to(user),
            assignment__lead__in=Lead.objects.readable_by(user),
        )

    def open(self) -> ExtensionQuerySet:
        return self.filter(state=ExtensionState.ASKED)


class FeedbackQuerySet(models.QuerySet):
    def visible_to(self, user: Account) -> FeedbackQuerySet:
        """What the unit's leader has signed; the unit itself sees its drafts too."""
        from leads.models import Assignment, Lead

        return self.filter(
            Q(assignment__unit__in=user.unit_ids(*UNIT_ROLES))
            | Q(signature__isnull=False)
            | Q(needs_signature=False),
            assignment__in=Assignment.objects.visible_to(user),
            assignment__lead__in=Lead.objects.readable_by(user),
        )


def _concerning(user: Account, units: set[int]) -> Q:
    """Logged by one of the units, or assigned to it.

    The leads of a small unit are listed first, of two plain lists, so that either is read through
    its own index. Those of a large one are met soon enough on the way through all leads, where
    the subquery asks for each by the unique index; as EXISTS the planner would list them.
    """
    from leads.models import Assignment, Lead

    assigned = Assignment.objects.in_force().filter(unit__in=units)
    if _are_many(user, units):
        own = assigned.filter(lead=OuterRef("pk")).order_by().values("pk")[:1]
        return Q(registered_unit__in=units) | Q(IsNull(Subquery(own), False))
    mine = Lead.objects.filter(registered_unit__in=units).order_by()
    return Q(pk__in=mine.values("pk").union(assigned.order_by().values("lead")))


def _are_many(user: Account, units: set[int]) -> bool:
    """Whether the units have more leads than are listed; asked once per request."""
    from leads.models import Assignment

    known = user.__dict__.setdefault("_units_with_many_leads", {})
    key = frozenset(units)
    if key not in known:
        assigned = Assignment.objects.filter(unit__in=units).order_by().values("pk")
        known[key] = assigned[: LISTED + 1].count() > LISTED
    return known[key]
