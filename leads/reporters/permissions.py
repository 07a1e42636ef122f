"""Who keeps reporters' identities, and who may ask to see one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules import predicate

from departments.models import Account
from departments.roles import Role
from leads.permissions import can_approve, can_handle, is_assigned, is_barred

if TYPE_CHECKING:
    from leads.models import Lead, Release


@predicate
def is_custodian(user: Account) -> bool:
    return user.has_role(Role.CUSTODIAN)


@predicate
def keeps_for_town_of(user: Account, lead: Lead) -> bool:
    return lead.jurisdiction_id in user.jurisdictions_as(Role.CUSTODIAN)


#: A custodian of the lead's town, unless the lead is kept from them or from their unit.
can_keep = keeps_for_town_of & ~is_barred
#: Whoever works on the lead: the office, and the people of a unit that verifies it.
can_ask = can_handle | (is_assigned & ~is_barred)


@predicate
def asked_for_it(user: Account, release: Release) -> bool:
    return release.asked_by_id == user.pk


@predicate
def still_works_on_its_lead(user: Account, release: Release) -> bool:
    return can_ask.test(user, release.lead)


@predicate
def directs_the_office_of_its_lead(user: Account, release: Release) -> bool:
    return can_approve.test(user, release.lead)


@predicate
def keeps_its_lead(user: Account, release: Release) -> bool:
    return can_keep.test(user, release.lead)


#: The director decides, never about a request of their own.
can_decide = directs_the_office_of_its_lead & ~asked_for_it
can_withdraw = asked_for_it
#: Whoever asked gives it back; director and custodian take it back.
can_end = asked_for_it | directs_the_office_of_its_lead | keeps_its_lead
#: Within the release, as long as the lead is still theirs to work on.
can_look = asked_for_it & still_works_on_its_lead
