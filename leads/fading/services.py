"""The only writers of restrictions and of the rules about them."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from audit.machine import Conflict
from audit.models import Action
from audit.services import record
from departments.models import Account, Unit
from departments.roles import Role
from leads import due
from leads.fading import rules
from leads.fading.models import FadingRule
from leads.fading.permissions import can_keep_open
from leads.fading.querysets import due_in
from leads.machine import LEAD
from leads.models import Lead, LeadEvent
from leads.states import LeadState

#: So many leads are restricted in one transaction.
AT_ONCE = 1000
#: A lead is kept open for so many days at most; then its case must be made again.
LONGEST_DAYS = 180
CLOSED = (LeadState.CLOSED, LeadState.ARCHIVED)
#: Who takes the step in the timeline.
ITSELF = "平台自动"


def settle(
    *, actor: Account, town: int, days: dict[str, int | None], versions: dict[str, int]
) -> int:
    """Set the days of those findings for which they differ from those in force; returns how many.

    `versions` are those that the person had before them: Conflict when another has been set since.
    What is restricted already stays so.
    """
    if town not in actor.jurisdictions_as(Role.DIRECTOR):
        raise PermissionDenied
    with transaction.atomic():
        # One at a time in a town, so that what is compared is what is in force.
        Unit.objects.select_for_update(of=("self",)).get(pk=town)
        before = {row.finding: row for row in FadingRule.objects.in_force(town)}
        if any((before[one].version if one in before else 0) != versions[one] for one in days):
            raise Conflict("受限规则刚刚在别处被修改过，请查看最新内容后再修改。")
        current = rules.in_force(town)
        changed = [
            FadingRule(
                jurisdiction_id=town,
                finding=finding,
                version=versions[finding] + 1,
                days=kept,
                set_by=actor,
            )
            for finding, kept in days.items()
            if kept != current[finding]
        ]
        for row in changed:
            row.full_clean(exclude=["set_at"])
        FadingRule.objects.bulk_create(changed)
        for row in changed:
            words = f"改为：{row.words}"
            record(action=Action.SETTINGS_CHANGED, actor=actor, obj=row, reason=words)
        return len(changed)


def restrict_due(now: dt.datetime | None = None) -> int:
    """Restrict every lead that is due on the day of `now`; returns how many.

    Some at a time, each with its row in the timeline. Two that run at once share the work.
    """
    now = now or timezone.now()
    done = 0
    for town in Unit.objects.filter(jurisdiction=F("pk")).values_list("pk", flat=True):
        days = rules.in_force(town)
        while found := _restrict_some(town, days, now):
            done += found
    return done


@transaction.atomic
def _restrict_some(town: int, days: rules.Days, now: dt.datetime) -> int:
    rows = due_in(town, days, timezone.localdate(now)).select_for_update(
        of=("self",), skip_locked=True
    )
    leads = list(rows.order_by("pk").only("number", "state")[:AT_ONCE])
    Lead.objects.filter(pk__in=[lead.pk for lead in leads]).update(
        restricted_at=now, kept_open_until=None, version=F("version") + 1
    )
    LeadEvent.objects.bulk_create(
        LeadEvent(
            lead=lead,
            at=now,
            actor_name=ITSELF,
            verb="restrict",
            from_state=lead.state,
            to_state=lead.state,
        )
        for lead in leads
    )
    return len(leads)


def keep_open(
    *, lead: Lead, actor: Account, note: str, until: dt.date, expected_version: int
) -> Lead:
    """解除或暂缓受限: show the lead as before until the end of `until`, for a reason.

    Conflict for a lead that does not fade; ValidationError without a reason, or for a day that has
    passed or is too far.
    """
    today = due.today()
    if not note.strip():
        raise ValidationError({"note": "请填写理由。"})
    if not today <= until <= today + dt.timedelta(days=LONGEST_DAYS):
        raise ValidationError({"until": f"截止日须在今天以后的 {LONGEST_DAYS} 天以内。"})
    with transaction.atomic():
        row = LEAD.lock(lead)
        if row.state in CLOSED and not row.fades:
            raise Conflict("这条线索的核查结论不涉及受限。")
        row = LEAD.remark(
            row,
            "keep_open",
            actor=actor,
            who=can_keep_open,
            during=CLOSED,
            label="解除受限",
            note=f"至 {until:%Y-%m-%d}：{note.strip()}",
            expected_version=expected_version,
            restricted_at=None,
            kept_open_until=until,
        )
        record(action=Action.RESTRICTION_LIFTED, actor=actor, obj=row, reason=note.strip())
        return row
