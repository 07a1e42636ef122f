"""The only writer of deadline rules."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import transaction

from audit.machine import Conflict
from audit.models import Action
from audit.services import record
from departments.models import Account, Unit
from departments.roles import Role
from leads.deadlines.kinds import USUAL, Rule
from leads.deadlines.models import DeadlineRule


def settle(*, actor: Account, town: int, rules: dict[str, Rule], versions: dict[str, int]) -> int:
    """Set the rules of those kinds whose rule differs from the one in force; returns how many.

    `versions` are those that the person had before them: Conflict when another has been set
    since. Deadlines that were set before stay as they are.
    """
    if town not in actor.jurisdictions_as(Role.DIRECTOR):
        raise PermissionDenied
    with transaction.atomic():
        # One at a time in a town, so that what is compared is what is in force.
        Unit.objects.select_for_update(of=("self",)).get(pk=town)
        before = {row.kind: row for row in DeadlineRule.objects.in_force(town)}
        if any((before[kind].version if kind in before else 0) != versions[kind] for kind in rules):
            raise Conflict("期限规则刚刚在别处被修改过，请查看最新内容后再修改。")
        changed = [
            DeadlineRule(
                jurisdiction_id=town,
                kind=kind,
                version=versions[kind] + 1,
                days=rule.days,
                basis=rule.basis,
                near_days=rule.near_days,
                set_by=actor,
            )
            for kind, rule in rules.items()
            if rule != (before[kind].rule if kind in before else USUAL[kind])
        ]
        for row in changed:
            row.full_clean(exclude=["set_at"])
        DeadlineRule.objects.bulk_create(changed)
        for row in changed:
            words = f"改为：{row.rule}"
            record(action=Action.SETTINGS_CHANGED, actor=actor, obj=row, reason=words)
        return len(changed)
