"""Who takes which step towards a reward. Nobody takes two of proposing, approving and approving.

The roles stand here alone: the office proposes and pays, its director approves first, and a leader
of the town second, who is not of the office. None of them learns who the reporter is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules import predicate

from departments.models import Account
from departments.roles import OFFICE_ROLES, Role
from leads.permissions import can_handle, is_barred

if TYPE_CHECKING:
    from leads.models import Lead
    from leads.rewards.models import Reward

FIRST_APPROVER = Role.DIRECTOR
SECOND_APPROVER = Role.TOWN_LEADER


@predicate
def sees_rewards(user: Account) -> bool:
    return user.has_role(*OFFICE_ROLES, SECOND_APPROVER)


@predicate
def is_clear(user: Account, reward: Reward) -> bool:
    """Nothing keeps the lead from the person."""
    return not is_barred.test(user, reward.lead)


@predicate
def works_for_its_office(user: Account, reward: Reward) -> bool:
    return can_handle.test(user, reward.lead)


@predicate
def is_first_approver(user: Account, reward: Reward) -> bool:
    return reward.lead.jurisdiction_id in user.jurisdictions_as(FIRST_APPROVER)


@predicate
def is_second_approver(user: Account, reward: Reward) -> bool:
    return reward.lead.jurisdiction_id in user.jurisdictions_as(SECOND_APPROVER)


@predicate
def proposed_it(user: Account, reward: Reward) -> bool:
    return user.pk == reward.proposed_by_id


@predicate
def has_approved(user: Account, reward: Reward) -> bool:
    return user.pk in (reward.first_by_id, reward.second_by_id)


@predicate
def can_propose(user: Account, lead: Lead) -> bool:
    return can_handle.test(user, lead)


can_withdraw = works_for_its_office & is_clear
can_approve_first = is_first_approver & is_clear & ~proposed_it
can_approve_second = is_second_approver & is_clear & ~proposed_it & ~has_approved
#: Whoever approved does not hand out the money as well.
can_pay = works_for_its_office & is_clear & ~has_approved
