"""Firing the weekly reminders, and the only writer of their rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.core.exceptions import PermissionDenied
from django.db import transaction

from audit.machine import Conflict
from audit.models import Action
from audit.services import record
from departments.models import Account, Unit
from departments.roles import Role
from messaging import quiet
from messaging.models import QuietHours
from messaging.reminders import fire
from reporting.reminders import rounds
from reporting.reminders.models import ReminderRule
from reporting.reminders.rounds import Rule
from reporting.reminders.weekly import OVERDUE, REOPENED, WEEKLY

#: The key under which a form names the quiet hours' version, among those of the rounds.
QUIET = "quiet"


def remind_due(now: dt.datetime | None = None) -> int:
    """Remind of every report that is owed; returns how many messages were new."""
    return fire(WEEKLY, now) + fire(OVERDUE, now) + fire(REOPENED, now)


@transaction.atomic
def settle(
    *,
    actor: Account,
    town: int,
    rules: Mapping[str, Rule],
    hours: tuple[dt.time, dt.time],
    versions: Mapping[str, int],
) -> int:
    """Set those rounds and quiet hours that differ from what is in force; returns how many.

    `versions` are those that the person had before them: Conflict when another has been set
    since. ValidationError for a text that names what no reminder may. What was sent stays.
    """
    if town not in actor.jurisdictions_as(Role.DIRECTOR):
        raise PermissionDenied
    # One at a time in a town, so that what is compared is what is in force.
    Unit.objects.select_for_update(of=("self",)).get(pk=town)
    if any(known != versions[key] for key, known in versions_of(town).items()):
        raise Conflict("催报规则刚刚在别处被修改过，请查看最新内容后再修改。")
    before = rounds.rules_of([town])[town]
    changed: list[ReminderRule | QuietHours] = [
        ReminderRule(
            jurisdiction_id=town,
            round=code,
            version=versions[code] + 1,
            set_by=actor,
            **vars(rule),
        )
        for code, rule in rules.items()
        if rule != before[code]
    ]
    if hours != quiet.hours_of(town):
        changed.append(
            QuietHours(
                jurisdiction_id=town,
                version=versions[QUIET] + 1,
                begins_at=hours[0],
                ends_at=hours[1],
                set_by=actor,
            )
        )
    for row in changed:
        row.full_clean(exclude=["set_at"])
        row.save()
        record(action=Action.SETTINGS_CHANGED, actor=actor, obj=row, reason=f"改为：{row}")
    return len(changed)


def versions_of(town: int) -> dict[str, int]:
    """The version in force of each round and of the quiet hours; 0 where nothing was settled."""
    versions = dict.fromkeys([*rounds.Round.values, QUIET], 0)
    versions |= {row.round: row.version for row in ReminderRule.objects.in_force([town])}
    hours = QuietHours.objects.in_force([town]).first()
    return versions | {QUIET: hours.version if hours else 0}
