"""Who is told of leads: the people of units and offices, without those who must not learn of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from departments.models import Membership
from departments.roles import BARRING_ROLES, OFFICE_ROLES, UNIT_ROLES, Role
from leads.circle.models import Access
from leads.conflicts.models import ConflictOfInterest
from leads.conflicts.states import Why
from leads.models import Lead
from leads.states import Secrecy


def barred_from(leads: Collection[int]) -> dict[int, set[int]]:
    """By lead, the people who are told nothing of it: from whom a conflict of interest keeps it."""
    rows = ConflictOfInterest.objects.in_force().filter(lead__in=leads)
    barred: dict[int, set[int]] = {lead_id: set() for lead_id in leads}
    by_unit: dict[int, set[int]] = defaultdict(set)
    named: dict[int, set[int]] = defaultdict(set)
    for lead_id, why, unit_id, account_id in rows.values_list("lead", "why", "unit", "account"):
        if unit_id:
            by_unit[unit_id].add(lead_id)
        else:
            barred[lead_id].add(account_id)
        if why == Why.NAMED_PERSON:
            named[account_id].add(lead_id)
    answering = Membership.objects.filter(account__in=named, role__in=BARRING_ROLES)
    for unit_id, account_id in answering.values_list("unit_id", "account_id"):
        by_unit[unit_id] |= named[account_id]
    members = Membership.objects.filter(unit__in=by_unit).values_list("unit_id", "account_id")
    for unit_id, account_id in members:
        for lead_id in by_unit[unit_id]:
            barred[lead_id].add(account_id)
    return barred


def _handlers_of(leads: Collection[Lead]) -> dict[int, set[int]]:
    """By each limited one of `leads` the people who handle it."""
    found = {lead.pk: set() for lead in leads if lead.secrecy == Secrecy.LIMITED}
    if found:
        rows = Access.objects.in_force().handlers().filter(lead__in=found)
        for lead_id, account_id in rows.values_list("lead_id", "account_id"):
            found[lead_id].add(account_id)
    return found


class Audience:
    """The active people of some units and of the offices of some leads' towns, read at once."""

    def __init__(self, leads: Collection[Lead], units: Collection[int] = ()) -> None:
        self._barred = barred_from({lead.pk for lead in leads})
        self._handlers = _handlers_of(leads)
        self._units: dict[tuple[int, str], set[int]] = defaultdict(set)
        self._offices: dict[tuple[int, str], set[int]] = defaultdict(set)
        held = Membership.objects.filter(account__is_active=True)
        of_units = held.filter(unit__in=units, role__in=UNIT_ROLES)
        for unit_id, role, account_id in of_units.values_list("unit_id", "role", "account_id"):
            self._units[unit_id, role].add(account_id)
        towns = {lead.jurisdiction_id for lead in leads}
        of_offices = held.filter(unit__jurisdiction__in=towns, role__in=OFFICE_ROLES)
        for town, role, account_id in of_offices.values_list(
            "unit__jurisdiction_id", "role", "account_id"
        ):
            self._offices[town, role].add(account_id)

    def of_unit(self, lead: Lead, unit_id: int, roles: Collection[str]) -> set[int]:
        """Those who hold one of `roles` at the unit; where nobody does, all who act for it."""
        found = self._holders(self._units, unit_id, roles)
        return self._fit(lead, found or self._holders(self._units, unit_id, UNIT_ROLES))

    def of_office(self, lead: Lead, roles: Collection[str]) -> set[int]:
        """Those who hold one of `roles` in the lead's town; where nobody fit does, its office.

        Of a limited lead only those inside its circle, as long as there is anybody.
        """
        if not roles:
            return set()
        town = lead.jurisdiction_id
        office = self._fit(lead, self._holders(self._offices, town, OFFICE_ROLES))
        if lead.pk in self._handlers:
            directors = self._holders(self._offices, town, [Role.DIRECTOR])
            circle = self._handlers[lead.pk] | directors | {lead.registered_by_id}
            office = office & circle or office
        return self._holders(self._offices, town, roles) & office or office

    def _fit(self, lead: Lead, people: set[int]) -> set[int]:
        return people - self._barred[lead.pk]

    @staticmethod
    def _holders(
        held: dict[tuple[int, str], set[int]], place: int, roles: Collection[str]
    ) -> set[int]:
        return {account_id for role in roles for account_id in held[place, role]}
