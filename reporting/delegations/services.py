"""The only writers of delegations."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from audit.machine import Conflict
from audit.models import Action
from audit.services import record
from departments.models import Account, Unit
from departments.roles import UNIT_ROLES, Role
from messaging import services as messaging
from reporting.delegations.models import MOST_AHEAD, MOST_DAYS, OVERLAPS, SigningDelegation
from reporting.delegations.permissions import delegates_for


@transaction.atomic
def delegate(
    *,
    actor: Account,
    unit: Unit,
    leader: Account,
    to: Account,
    first_day: dt.date,
    last_day: dt.date,
    reason: str,
) -> SigningDelegation:
    """Let `to` sign the unit's weekly reports for its leader. The same again gives the same one.

    A leader delegates for themself alone; the director for any leader of the unit.
    ValidationError for who is not of the unit, days that are past, too many or taken.
    """
    if not delegates_for.test(actor, unit):
        raise PermissionDenied
    if unit.pk in actor.unit_ids(Role.LEADER) and leader != actor:
        raise PermissionDenied
    # One at a time in a unit: the slower of two finds what the faster has made.
    Unit.objects.select_for_update(of=("self",), no_key=True).get(pk=unit.pk)
    values = {
        "unit": unit,
        "leader": leader,
        "delegate": to,
        "first_day": first_day,
        "last_day": last_day,
        "reason": reason.strip(),
    }
    if there := SigningDelegation.objects.not_over().filter(**values).first():
        return there
    row = SigningDelegation(**values, set_by=actor)
    _require_sound(row)
    # The constraints have been asked in words; the unit is held, so that they stay answered.
    row.full_clean(exclude=["set_at", "ended_by", "ended_at"], validate_constraints=False)
    row.save(force_insert=True)
    words = f"{leader.full_name}委托{to.full_name}，{row.days_label}"
    on_record = f"{words}，{row.reason}"
    record(action=Action.SIGNING_DELEGATED, actor=actor, obj=row, reason=on_record[:200])
    _tell(row, actor, "delegation_set", f"{unit.name}周报委托{to.full_name}签发", words)
    return row


@transaction.atomic
def end(*, actor: Account, delegation: SigningDelegation) -> SigningDelegation:
    """End it now: the delegate's next request finds none. Conflict where it is over already."""
    row = SigningDelegation.objects.select_for_update(of=("self",)).get(pk=delegation.pk)
    if not delegates_for.test(actor, row.unit):
        raise PermissionDenied
    if row.is_over:
        raise Conflict("这次委托已经结束。")
    row.ended_by, row.ended_at = actor, timezone.now()
    row.save(update_fields=["ended_by", "ended_at"])
    words = f"提前结束{row.leader.full_name}对{row.delegate.full_name}的委托（{row.days_label}）"
    record(action=Action.SIGNING_DELEGATED, actor=actor, obj=row, reason=words[:200])
    _tell(row, actor, "delegation_ended", f"{row.unit.name}周报委托签发已结束", words)
    return row


def lock_for_signing(actor: Account, unit_id: int) -> SigningDelegation | None:
    """By which delegation `actor` signs, locked: it does not end before the signature stands.

    None for the unit's leader, and for whoever has no right to sign at all.
    """
    if unit_id in actor.unit_ids(Role.LEADER) or unit_id not in actor.unit_ids(*UNIT_ROLES):
        return None
    rows = SigningDelegation.objects.in_force().filter(delegate=actor, unit=unit_id)
    return rows.select_for_update(of=("self",)).select_related("leader").first()


def _require_sound(row: SigningDelegation) -> None:
    found: dict[str, list[str]] = {}
    today = timezone.localdate()
    if not today <= row.first_day <= today + dt.timedelta(days=MOST_AHEAD):
        found["first_day"] = [f"从今天起，最多提前 {MOST_AHEAD} 天办理。"]
    if not dt.timedelta(0) <= row.last_day - row.first_day < dt.timedelta(days=MOST_DAYS):
        found["last_day"] = [f"不能早于起始日，连续最多 {MOST_DAYS} 天。"]
    leaders = Account.objects.members_of(row.unit, frozenset({Role.LEADER}))
    if not leaders.filter(pk=row.leader_id).exists():
        found["leader"] = ["不是本单位主要负责人。"]
    members = Account.objects.members_of(row.unit, UNIT_ROLES).exclude(pk=row.leader_id)
    if not members.filter(pk=row.delegate_id).exists():
        found["to"] = ["只能委托本单位的联络员或其他负责人。"]
    taken = SigningDelegation.objects.filter(
        unit=row.unit,
        ended_at=None,
        first_day__lte=row.last_day,
        last_day__gte=row.first_day,
    )
    if taken.exists():
        found["first_day"] = [OVERLAPS]
    if found:
        raise ValidationError(found)


def _tell(row: SigningDelegation, actor: Account, kind: str, title: str, words: str) -> None:
    """The two whom it is about, but for the one who did it."""
    messaging.send(
        recipients=[pk for pk in (row.leader_id, row.delegate_id) if pk != actor.pk],
        kind=kind,
        subject_key=f"delegation:{row.pk}",
        round="1",
        title=title,
        body=f"{words}。受托人在此期间可以签发本单位周报及其更正，签字处注明受委托。",
        url=reverse("reporting:delegations"),
    )
