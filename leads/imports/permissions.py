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
def works_for_its_office(user: Account, batch: ImportBatch) -> bool:
    return batch.town_id in user.jurisdictions_as(*OFFICE_ROLES)


@predicate
def confirms_its_rows(user: Account, batch: ImportBatch) -> bool:
    """The office; leads that arrive closed need the director, as every closing does."""
    roles = [Role.DIRECTOR] if batch.closed_count else OFFICE_ROLES
    return batch.town_id in user.jurisdictions_as(*roles)


@predicate
def is_kept_away(user: Account, batch: ImportBatch) -> bool:
    """The ledger names the person, or has not been checked for whom it names."""
    return batch.is_kept_from(user)


can_work_batch = works_for_its_office & ~is_kept_away
can_confirm = confirms_its_rows & ~is_kept_away

__all__ = ["can_confirm", "can_import", "can_work_batch"]
