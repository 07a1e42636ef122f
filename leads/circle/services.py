"""The only writers of who is let in to a lead."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils import timezone

from audit.machine import Conflict
from audit.models import Action
from audit.services import record
from departments.models import Account
from departments.roles import Role
from leads import standing
from leads.circle.models import Access
from leads.circle.permissions import (
    can_grant_reading,
    can_look_urgently,
    can_oversee,
    can_set_circle,
)
from leads.circle.states import READINGS, AccessKind
from leads.fields import Standing
from leads.machine import LEAD
from leads.models import Lead, LeadEvent
from leads.services import telling
from leads.states import LeadState, Secrecy
from messaging import services as messaging

#: A director lets a leader read for so many days at most; then they are asked again.
LONGEST_DAYS = 30


def urgent_minutes() -> int:
    return settings.PORTAL_URGENT_MINUTES


def set_circle(
    *,
    lead: Lead,
    actor: Account,
    secrecy: str,
    handlers: Collection[Account] = (),
    note: str = "",
    expected_version: int,
) -> Lead:
    """Say how wide the circle is, and of a limited lead who of the office handles it.

    Whoever limits a lead stays inside. ValidationError for a handler who is not of the town's
    office or must keep away.
    """
    with transaction.atomic():
        row = LEAD.remark(
            lead,
            "circle",
            actor=actor,
            who=can_set_circle,
            during=LeadState.values,
            label="调整知悉范围",
            note=_in_words(secrecy, handlers, note),
            expected_version=expected_version,
            secrecy=secrecy,
        )
        named = {person.pk for person in handlers}
        if not named <= set(able_handlers(row).values_list("pk", flat=True)):
            raise ValidationError({"handlers": "承办人须是扫黑办人员，并且不须回避。"})
        there = set(row.accesses.in_force().handlers().values_list("account", flat=True))
        _end(row.accesses.handlers().exclude(account__in=named), by=actor)
        _add_handlers(row, named - there, by=actor)
        join(row, actor)
        record(action=Action.CIRCLE_CHANGED, actor=actor, obj=row, reason=note)
        return row


def join(lead: Lead, actor: Account) -> None:
    """Whoever of the office limits a lead goes on with it; in the caller's transaction."""
    if lead.secrecy == Secrecy.LIMITED and standing.of(actor, lead) <= {Standing.OUTSIDE}:
        _add_handlers(lead, {actor.pk}, by=actor)


def hand_on(*, lead: Lead, to: Lead) -> None:
    """`to` goes on with a part of `lead`, and has its handlers."""
    rows = lead.accesses.in_force().handlers().select_related("given_by")
    for row in rows:
        _add_handlers(to, {row.account_id}, by=row.given_by)


def able_handlers(lead: Lead) -> QuerySet[Account]:
    return telling.office_of(lead)


def grantable(lead: Lead) -> QuerySet[Account]:
    """The town's leaders to whom the reading of `lead` can be granted."""
    leaders = Account.objects.filter(
        is_active=True,
        memberships__role=Role.TOWN_LEADER,
        memberships__unit__jurisdiction=lead.jurisdiction_id,
    )
    kept = [person.pk for person in leaders if lead.barred.includes(person)]
    return leaders.exclude(pk__in=kept).distinct()


def grant_reading(
    *, lead: Lead, actor: Account, account: Account, reason: str, ends_on: dt.date
) -> Access:
    """Let a town leader read the words of one lead until the end of `ends_on`.

    Conflict where it is granted already; ValidationError for who is no leader of the town or must
    keep away, a missing reason, a day that has passed or is too far.
    """
    today = timezone.localdate()
    if not reason.strip():
        raise ValidationError({"reason": "请填写授权的理由。"})
    if not today <= ends_on <= today + dt.timedelta(days=LONGEST_DAYS):
        raise ValidationError({"ends_on": f"截止日须在今天以后的 {LONGEST_DAYS} 天以内。"})
    with transaction.atomic():
        row = LEAD.lock(lead)
        if not can_grant_reading.test(actor, row):
            raise PermissionDenied
        if not grantable(row).filter(pk=account.pk).exists():
            raise ValidationError({"account": "只能授权给本镇不须回避的镇领导。"})
        midnight = dt.datetime.combine(ends_on + dt.timedelta(days=1), dt.time.min)
        end = timezone.make_aware(midnight)
        access = _let_in(row, account, AccessKind.GRANTED, by=actor, reason=reason, ends_at=end)
        note = f"{account.full_name}，至 {ends_on:%Y-%m-%d}：{access.reason}"
        _mark(row, "grant_reading", actor, note)
        record(action=Action.READING_GRANTED, actor=actor, obj=row, reason=note)
        _tell([account], access, kind="lead_reading_granted", title="主任授权您查阅线索")
        return access


def look_urgently(*, lead: Lead, actor: Account, reason: str) -> Access:
    """紧急查阅: read a lead from outside its circle for a while; the director is told at once.

    Where every director must keep away, those are told who take up what the office must not have.
    Conflict while a look that the director ended would still last.
    """
    if not reason.strip():
        raise ValidationError({"note": "请填写紧急查阅的理由。"})
    with transaction.atomic():
        row = LEAD.lock(lead)
        if not can_look_urgently.test(actor, row):
            raise PermissionDenied
        _require_not_ended(row, actor)
        end = timezone.now() + dt.timedelta(minutes=urgent_minutes())
        access = _let_in(row, actor, AccessKind.URGENT, by=actor, reason=reason, ends_at=end)
        _mark(row, "urgent_look", actor, f"至 {_moment(end)}：{access.reason}")
        record(action=Action.URGENT_LOOK, actor=actor, obj=row, reason=access.reason)
        directors = telling.office_of(row, frozenset({Role.DIRECTOR}))
        told = directors if directors.exists() else telling.outside_office(row)
        _tell(told, access, kind="lead_urgent_look", title="有人员紧急查阅限定知悉的线索")
        return access


def _require_not_ended(lead: Lead, actor: Account) -> None:
    """What the director ended is not begun again at once."""
    looks = lead.accesses.filter(account=actor, kind=AccessKind.URGENT, ends_at__gt=timezone.now())
    if ended := looks.exclude(ended_by=None).order_by("-ends_at").first():
        raise Conflict(f"主任已终止这次查阅，{_moment(ended.ends_at)} 前不能再次紧急查阅。")


def end_reading(*, access: Access, actor: Account) -> Access:
    """The director ends a reading at once, before its time."""
    with transaction.atomic():
        row = _locked(access, actor)
        if row.kind not in READINGS or not row.is_in_force:
            raise Conflict("这项查阅已经结束。")
        _end(Access.objects.filter(pk=row.pk), by=actor)
        _mark(row.lead, "end_reading", actor, row.account.full_name)
        record(action=Action.READING_ENDED, actor=actor, obj=row.lead, reason=row.account.full_name)
        row.refresh_from_db()
        return row


def acknowledge(*, access: Access, actor: Account) -> Access:
    """知悉: the director has taken note of an urgent look; it leaves the list."""
    with transaction.atomic():
        row = _locked(access, actor)
        if not row.is_urgent:
            raise PermissionDenied
        if row.acknowledged_at:
            raise Conflict(f"{row.acknowledged_by}已确认知悉，不必重复确认。")
        row.acknowledged_by, row.acknowledged_at = actor, timezone.now()
        row.save(update_fields=["acknowledged_by", "acknowledged_at"])
        _mark(row.lead, "know_urgent", actor, row.account.full_name)
        return row


def unacknowledged_count(user: Account) -> int:
    """How many urgent looks wait for this director to take note of them."""
    return Access.objects.visible_to(user).unacknowledged().count()


def _locked(access: Access, actor: Account) -> Access:
    lead = LEAD.lock(access.lead)
    row = Access.objects.select_for_update().get(pk=access.pk)
    row.lead = lead
    if not can_oversee.test(actor, row):
        raise PermissionDenied
    return row


def _let_in(
    lead: Lead, account: Account, kind: str, *, by: Account, reason: str, ends_at: dt.datetime
) -> Access:
    """The caller holds the lead's lock."""
    mine = lead.accesses.filter(account=account, kind=kind)
    if mine.in_force().exists():
        raise Conflict("这项查阅还没有到期，不必重复办理。")
    mine.filter(ended_at=None).update(ended_at=F("ends_at"))
    return Access.objects.create(
        lead=lead,
        account=account,
        kind=kind,
        given_by=by,
        reason=reason.strip(),
        ends_at=ends_at,
    )


def _add_handlers(lead: Lead, people: Collection[int], *, by: Account) -> None:
    Access.objects.bulk_create(
        Access(lead=lead, account_id=key, kind=AccessKind.HANDLER, given_by=by) for key in people
    )


def _end(accesses: QuerySet[Access], *, by: Account) -> None:
    accesses.filter(ended_at=None).update(ended_at=timezone.now(), ended_by=by)


def _mark(lead: Lead, verb: str, actor: Account, note: str) -> None:
    LeadEvent.write(lead, actor=actor, verb=verb, source=lead.state, target=lead.state, note=note)


def _tell(people: Collection[Account], access: Access, *, kind: str, title: str) -> None:
    number = access.lead.number
    messaging.send(
        recipients=people,
        kind=kind,
        subject_key=f"lead:{access.lead_id}",
        round=str(access.pk),
        title=f"{title}（{number}）",
        body=f"线索 {number}：{title}。请登录平台查看。",
        url=reverse("leads:detail", args=[number]),
    )


def _in_words(secrecy: str, handlers: Collection[Account], note: str) -> str:
    names = "、".join(person.full_name for person in handlers)
    words = f"知悉范围：{Secrecy(secrecy).label}。" + (f"承办人：{names}。" if names else "")
    return words + note


def _moment(moment: dt.datetime) -> str:
    return f"{timezone.localtime(moment):%m-%d %H:%M}"
