"""The only writer of retention rules."""

from __future__ import annotations

from collections.abc import Mapping

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from audit.machine import Conflict
from audit.models import Action
from audit.services import record
from departments.models import Account, Unit
from departments.roles import Role
from leads.disposals import rules
from leads.disposals.models import RetentionRule


def settle(
    *,
    actor: Account,
    town: int,
    years: Mapping[str, int | None],
    versions: Mapping[str, int],
    reason: str,
) -> int:
    """Set the years of those kinds for which they differ from those in force; returns how many.

    `versions` are those that the person had before them: Conflict when another has been set since.
    ValidationError without a reason.
    """
    if town not in actor.jurisdictions_as(Role.DIRECTOR):
        raise PermissionDenied
    if not reason.strip():
        raise ValidationError({"reason": "请填写修改的理由。"})
    with transaction.atomic():
        # One at a time in a town, so that what is compared is what is in force.
        Unit.objects.select_for_update(of=("self",)).get(pk=town)
        current = rules.in_force(town)
        if any(current[kind].version != versions[kind] for kind in years):
            raise Conflict("留存期限刚刚在别处被修改过，请查看最新内容后再修改。")
        changed = [
            RetentionRule(
                jurisdiction_id=town,
                kind=kind,
                version=versions[kind] + 1,
                years=kept,
                reason=reason.strip(),
                set_by=actor,
            )
            for kind, kept in years.items()
            if kept != current[kind].years
        ]
        for row in changed:
            row.full_clean(exclude=["set_at", "years"])
        RetentionRule.objects.bulk_create(changed)
        for row in changed:
            words = f"改为：{row.words}。{row.reason}"
            record(action=Action.SETTINGS_CHANGED, actor=actor, obj=row, reason=words)
        return len(changed)
