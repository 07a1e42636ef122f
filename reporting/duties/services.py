"""The only writers of rules, of who reports since when, of exemptions and of reopened weeks."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from audit.machine import Conflict
from audit.models import Action
from audit.services import record
from departments.models import Account, Unit, UnitKind
from departments.roles import UNIT_ROLES, Role
from messaging import services as messaging
from reporting.duties.models import KINDS, Exemption, Reopening, ReportingChange, ReportingRule
from reporting.duties.permissions import reopens, settles_for
from reporting.periods import week
from reporting.periods.models import PeriodEvent, ReportExpectation, ReportPeriod
from reporting.periods.rules import Rule
from reporting.periods.states import PeriodVerb
from reporting.weekly.states import FILED, WeeklyState

LONGEST_REOPENING = dt.timedelta(days=30)
USUAL_KINDS = tuple(kind.value for kind in KINDS)


def in_force(town: int, first: dt.date) -> ReportingRule:
    """The rule of the town's week that begins on `first`; an unsaved one, of version 0, where the
    town has settled nothing."""
    settled = ReportingRule.objects.in_force(town, first)
    if settled is not None:
        return settled
    usual = Rule(due_time=dt.time(settings.PORTAL_REPORT_DUE_HOUR))
    return ReportingRule(
        jurisdiction_id=town,
        version=0,
        from_week=first,
        weekday=usual.weekday,
        due_time=usual.due_time,
        scope=usual.scope,
        grace_days=usual.grace_days,
        kinds=list(USUAL_KINDS),
    )


def first_free_week(town: int) -> dt.date:
    """The first week of the town that has not been opened: what is settled begins there."""
    newest = ReportPeriod.objects.filter(jurisdiction=town).order_by("-starts_on").first()
    this_week = week.starts_on(timezone.localdate())
    return max(this_week, newest.ends_on + dt.timedelta(days=1)) if newest else this_week


@transaction.atomic
def settle(
    *, actor: Account, town: int, from_week: dt.date, rule: Rule, kinds: list[str], version: int
) -> ReportingRule | None:
    """Settle how the town's weeks are from `from_week` on; None where that is so already.

    `version` is that of the newest rule that the person saw: Conflict when there is another. Weeks
    that were opened stay as they are; ValidationError for such a week.
    """
    if town not in actor.jurisdictions_as(Role.DIRECTOR):
        raise PermissionDenied
    # As an opening does: a week opens by the rule before or by this one, never between.
    _hold(town)
    rules = ReportingRule.objects.filter(jurisdiction=town)
    newest = rules.order_by("-version").first()
    before = in_force(town, from_week)
    wanted = sorted(set(kinds), key=USUAL_KINDS.index)
    if (before.rule, before.kinds) == (rule, wanted) and not rules.filter(
        from_week__gt=from_week
    ).exists():
        return None
    if (newest.version if newest else 0) != version:
        raise Conflict("报送规则刚刚在别处被修改过，请查看最新内容后再修改。")
    _require_unopened(town, from_week)
    row = ReportingRule(
        jurisdiction_id=town,
        version=version + 1,
        from_week=from_week,
        weekday=rule.weekday,
        due_time=rule.due_time,
        scope=rule.scope,
        grace_days=rule.grace_days,
        kinds=wanted,
        set_by=actor,
    )
    row.full_clean(exclude=["set_at"])
    row.save(force_insert=True)
    words = f"自{row.week_label}起：{row.words}"
    record(action=Action.SETTINGS_CHANGED, actor=actor, obj=row, reason=words)
    return row


@transaction.atomic
def change_duty(
    *, actor: Account, unit: Unit, from_week: dt.date, reports: bool, reason: str
) -> ReportingChange | None:
    """Let a unit begin, or cease, to report with a week; None where that is so already.

    Weeks that were opened stay as they are, and so do their rates; ValidationError for such a week.
    """
    _require_settler(actor, unit)
    _hold(unit.jurisdiction_id)
    row = Unit.objects.get(pk=unit.pk)
    changes = ReportingChange.objects.filter(unit=row)
    if reports_in(row, from_week) == reports and not changes.filter(from_week__gt=from_week):
        return None
    _require_unopened(row.jurisdiction_id, from_week)
    change = ReportingChange(
        unit=row, from_week=from_week, reports=reports, reason=reason.strip(), set_by=actor
    )
    change.full_clean(exclude=["set_at"])
    change.save(force_insert=True)
    words = f"自{change.week_label}起{'报送' if reports else '停止报送'}：{change.reason}"
    record(action=Action.SETTINGS_CHANGED, actor=actor, obj=row, reason=words)
    return change


def reports_in(unit: Unit, first: dt.date) -> bool:
    """Whether the unit reports in the week that begins on `first`, its kind aside."""
    begun = ReportingChange.objects.filter(unit=unit, from_week__lte=first).order_by("-pk")
    latest = begun.values_list("reports", flat=True).first()
    return unit.reports_weekly if latest is None else latest


@transaction.atomic
def exempt(
    *, actor: Account, unit: Unit, first_week: dt.date, last_week: dt.date, reason: str
) -> Exemption:
    """Let a unit not report in some weeks. The same again gives the same exemption.

    ValidationError when one of the weeks was due already, or is within another exemption. A unit
    that is no longer active, and can report no more, is exempt also from what was due and is not
    closed yet.
    """
    _require_settler(actor, unit)
    _hold(unit.jurisdiction_id)
    reason = reason.strip()
    values = {"unit": unit, "first_week": first_week, "last_week": last_week, "reason": reason}
    if there := Exemption.objects.filter(**values).first():
        return there
    weeks = ReportPeriod.objects.filter(jurisdiction=unit.jurisdiction_id, ends_on__gte=first_week)
    possible = ReportPeriod.objects.exemptible(unit)
    if over := weeks.exclude(pk__in=possible).order_by("-starts_on").first():
        why = "已经过了截止时间" if unit.is_active else "已经关闭"
        raise ValidationError({"first_week": f"{over.short_label}{why}，不能再免报。"})
    row = Exemption(**values, given_by=actor)
    row.full_clean(exclude=["given_at"])
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise ValidationError({"first_week": "该单位在这段时间已有免报。"}) from error
    _apply(row, actor)
    record(action=Action.SETTINGS_CHANGED, actor=actor, obj=row, reason=_exempt_words(row))
    return row


@transaction.atomic
def end_exemption(*, actor: Account, exemption: Exemption) -> Exemption:
    """End an exemption with the last week that was due; Conflict where nothing is left of it."""
    _require_settler(actor, exemption.unit)
    _hold(exemption.unit.jurisdiction_id)
    row = Exemption.objects.select_for_update(of=("self",)).get(pk=exemption.pk)
    due = ReportPeriod.objects.filter(
        jurisdiction=row.unit.jurisdiction_id, due_at__lte=timezone.now()
    )
    newest = due.order_by("-starts_on").first()
    last = week.starts_on(newest.ends_on) if newest else week.starts_on(timezone.localdate())
    if not newest:
        last -= week.WEEK
    if last >= row.last_week:
        raise Conflict("这次免报已经结束。")
    left = ReportExpectation.objects.filter(exemption=row, period__due_at__gt=timezone.now())
    for owed in left.select_related("period"):
        _note(owed.period, row.unit, PeriodVerb.EXEMPTION_ENDED, row.reason, actor)
    left.update(exemption=None)
    words = f"提前结束{_exempt_words(row)}"
    if last < row.first_week:
        # Nothing of it has come to pass: the week it began with is all that stays on record.
        record(action=Action.SETTINGS_CHANGED, actor=actor, obj=row, reason=words)
        row.delete()
        return row
    row.last_week = last
    row.save(update_fields=["last_week"])
    record(action=Action.SETTINGS_CHANGED, actor=actor, obj=row, reason=words)
    return row


@transaction.atomic
def reopen(
    *, actor: Account, owed: ReportExpectation, until: dt.datetime, reason: str
) -> Reopening:
    """Let one unit file for a closed week until `until`, and tell its people.

    What is filed then is late. Conflict when the week is open to it, or its report was received;
    ValidationError when `until` is past or too far away.
    """
    if not reopens.test(actor, owed):
        raise PermissionDenied
    row = ReportExpectation.objects.select_for_update(of=("self",)).get(pk=owed.pk)
    now = timezone.now()
    if ReportExpectation.objects.filter(pk=row.pk).taking_reports(now).exists():
        raise Conflict("本期对该单位是开放的，可以直接填报。")
    if row.unit.weekly_reports.filter(period=row.period, state=WeeklyState.RECEIVED).exists():
        raise Conflict("该单位本期周报已经签收，无需补报。")
    if not now < until <= now + LONGEST_REOPENING:
        raise ValidationError(
            {"until": f"应晚于现在，最长 {LONGEST_REOPENING.days} 天；到时自动关闭。"}
        )
    reason = reason.strip()
    opened = Reopening.objects.create(
        period=row.period,
        unit=row.unit,
        reason=reason,
        until=until,
        opened_by=actor,
        opened_at=now,
    )
    end = timezone.localtime(until)
    _note(row.period, row.unit, PeriodVerb.REOPENED, f"至{end:%m-%d %H:%M}：{reason}", actor)
    messaging.send(
        recipients=_members(row.unit_id),
        kind="weekly_reopened",
        subject_key=f"period:{row.period_id}:unit:{row.unit_id}",
        round=str(opened.pk),
        title=f"请补报周报：{row.unit.name}",
        body=(
            f"{row.period.label}周报已对{row.unit.name}重新开放，请于{end.month}月{end.day}日"
            f" {end:%H:%M}前经主要负责人签字补报，到时自动关闭。理由见填报页面。"
        ),
        url=reverse("reporting:edit", args=[row.period_id, row.unit.code]),
    )
    return opened


@transaction.atomic
def end_reopening(*, actor: Account, reopening: Reopening) -> Reopening:
    """Close a reopened week again before its time. A second time changes nothing."""
    row = Reopening.objects.select_for_update(of=("self",)).get(pk=reopening.pk)
    if not reopens.test(actor, row):
        raise PermissionDenied
    now = timezone.now()
    if row.until > now:
        row.until = now
        row.save(update_fields=["until"])
        _note(row.period, row.unit, PeriodVerb.REOPENING_ENDED, "", actor)
    return row


def _apply(exemption: Exemption, actor: Account) -> None:
    """Exempt the unit from the weeks that are open already; later ones see to it as they open."""
    rows = ReportExpectation.objects.filter(
        unit=exemption.unit,
        period__in=ReportPeriod.objects.exemptible(exemption.unit),
        period__ends_on__range=(
            exemption.first_week + week.LENGTH,
            exemption.last_week + week.LENGTH,
        ),
    )
    for owed in rows.with_status().exclude(status__in=FILED).select_related("period"):
        _note(owed.period, exemption.unit, PeriodVerb.EXEMPTED, exemption.reason, actor)
    rows.update(exemption=exemption)


def _exempt_words(row: Exemption) -> str:
    return f"免报：{row.weeks_label}，{row.reason}"


def _note(period: ReportPeriod, unit: Unit, verb: str, words: str, actor: Account) -> None:
    PeriodEvent.objects.create(
        period=period,
        unit=unit,
        verb=verb,
        words=words,
        actor=actor,
        actor_name=actor.full_name,
    )


def _hold(town: int) -> None:
    """One at a time in a town, openings of weeks included."""
    Unit.objects.select_for_update(no_key=True, of=("self",)).get(pk=town, kind=UnitKind.TOWN)


def _require_unopened(town: int, from_week: dt.date) -> None:
    first = first_free_week(town)
    if from_week < first:
        words = f"{week.short_label(from_week)}已经开启，最早自{week.short_label(first)}起。"
        raise ValidationError({"from_week": words})


def _require_settler(actor: Account, unit: Unit) -> None:
    if not settles_for.test(actor, unit):
        raise PermissionDenied


def _members(unit_id: int) -> list[int]:
    return list(Account.objects.members_of(unit_id, UNIT_ROLES).values_list("pk", flat=True))
