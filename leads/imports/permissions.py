"""Who may take over a ledger: the office of the town, for its town."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules import predicate

from departments.models import Account
from departments.roles import OFFICE_ROLES, Role

if TYPE_CHECKING:
    from leads.imports.models import ImportBatch


@predicate
def can_import(user: Account) -> bool:
    return user.has_role(*OFFICE_ROLES)


@predicate
def can_work_batch(user: Account, batch: ImportBatch) -> bool:
    return batch.town_id in user.jurisdictions_as(*OFFICE_ROLES)


@predicate
def can_confirm(user: Account, batch: ImportBatch) -> bool:
    """The office; leads that arrive closed need the director, as every closing does."""
    roles = [Role.DIRECTOR] if batch.closed_count else OFFICE_ROLES
    return batch.town_id in user.jurisdictions_as(*roles)
