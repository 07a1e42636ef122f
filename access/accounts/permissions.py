"""Who looks after accounts. None of them sees a lead."""

from rules import predicate

from departments.models import Account
from departments.roles import ADMIN_ROLES, Role


@predicate
def sees_accounts(user: Account) -> bool:
    """The three administrators: one makes, one grants, one looks on."""
    return user.has_role(*ADMIN_ROLES)


@predicate
def makes_accounts(user: Account) -> bool:
    return user.has_role(Role.SYSTEM_ADMIN)


@predicate
def resets_password_of(user: Account, account: Account) -> bool:
    """The system administrator; of a system administrator, the security administrator.

    Second factors are reset by the security administrator: where a role needs one, nobody alone
    can take over the account of who holds it.
    """
    is_his_own_kind = account.has_role(Role.SYSTEM_ADMIN)
    return user.has_role(Role.SECURITY_ADMIN if is_his_own_kind else Role.SYSTEM_ADMIN)


@predicate
def grants_roles(user: Account) -> bool:
    return user.has_role(Role.SECURITY_ADMIN)
