"""Who is told."""

from __future__ import annotations

from django.db.models import QuerySet

from departments.models import Account
from departments.roles import Role


def auditors() -> QuerySet[Account]:
    return Account.objects.filter(is_active=True, memberships__role=Role.AUDITOR).distinct()
