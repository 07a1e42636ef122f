"""Who may do what to a lead. Seeing is decided by `Lead.objects.visible_to`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules import predicate

from departments.models import Account
from departments.roles import OFFICE_ROLES, UNIT_ROLES, Role
from leads import fields, standing
from leads.fields import Standing

if TYPE_CHECKING:
    from leads.models import Assignment, Extension, Lead


@predicate
def can_register(user: Account) -> bool:
    """The office, and every unit and village: leads come from all of them."""
    return user.has_role(*OFFICE_ROLES, *UNIT_ROLES)


@predicate
def can_search_leads(user: Account) -> bool:
    """Whoever has leads to see at all; administrators and custodians have none."""
    return user.has_role(*OFFICE_ROLES, *UNIT_ROLES, Role.TOWN_LEADER)


@predicate
def sees_whole_town(user: Account) -> bool:
    """All leads of a town, at least their figures; a unit sees those that concern it."""
    return user.has_role(*OFFICE_ROLES, Role.TOWN_LEADER)


@predicate
def reads_leads(user: Account) -> bool:
    """Whether their roles let the person read the words of leads; town leaders see figures."""
    return bool(fields.granting("allegation") & standing.possible(user))


@predicate
def handles_for_office(user: Account, lead: Lead) -> bool:
    """Of the office, and inside the lead's circle."""
    return bool(lead.standings(user) & {Standing.DIRECTOR, Standing.OFFICE})


@predicate
def directs_office_of(user: Account, lead: Lead) -> bool:
    return lead.jurisdiction_id in user.jurisdictions_as(Role.DIRECTOR)


@predicate
def is_barred(user: Account, lead: Lead) -> bool:
    """The lead is kept from the person: see `leads.conflicts`."""
    return lead.barred.includes(user)


@predicate
def is_assigned(user: Account, lead: Lead) -> bool:
    return Standing.UNIT in lead.standings(user)


@predicate
def registered_it(user: Account, lead: Lead) -> bool:
    return Standing.LOGGED in lead.standings(user)


@predicate
def can_read_content(user: Account, lead: Lead) -> bool:
    """Whether the table shows them the words of the allegation. Leaders see figures, not words."""
    return "allegation" in lead.seen_by(user)


#: The office of the lead's town works it: those inside its circle, from whom it is not kept.
can_handle = handles_for_office & ~is_barred
#: Closures are approved by the director.
can_approve = directs_office_of & ~is_barred
#: Those who have to do with the lead, not who was let in to read it for a while.
works_on = can_handle | is_assigned | registered_it

#: Until the office accepts it, whoever logged a lead may set it right too.
can_correct_what_it_logged = can_handle | registered_it


@predicate
def works_for_assigned_unit(user: Account, assignment: Assignment) -> bool:
    return assignment.unit_id in user.unit_ids(*UNIT_ROLES)


@predicate
def is_barred_from_assignment(user: Account, assignment: Assignment) -> bool:
    return is_barred.test(user, assignment.lead)


@predicate
def leads_assigned_unit(user: Account, assignment: Assignment) -> bool:
    return assignment.unit_id in user.unit_ids(Role.LEADER)


can_work_assignment = works_for_assigned_unit & ~is_barred_from_assignment
can_sign_feedback = leads_assigned_unit & ~is_barred_from_assignment


@predicate
def can_review_assignment(user: Account, assignment: Assignment) -> bool:
    return can_handle.test(user, assignment.lead)


@predicate
def can_work_extension(user: Account, extension: Extension) -> bool:
    """Those whose unit asked for more time."""
    return can_work_assignment.test(user, extension.assignment)


@predicate
def can_decide_extension(user: Account, extension: Extension) -> bool:
    """More time is the director's to give."""
    return can_approve.test(user, extension.assignment.lead)


__all__ = [
    "can_approve",
    "can_correct_what_it_logged",
    "can_decide_extension",
    "can_handle",
    "can_read_content",
    "can_register",
    "can_review_assignment",
    "can_search_leads",
    "can_sign_feedback",
    "can_work_assignment",
    "can_work_extension",
    "reads_leads",
    "sees_whole_town",
    "works_on",
]
