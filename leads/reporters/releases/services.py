"""The only writers of requests for identities, and the handler's door to an identity."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from audit.machine import Conflict
from audit.models import Action
from audit.services import record
from departments.models import Account
from departments.roles import Role
from leads.audience import barred_from
from leads.machine import LEAD
from leads.models import Lead, Release
from leads.reporters import services as identities
from leads.reporters.permissions import can_ask, can_look
from leads.reporters.releases.machine import RELEASE
from leads.reporters.releases.states import MOST_DAYS, ReleaseState
from leads.reporters.services import Shown
from leads.services.telling import office_of
from messaging import services as messaging

DIRECTORS = frozenset({Role.DIRECTOR})
#: What is written when a request is decided, or is over.
DECIDED = ("decided_by", "decided_at", "expires_at", "ended_by", "ended_at")
OVER = "调阅期限已过或已结束，请重新申请。"
UNDECIDED = "这项申请还没有批准，不能查看。"


def ask(*, lead: Lead, actor: Account, reason: str, submission: uuid.UUID) -> Release:
    """申请调阅, to the director; the town's custodians are told too.

    The same `submission` again gives the request of the first time. Conflict while another of the
    same person about the same lead is open; ValidationError where there is nobody to see, or no
    director to decide but who asks.
    """
    made = Release.objects.filter(submission=submission, asked_by=actor, lead=lead).first()
    if made is not None:
        return made
    try:
        return _ask(lead, actor, reason, submission)
    except IntegrityError:
        raise Conflict("您对这条线索已有一项调阅申请，请先办结那一项。") from None


@transaction.atomic
def _ask(lead: Lead, actor: Account, reason: str, submission: uuid.UUID) -> Release:
    row = LEAD.lock(lead)
    if not can_ask.test(actor, row):
        raise PermissionDenied
    if not row.reporters.exists():
        raise ValidationError("这条线索没有保管举报人信息。")
    directors = office_of(row, DIRECTORS).exclude(pk=actor.pk)
    if not directors.exists():
        raise ValidationError("本镇没有可以审批这项申请的其他主任，请先按权限流程增设一名。")
    _end(row.releases.filter(asked_by=actor).expired(timezone.now()))
    release = Release(lead=row, asked_by=actor, reason=reason.strip(), submission=submission)
    release.clean_fields(exclude=[*DECIDED, "asked_at"])
    release.save(force_insert=True)
    record(
        action=Action.REPORTER_RELEASE,
        actor=actor,
        obj=row,
        reason=f"申请调阅（第 {release.pk} 号）：{release.reason}",
    )
    _tell(release, directors, "举报人信息调阅申请待您审批", to="lead")
    _tell(release, custodians_of(row), "有人申请调阅举报人信息", to="desk")
    return release


@transaction.atomic
def approve(*, release: Release, actor: Account, days: int, note: str = "") -> Release:
    """批准 for so many days from now, MOST_DAYS at most."""
    if not 1 <= days <= MOST_DAYS:
        raise ValidationError({"days": f"期限应为 1 至 {MOST_DAYS} 天。"})
    LEAD.lock(release.lead)
    now = timezone.now()
    row = RELEASE.step(
        release,
        "approve",
        actor=actor,
        note=f"{days} 天。{note}".strip(),
        decided_by=actor,
        decided_at=now,
        answer=note.strip(),
        expires_at=now + dt.timedelta(days=days),
    )
    _answer(row, "举报人信息调阅申请已批准")
    return row


@transaction.atomic
def reject(*, release: Release, actor: Account, note: str) -> Release:
    """不同意, with a reason."""
    LEAD.lock(release.lead)
    row = RELEASE.step(
        release,
        "reject",
        actor=actor,
        note=note,
        decided_by=actor,
        decided_at=timezone.now(),
        answer=note.strip(),
    )
    _answer(row, "举报人信息调阅申请未获批准")
    return row


@transaction.atomic
def withdraw(*, release: Release, actor: Account) -> Release:
    """撤回 before it is decided."""
    LEAD.lock(release.lead)
    return RELEASE.step(release, "withdraw", actor=actor, ended_by=actor, ended_at=timezone.now())


@transaction.atomic
def end(*, release: Release, actor: Account) -> Release:
    """结束: from now on nothing is shown, by whoever asked, the director or a custodian."""
    LEAD.lock(release.lead)
    row = RELEASE.step(release, "end", actor=actor, ended_by=actor, ended_at=timezone.now())
    if actor.pk != row.asked_by_id:
        _answer(row, "举报人信息调阅已被收回")
    return row


def look(*, release: Release, actor: Account) -> list[Shown]:
    """What a release shows to who asked for it. On record first, each time.

    Asked afresh, with the row locked: Conflict when the time is over or it was taken back,
    PermissionDenied when the lead is no longer theirs to work on.
    """
    with transaction.atomic():
        row = RELEASE.lock(release)
        if not can_look.test(actor, row):
            raise PermissionDenied
        if not row.is_in_force:
            raise Conflict(UNDECIDED if row.state == ReleaseState.ASKED else OVER)
        return identities.look(lead=row.lead, actor=actor, reason=row.reason, release=row)


def end_expired(now: dt.datetime | None = None) -> int:
    """Write down that the time of releases is over; they show nothing since it was."""
    with transaction.atomic():
        return _end(Release.objects.expired(now or timezone.now()))


def _end(releases: Iterable[Release]) -> int:
    done = 0
    for release in releases.select_for_update(of=("self",), skip_locked=True):
        RELEASE.follow(release, ReleaseState.ENDED, ended_at=timezone.now())
        done += 1
    return done


def custodians_of(lead: Lead) -> list[int]:
    """The custodians of the lead's town, without those from whom it is kept."""
    people = Account.objects.filter(
        is_active=True,
        memberships__role=Role.CUSTODIAN,
        memberships__unit__jurisdiction=lead.jurisdiction_id,
    )
    barred = barred_from([lead.pk])[lead.pk]
    return list(people.exclude(pk__in=barred).distinct().values_list("pk", flat=True))


def _answer(release: Release, title: str) -> None:
    asker = Account.objects.filter(pk=release.asked_by_id).exclude(
        pk__in=barred_from([release.lead_id])[release.lead_id]
    )
    _tell(release, asker, title, to="lead")
    _tell(release, custodians_of(release.lead), title, to="desk")


def _tell(release: Release, people: Iterable[Account | int], title: str, *, to: str) -> None:
    number = release.lead.number
    url = reverse("leads:detail", args=[number]) if to == "lead" else reverse("leads:reporters")
    messaging.send(
        recipients=people,
        kind="identity_release",
        subject_key=f"lead:{release.lead_id}:release:{release.pk}",
        round=release.state,
        title=f"{title}（{number}）",
        body=f"线索 {number}：{title}。请登录平台查看。",
        url=url,
    )
