"""Who may do what to a lead. Seeing is decided by `Lead.objects.visible_to`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules import predicate

from departments.models import Account
from departments.roles import OFFICE_ROLES, UNIT_ROLES, Role

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
    """Whether there are leads whose words the person may read; town leaders see figures alone."""
    return user.has_role(*OFFICE_ROLES, *UNIT_ROLES)


@predicate
def works_for_office_of(user: Account, lead: Lead) -> bool:
    return lead.jurisdiction_id in user.jurisdictions_as(*OFFICE_ROLES)


@predicate
def directs_office_of(user: Account, lead: Lead) -> bool:
    return lead.jurisdiction_id in user.jurisdictions_as(Role.DIRECTOR)


@predicate
def is_barred(user: Account, lead: Lead) -> bool:
    """The lead is kept from the person: see `leads.conflicts`."""
    return lead.barred.includes(user)


@predicate
def is_assigned(user: Account, lead: Lead) -> bool:
    return lead.assignments.in_force().filter(unit__in=user.unit_ids(*UNIT_ROLES)).exists()


@predicate
def registered_it(user: Account, lead: Lead) -> bool:
    return lead.registered_unit_id in user.unit_ids(*UNIT_ROLES)


#: The office of the lead's town works it, but for those from whom the lead is kept.
can_handle = works_for_office_of & ~is_barred
#: Closures are approved by the director.
can_approve = directs_office_of & ~is_barred
#: Whose work needs the words of the allegation. Leaders see figures, not words.
can_read_content = ~is_barred & (works_for_office_of | is_assigned | registered_it)

#: Until the office accepts it, whoever logged a lead may set it right too.
can_correct_what_it_logged = ~is_barred & (works_for_office_of | registered_it)


@predicate
def works_for_assigned_unit(user: Account, assignment: Assignment) -> bool:
    return assignment.unit_id in user.unit_ids(*UNIT_ROLES)


@predicate
def is_barred_from_assignment(user: Account, assignment: Assignment) -> bool:
    return is_barred.test(user, assignment.lead)


@predicate
def works_for_office_of_assignment(user: Account, assignment: Assignment) -> bool:
    return works_for_office_of.test(user, assignment.lead)


@predicate
def leads_assigned_unit(user: Account, assignment: Assignment) -> bool:
    return assignment.unit_id in user.unit_ids(Role.LEADER)


can_work_assignment = works_for_assigned_unit & ~is_barred_from_assignment
can_sign_feedback = leads_assigned_unit & ~is_barred_from_assignment
can_review_assignment = works_for_office_of_assignment & ~is_barred_from_assignment


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
]
