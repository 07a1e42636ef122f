"""Who may add and remove attachments. Seeing is decided by `Attachment.objects.visible_to`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules import predicate

from departments.models import Account
from departments.roles import UNIT_ROLES
from leads.permissions import can_handle, is_assigned, registered_it
from leads.states import WAITING_FOR_UNIT, LeadState

if TYPE_CHECKING:
    from leads.attachments.models import Attachment
    from leads.models import Assignment, Lead


def open_part(user: Account, lead: Lead) -> Assignment | None:
    """The part of `lead` on which a unit of `user` still works, or None."""
    units = user.unit_ids(*UNIT_ROLES)
    return lead.assignments.filter(unit__in=units, state__in=WAITING_FOR_UNIT).first()


@predicate
def has_open_part(user: Account, lead: Lead) -> bool:
    return open_part(user, lead) is not None


@predicate
def is_open(user: Account, lead: Lead) -> bool:
    return lead.is_open


@predicate
def takes_files(user: Account, lead: Lead) -> bool:
    """Neither put away nor continued as another lead."""
    return lead.state not in (LeadState.ARCHIVED, LeadState.MERGED)


#: The office until the lead is put away; who registered it while it is open; a unit while its
#: part is.
can_attach = takes_files & (can_handle | (registered_it & is_open) | (is_assigned & has_open_part))


@predicate
def handles_lead(user: Account, attachment: Attachment) -> bool:
    return can_handle.test(user, attachment.lead)


@predicate
def added_it(user: Account, attachment: Attachment) -> bool:
    return attachment.added_by_id == user.pk


@predicate
def may_still_attach(user: Account, attachment: Attachment) -> bool:
    return can_attach.test(user, attachment.lead)


@predicate
def is_signed(user: Account, attachment: Attachment) -> bool:
    """A unit's leader has signed a feedback that rests on it."""
    return attachment.feedback is not None and attachment.feedback.is_signed


#: Whoever added it, as long as they may add; but what a signature covers is the office's alone.
can_remove = handles_lead | (added_it & may_still_attach & ~is_signed)
