"""Who settles how long leads are kept, who holds one, and who takes which step with a batch.

The office proposes and reviews; a director who did neither approves. Nobody deletes a lead alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules import predicate

from departments.models import Account
from departments.permissions import is_director, is_office
from departments.roles import OFFICE_ROLES, Role
from leads.permissions import can_approve, can_handle

if TYPE_CHECKING:
    from leads.disposals.models import DisposalBatch

#: The town's schedule is its director's to settle.
can_settle_retention = is_director
#: To stop the disposal of a lead is anybody's who handles it; to let it go on is the director's.
can_hold = can_handle
can_lift_hold = can_approve
can_propose_disposal = is_office


@predicate
def works_for_its_office(user: Account, batch: DisposalBatch) -> bool:
    return batch.jurisdiction_id in user.jurisdictions_as(*OFFICE_ROLES)


@predicate
def directs_its_office(user: Account, batch: DisposalBatch) -> bool:
    return batch.jurisdiction_id in user.jurisdictions_as(Role.DIRECTOR)


@predicate
def had_a_part(user: Account, batch: DisposalBatch) -> bool:
    """They proposed or reviewed it, or decided about one of its leads."""
    return user.pk in batch.parts


can_review = works_for_its_office
can_withdraw = works_for_its_office
can_send_back = directs_its_office
can_go_on = directs_its_office
can_approve_disposal = directs_its_office & ~had_a_part

__all__ = [
    "can_approve_disposal",
    "can_go_on",
    "can_hold",
    "can_lift_hold",
    "can_propose_disposal",
    "can_review",
    "can_send_back",
    "can_settle_retention",
    "can_withdraw",
]
