"""Who says that a major lead is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules import predicate

from departments.roles import OFFICE_ROLES, UNIT_ROLES, Role
from leads.permissions import is_barred

if TYPE_CHECKING:
    from departments.models import Account
    from leads.alerts.models import Alert


@predicate
def is_alerted(user: Account, alert: Alert) -> bool:
    """The people of the unit; of the office its director, or all where it has none.

    `alert` comes from `AlertQuerySet.with_director`, or is a row of the banner.
    """
    if alert.unit_id:
        return alert.unit_id in user.unit_ids(*UNIT_ROLES)
    if alert.has_director:
        return alert.town in user.jurisdictions_as(Role.DIRECTOR)
    return alert.town in user.jurisdictions_as(*OFFICE_ROLES)


@predicate
def is_barred_from_alert(user: Account, alert: Alert) -> bool:
    return is_barred.test(user, alert.lead)


can_acknowledge = is_alerted & ~is_barred_from_alert

__all__ = ["can_acknowledge"]
