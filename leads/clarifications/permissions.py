"""Who clears a name: the office proposes and sees to it, its director approves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules import predicate

from leads.permissions import can_approve, can_handle

if TYPE_CHECKING:
    from departments.models import Account
    from leads.clarifications.models import Clarification

can_propose = can_handle


@predicate
def can_see_to(user: Account, clarification: Clarification) -> bool:
    """The office of the lead's town, as far as the lead is theirs to handle."""
    return can_handle.test(user, clarification.lead)


@predicate
def can_decide(user: Account, clarification: Clarification) -> bool:
    return can_approve.test(user, clarification.lead)


__all__ = ["can_decide", "can_propose", "can_see_to"]
