"""Who may do what about an incident. Seeing is decided by `Incident.objects.visible_to`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules import predicate

from departments.models import Account
from departments.permissions import acts_for_a_unit, is_office
from departments.roles import OFFICE_ROLES

if TYPE_CHECKING:
    from reporting.incidents.models import Incident


@predicate
def is_told(user: Account, incident: Incident) -> bool:
    """The office of the town: whoever of it is there acknowledges, answers, logs a lead."""
    return incident.jurisdiction_id in user.jurisdictions_as(*OFFICE_ROLES)


sees_incidents = is_office | acts_for_a_unit
