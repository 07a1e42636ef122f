"""The accounts, roles and proposals that a person looks after."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from access.accounts.models import RoleProposal
from departments.models import Account, Membership
from departments.roles import ADMIN_ROLES


def _towns(user: Account) -> set[int]:
    return user.jurisdictions_as(*ADMIN_ROLES)


def accounts_for(user: Account) -> QuerySet[Account]:
    """Those who hold a role in an administrator's town, or for whom one there was proposed."""
    towns = _towns(user)
    held = Membership.objects.filter(unit__jurisdiction_id__in=towns)
    proposed = RoleProposal.objects.filter(unit__jurisdiction_id__in=towns)
    return Account.objects.filter(
        Q(pk__in=held.values("account")) | Q(pk__in=proposed.values("account"))
    )


def memberships_for(user: Account) -> QuerySet[Membership]:
    return Membership.objects.filter(unit__jurisdiction_id__in=_towns(user))


def proposals_for(user: Account) -> QuerySet[RoleProposal]:
    return RoleProposal.objects.filter(unit__jurisdiction_id__in=_towns(user))


def waiting_count(user: Account) -> int:
    return proposals_for(user).filter(is_granted=None).count()
