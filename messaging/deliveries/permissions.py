"""Who sees how messages left the house. None of them sees what a message says."""

from rules import predicate

from departments.models import Account
from departments.roles import OFFICE_ROLES, Role

#: Besides the office, which answers for its units' being told, whoever keeps the machines running.
SEES = OFFICE_ROLES | {Role.SYSTEM_ADMIN}


@predicate
def sees_deliveries(user: Account) -> bool:
    return user.has_role(*SEES)
