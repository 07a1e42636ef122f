"""Reads of leads. Every page starts at `visible_to`."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache, reduce
from operator import or_
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.db.models.lookups import IsNull

from departments.roles import OFFICE_ROLES, UNIT_ROLES, Role
from leads import due, fields, search, standing
from leads.fields import Standing
from leads.states import (
    ENDED,
    VOID,
    WAITING_FOR_OFFICE,
    WAITING_FOR_UNIT,
    AssignmentState,
    ExtensionState,
    LeadState,
    Secrecy,
)
from pages.compiled import Compiled, IsAmong

if TYPE_CHECKING:
    from departments.models import Account, Unit


#: How the people of a unit stand to a lead.
OF_UNITS = frozenset({Standing.UNIT, Standing.LOGGED, Standing.FADED})
#: Up to so many leads of a unit are listed before they are met; beyond, each lead is asked.
LISTED = 5000


def kept_from(user: Account, key: str = "pk") -> IsAmong:
    """Whether a conflict of interest keeps the lead that `key` names away from `user`."""
    return IsAmong(key, _barring(user.pk, frozenset(user.unit_ids())))


@lru_cache(maxsize=1024)
def _barring(account: int, units: frozenset[int]) -> Compiled:
    """The leads kept from an account of those units: the SQL, which never changes."""
    from leads.models import ConflictOfInterest

    return Compiled.of(ConflictOfInterest.objects.leads_kept_from(account, units))


class LeadQuerySet(models.QuerySet):
    #: Set by a search, whose rows are not counted: `leads.search` says why.
    is_searched = False

    def _clone(self) -> LeadQuerySet:
        clone = super()._clone()
        clone.is_searched = self.is_searched
        return clone

    def visible_to(self, user: Account) -> LeadQuerySet:
        """The leads of which `user` sees anything at all: those whose number they see.

        That is, for office and town leaders, every lead of their town, however narrow its circle
        (what they see of it is another matter, see `leads.fields`); for a unit's people, the leads
        that their unit logged or that are assigned to it in force. Never a lead from which a
        conflict of interest keeps them (`kept_from`): that outweighs everything else.
        """
        return self.showing("number", user)

    def readable_by(self, user: Account) -> LeadQuerySet:
        """The leads whose words `user` may read."""
        return self.showing("allegation", user)

    def showing(self, name: str, user: Account, *, whole: bool = False) -> LeadQuerySet:
        """The leads of which `user` sees the field `name` of `leads.fields`, or (`whole`) all of
        it and not their unit's part alone.
        """
        return self._of(user, fields.granting(name, whole=whole))

    def _of(self, user: Account, standings: frozenset[Standing]) -> LeadQuerySet:
        """The leads towards which `user` has one of `standings`."""
        office = user.jurisdictions_as(*OFFICE_ROLES)
        leaders = user.jurisdictions_as(Role.TOWN_LEADER)
        towns, units = office | leaders, user.unit_ids(*UNIT_ROLES)
        seen = []
        if Standing.OUTSIDE in standings and towns:
            # Whoever stands closer sees what those outside see.
            seen.append(Q(jurisdiction__in=towns))
        else:
            if Standing.OFFICE in standings and office:
                seen.append(Q(jurisdiction__in=office) & standing.in_circle(user))
            if Standing.FIGURES in standings and towns:
                # Whoever of the office stands closer sees figures too.
                seen.append(Q(jurisdiction__in=towns, secrecy=Secrecy.NORMAL))
            if Standing.READER in standings and towns:
                seen.append(Q(jurisdiction__in=towns) & standing.reading(user))
        if units and standings & OF_UNITS:
            seen.append(_of_units(user, units, standings))
        if not seen:
            return self.none()
        return self.filter(reduce(or_, seen)).exclude(kept_from(user))

    def listing(self, name: str, user: Account) -> LeadQuerySet:
        """As `showing`, for lists, searches, files and hints: what these tell of a restricted lead
        are its figures, to whomever, so that nothing else finds it.
        """
        found = self.showing(name, user)
        return found if Standing.FIGURES in fields.granting(name) else found.unrestricted()

    def unrestricted(self) -> LeadQuerySet:
        return self.filter(restricted_at=None)

    def with_standing(self, user: Account) -> LeadQuerySet:
        """With what `Lead.seen_among` asks, so that it reads nothing more for any row."""
        return self.annotate(**standing.annotations(user))

    def outlined_to(self, user: Account) -> LeadQuerySet:
        """The leads of which `user` sees that they exist and how they stand, but no figure."""
        limited = self.filter(secrecy=Secrecy.LIMITED).visible_to(user)
        figures = limited.showing("domain", user)
        return limited.exclude(pk__in=figures.values("pk"))

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
        return self.visible_to(user).filter(pk__in=self._awaiting(user))

    def _awaiting(self, user: Account) -> models.QuerySet:
        """The keys of what waits for `user`, whether or not they may see it.

        A union, so that each reason is looked up in its own index: an OR of them would be asked of
        every lead there is.
        """
        from leads.models import Assignment, Clarification, Extension, Lead, Release, Supplement

        found: list[models.QuerySet] = []
        by_state = Q()
        if towns := user.jurisdictions_as(*OFFICE_ROLES):
            theirs = Q(standing.in_circle(user), jurisdiction__in=towns)
            by_state |= Q(theirs, state__in=WAITING_FOR_OFFICE)
            told = _leads_of(Supplement.objects.unread()).union(
                _leads_of(Clarification.objects.to_be_made_known())
            )
            found.append(Lead.objects.filter(theirs, pk__in=told))
        if directed := user.jurisdictions_as(Role.DIRECTOR):
            by_state |= Q(jurisdiction__in=directed, state=LeadState.AWAITING_CLOSURE)
            asked = (
                Extension.objects.open()
                .order_by()
                .values("assignment__lead")
                .union(
                    _leads_of(Clarification.objects.proposed()),
                    _leads_of(Release.objects.waiting().exclude(asked_by=user)),
                )
            )
            found.append(Lead.objects.filter(jurisdiction__in=directed, pk__in=asked))
        if by_state:
            states = (*WAITING_FOR_OFFICE, LeadState.AWAITING_CLOSURE)
            found.append(Lead.objects.filter(by_state, state__in=states))
        keys = [leads.order_by().values("pk") for leads in found]
        if units := user.unit_ids(*UNIT_ROLES):
            work = Q(state__in=WAITING_FOR_UNIT) & ~Q(state=AssignmentState.AWAITING_SIGNATURE)
            mine = Q(unit__in=units) & work
            # What waits for a signature waits for who can sign.
            mine |= Q(unit__in=user.unit_ids(Role.LEADER), state=AssignmentState.AWAITING_SIGNATURE)
            keys.append(_leads_of(Assignment.objects.filter(mine)))
        return keys[0].union(*keys[1:]) if keys else Lead.objects.none().values("pk")

    def handled_by(self, user: Account) -> LeadQuerySet:
        """Leads on which this person has acted and whose next step is not theirs."""
        from leads.models import LeadEvent

        acted = LeadEvent.objects.filter(actor=user).exclude(
            verb__in=("register", "attach", "issue_code")
        )
        seen = self.visible_to(user).filter(pk__in=acted.values("lead"))
        return seen.exclude(pk__in=self._awaiting(user))

    def of_units(self, user: Account) -> LeadQuerySet:
        """Leads assigned to a unit for which this person acts, or logged by it."""
        return self._of(user, OF_UNITS)

    def registered_by(self, user: Account) -> LeadQuerySet:
        return self.visible_to(user).filter(registered_by=user)

    def containing(self, text: str) -> LeadQuerySet:
        """The leads that contain every word of `text` (see `leads.search`)."""
        return search.apply(self, text)


def _leads_of(rows: models.QuerySet) -> models.QuerySet:
    """The keys of the leads to which `rows` belong."""
    return rows.order_by().values("lead")


class AssignmentQuerySet(models.QuerySet):
    def visible_to(self, user: Account) -> AssignmentQuerySet:
        """Every unit's part for the office and leaders; a unit sees its own part alone."""
        own = Q(unit__in=user.unit_ids(*UNIT_ROLES)) & ~Q(state__in=VOID)
        return self.filter(shown("units", user, own=own))

    def of_concern_to(self, user: Account) -> AssignmentQuerySet:
        """As `visible_to`, for leads of which it is known already that `user` sees their units."""
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
        """The requests that are shown to `user`: a unit sees its own."""
        return self.filter(shown_parts("extensions", user))

    def open(self) -> ExtensionQuerySet:
        return self.filter(state=ExtensionState.ASKED)


class FeedbackQuerySet(models.QuerySet):
    def visible_to(self, user: Account) -> FeedbackQuerySet:
        """What the unit's leader has signed; the unit itself sees its drafts too."""
        return self.filter(
            Q(assignment__unit__in=user.unit_ids(*UNIT_ROLES))
            | Q(signature__isnull=False)
            | Q(needs_signature=False),
            shown_parts("feedback", user),
        )


def shown(name: str, user: Account, *, own: Q, lead: str = "lead") -> Q:
    """The rows beside a lead that its field `name` shows to `user`: all of them, or those that
    fulfil `own`. `lead` leads from a row to its lead.
    """
    from leads.models import Lead

    whole = Lead.objects.showing(name, user, whole=True)
    found = Q(**{f"{lead}__in": whole})
    if user.unit_ids(*UNIT_ROLES):
        found |= own & Q(**{f"{lead}__in": Lead.objects.showing(name, user)})
    return found


def shown_parts(name: str, user: Account) -> Q:
    """As `shown`, for rows beside an assignment, which is one's own while it is in force."""
    own = Q(assignment__unit__in=user.unit_ids(*UNIT_ROLES)) & ~Q(assignment__state__in=VOID)
    return shown(name, user, own=own, lead="assignment__lead")


def _of_units(user: Account, units: set[int], standings: frozenset[Standing]) -> Q:
    """The leads towards which the people of `units` have one of `standings`."""
    closer = standings - {Standing.FADED}
    if standings >= OF_UNITS:
        return _concerning(user, units, closer)
    found = _concerning(user, units, closer) & Q(restricted_at=None)
    if Standing.FADED in standings:
        found |= _concerning(user, units, OF_UNITS) & Q(restricted_at__isnull=False)
    return found


def _concerning(user: Account, units: set[int], standings: frozenset[Standing]) -> Q:
    """Logged by one of the units, or assigned to it, as far as `standings` has it.

    The leads of a small unit are listed first, of two plain lists, so that either is read through
    its own index. Those of a large one are met soon enough on the way through all leads, where
    the subquery asks for each by the unique index; as EXISTS the planner would list them.
    """
    from leads.models import Assignment, Lead

    assigned = Assignment.objects.in_force().filter(unit__in=units)
    if Standing.LOGGED not in standings:
        return Q(pk__in=assigned.order_by().values("lead"))
    if Standing.UNIT not in standings:
        return Q(registered_unit__in=units)
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
