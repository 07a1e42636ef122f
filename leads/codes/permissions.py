"""Who hands out codes, and who answers them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules import predicate

from departments.models import Account
from departments.permissions import is_office
from leads.permissions import can_handle, registered_it
from leads.states import ReporterKind

if TYPE_CHECKING:
    from leads.codes.models import Supplement
    from leads.models import Lead


@predicate
def has_a_reporter(user: Account, lead: Lead) -> bool:
    """Somebody reported it, and not to a platform that has codes of its own."""
    return lead.reporter_kind != ReporterKind.NONE and not lead.channel.number_only


#: A first code is handed out by whoever logged the lead; another one by the office alone.
can_issue = can_handle | registered_it
#: Reporters are answered by the office.
can_answer = is_office
can_reply = can_handle


@predicate
def can_read_supplement(user: Account, supplement: Supplement) -> bool:
    return can_handle.test(user, supplement.lead)
