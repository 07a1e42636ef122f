"""The only writers of findings, looks and settings."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet
from django.urls import reverse
from django.utils import timezone

from audit.locks import is_alone
from audit.machine import Conflict
from audit.models import Action, AuditEntry
from audit.permissions import is_auditor
from audit.services import record
from departments.models import Account
from messaging.services import Letter, send_letters
from oversight.people import auditors
from oversight.watch.models import Finding, Look, WatchMark, WatchSetting
from oversight.watch.rules import BY_CODE, MOST_MINUTES, NIGHT, RULES, By, Rule

#: The first time, entries of so long before are looked through.
FIRST = dt.timedelta(days=2)
#: An entry bears the time at which its transaction began; so long after that it may still appear.
LATE = dt.timedelta(hours=1)
#: The number of the lock that one worker holds at a time.
LOCK = 4_202_612


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What a rule is set to."""

    is_active: bool
    threshold: int
    minutes: int
    night_from: int = NIGHT[0]
    night_to: int = NIGHT[1]

    def is_night(self, moment: dt.datetime) -> bool:
        hour = timezone.localtime(moment).hour
        if self.night_from <= self.night_to:
            return self.night_from <= hour < self.night_to
        return hour >= self.night_from or hour < self.night_to


@dataclass
class _Span:
    """The acts of one subject within the time that counts, the oldest first."""

    acts: deque[tuple[dt.datetime, int, str]] = field(default_factory=deque)
    objects: Counter[str] = field(default_factory=Counter)

    def add(self, act: tuple[dt.datetime, int, str], length: dt.timedelta) -> None:
        self.acts.append(act)
        self.objects[act[2]] += 1
        while act[0] - self.acts[0][0] > length:
            label = self.acts.popleft()[2]
            self.objects[label] -= 1
            if not self.objects[label]:
                del self.objects[label]


def settings_in_force() -> dict[str, Setting]:
    """By the code of the rule; as declared where nothing was set."""
    found = {
        rule.code: Setting(is_active=True, threshold=rule.threshold, minutes=rule.minutes)
        for rule in RULES
    }
    for row in WatchSetting.objects.in_force():
        if row.rule in found:
            found[row.rule] = Setting(
                is_active=row.is_active,
                threshold=row.threshold,
                minutes=row.minutes,
                night_from=row.night_from,
                night_to=row.night_to,
            )
    return found


def find_unusual(now: dt.datetime | None = None) -> int:
    """Apply the rules to what is new and tell the auditors; returns how many findings there are.

    Any number may run at once: one works. Findings, messages and how far the trail has been read
    commit together, so that a killed one has found nothing.
    """
    now = now or timezone.now()
    with transaction.atomic():
        if not is_alone(LOCK):
            return 0
        mark, _ = WatchMark.objects.get_or_create(pk=1, defaults={"seen_until": now - FIRST})
        since = min(mark.seen_until, now) - dt.timedelta(minutes=MOST_MINUTES) - LATE
        found: list[Finding] = []
        for code, setting in settings_in_force().items():
            if setting.is_active:
                found += _apply(BY_CODE[code], setting, since)
        Finding.objects.bulk_create(found)
        mark.seen_until = now
        mark.save()
        _tell(found)
    return len(found)


def _apply(rule: Rule, setting: Setting, since: dt.datetime) -> list[Finding]:
    """Where the rule was met since then and has not been said to be. A span counts no act twice."""
    length = dt.timedelta(minutes=setting.minutes)
    said = Finding.objects.filter(rule=rule.code, ends_at__gte=since)
    subject = "actor_name" if rule.by == By.ACTOR else "address"
    until = dict(said.values_list(subject).annotate(Max("ends_at")))
    spans: dict[str, _Span] = defaultdict(_Span)
    found = []
    for key, at, actor_id, name, address, label in _acts(rule, since):
        who = name if rule.by == By.ACTOR else address
        is_said = who in until and at <= until[who]
        if not who or is_said or (rule.at_night and not setting.is_night(at)):
            continue
        span = spans[who]
        span.add((at, key, label), length)
        count = len(span.objects) if rule.distinct else len(span.acts)
        if count < setting.threshold:
            continue
        started_at, first, _ = span.acts[0]
        until[who] = started_at + length
        del spans[who]
        found.append(
            Finding(
                rule=rule.code,
                actor_id=actor_id if rule.by == By.ACTOR else None,
                actor_name=name if rule.by == By.ACTOR else "",
                address=address if rule.by == By.ADDRESS else None,
                first_entry=first,
                started_at=started_at,
                ends_at=until[who],
                count=count,
                threshold=setting.threshold,
            )
        )
    return found


def _acts(rule: Rule, since: dt.datetime) -> Any:
    entries = AuditEntry.objects.filter(at__gte=since, action__in=rule.actions)
    if rule.by == By.ACTOR:
        # Names that no account has are all written alike; by name they would be one.
        known = Account.objects.values("username")
        entries = entries.filter(actor_name__in=known)
    fields = ("pk", "at", "actor_id", "actor_name", "address", "object_label")
    return entries.order_by("at", "pk").values_list(*fields).iterator(chunk_size=2000)


def _tell(found: list[Finding]) -> None:
    told = list(auditors().values_list("pk", flat=True))
    letters = (
        Letter(
            recipient_id=recipient_id,
            subject_key=f"finding:{finding.pk}",
            title=f"审计提示：{finding.get_rule_display()}",
            body="按已公布的规则发现一处需要核查的情况，请登录平台查看并写明核查情况。",
            url=reverse("oversight:finding", args=[finding.pk]),
        )
        for finding in found
        for recipient_id in told
    )
    send_letters(kind="audit_finding", letters=letters)


def entries_of(finding: Finding, user: Account) -> QuerySet[AuditEntry]:
    """The acts that a finding is about, up to the end of its span, as far as `user` sees them."""
    rule = BY_CODE[finding.rule]
    entries = AuditEntry.objects.visible_to(user).filter(
        at__range=(finding.started_at, finding.ends_at),
        action__in=rule.actions,
    )
    if rule.by == By.ADDRESS:
        return entries.filter(address=finding.address)
    return entries.filter(actor_name=finding.actor_name)


def look(*, finding: Finding, actor: Account, note: str) -> Look:
    """Put on record that the finding was looked at. Conflict when it was before."""
    if not is_auditor.test(actor):
        raise PermissionDenied
    row = Look(finding=finding, by=actor, note=" ".join(note.split()))
    row.full_clean(exclude=["at"], validate_unique=False)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("这条提示已经有人核查过，请看已写明的核查情况。") from error
    return row


@transaction.atomic
def settle(*, actor: Account, settings: dict[str, Setting], versions: dict[str, int]) -> int:
    """Set those rules whose setting differs from the one in force; returns how many.

    `versions` are those that the person had before them: Conflict when another was set since.
    """
    if not is_auditor.test(actor):
        raise PermissionDenied
    current = {row.rule: row.version for row in WatchSetting.objects.in_force()}
    if any(current.get(code, 0) != versions[code] for code in settings):
        raise Conflict("规则刚刚在别处被修改过，请查看最新内容后再修改。")
    before = settings_in_force()
    changed = [
        WatchSetting(rule=code, version=versions[code] + 1, set_by=actor, **vars(setting))
        for code, setting in settings.items()
        if setting != before[code]
    ]
    try:
        with transaction.atomic():
            WatchSetting.objects.bulk_create(changed)
    except IntegrityError as error:
        raise Conflict("规则刚刚在别处被修改过，请查看最新内容后再修改。") from error
    for row in changed:
        record(action=Action.SETTINGS_CHANGED, actor=actor, obj=row, reason=f"改为：{row}")
    return len(changed)
