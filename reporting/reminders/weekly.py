"""The reminders of weekly reports: to the units that owe one, in rounds and when the office urges
them; to a unit whose closed week was opened again, the day before it closes; and to the office, of
all of them.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django.db.models import Case, CharField, Exists, F, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from django.utils import timezone

from departments.models import Membership
from departments.roles import UNIT_ROLES
from messaging.reminders import Reminder, declare
from messaging.services import Letter
from messaging.states import Pace
from pages.places import fill
from reporting.duties.models import Reopening
from reporting.periods.models import PeriodEvent, ReportExpectation, ReportPeriod
from reporting.periods.states import PeriodVerb
from reporting.reminders import rounds
from reporting.weekly.states import STATUSES

#: So many units are named in a message; the board has them all.
NAMED = 30
#: Before a week that was opened again closes.
LAST_DAY = dt.timedelta(days=1)


def unsigned() -> QuerySet[ReportExpectation]:
    return ReportExpectation.objects.with_status().unsigned().filter(unit__is_active=True)


def _turn(on: dict[int, str], field: str) -> Case:
    """The round that is on in the row's week."""
    cases = [When(**{field: period}, then=Value(code)) for period, code in on.items()]
    return Case(*cases, default=Value(""), output_field=CharField())


def owed(now: dt.datetime) -> QuerySet[ReportExpectation]:
    """What is not signed, in the weeks of which a round is on."""
    on = rounds.on_at(now)
    return (
        unsigned()
        .filter(period__in=on)
        .annotate(subject_key=_subject(), turn=_turn(on, "period_id"))
        .select_related("unit", "period")
    )


def letters(rows: list[ReportExpectation], now: dt.datetime) -> Iterator[Letter]:
    """One for every liaison and leader of each unit."""
    rules = rounds.rules_of({row.period.jurisdiction_id for row in rows})
    people = _people({"unit__in": [row.unit_id for row in rows], "role__in": UNIT_ROLES}, "unit_id")
    for row in rows:
        rule = rules[row.period.jurisdiction_id][row.turn]
        values = {
            "单位": row.unit.name,
            "周次": row.period.label,
            "状态": STATUSES[row.status],
            "截止时间": _moment(row.period.due_at),
        }
        for account_id in people[row.unit_id]:
            yield Letter(
                recipient_id=account_id,
                subject_key=row.subject_key,
                round=row.turn,
                title=fill(rule.title, values)[:120],
                body=fill(rule.body, values),
                url=reverse("reporting:edit", args=[row.period_id, row.unit.code]),
            )


def overdue(now: dt.datetime) -> QuerySet[ReportPeriod]:
    """The weeks past their deadline, with a round of which the office is told, that units owe."""
    on = {period: code for period, code in rounds.on_at(now).items() if code in rounds.TOLD}
    owing = unsigned().filter(period=OuterRef("pk"))
    return ReportPeriod.objects.filter(Exists(owing), pk__in=on).annotate(
        subject_key=Concat(Value("period:"), Cast("pk", CharField())), turn=_turn(on, "pk")
    )


def office_letters(periods: list[ReportPeriod], now: dt.datetime) -> Iterator[Letter]:
    """One message a week, round and person, however many units are late."""
    names: dict[int, list[str]] = defaultdict(list)
    late = unsigned().filter(period__in=periods).order_by("unit__path")
    for period_id, name in late.values_list("period_id", "unit__name"):
        names[period_id].append(name)
    for period in periods:
        units = names[period.pk]
        named = "、".join(units[:NAMED]) + ("等" if len(units) > NAMED else "")
        held = {
            "unit__jurisdiction": period.jurisdiction_id,
            "role__in": rounds.TOLD[rounds.Round(period.turn)],
        }
        people = _people(held, "unit__jurisdiction_id")[period.jurisdiction_id]
        for account_id in people if units else ():
            yield Letter(
                recipient_id=account_id,
                subject_key=period.subject_key,
                round=period.turn,
                title=f"周报逾期：{len(units)} 个单位未报",
                body=(
                    f"{period.label}周报已过截止时间（{_moment(period.due_at)}），"
                    f"尚未签字报送的有：{named}。请督促报送。"
                ),
                url=f"{reverse('reporting:board')}?period={period.pk}",
            )


def urged(now: dt.datetime) -> QuerySet[ReportExpectation]:
    """What is not signed, can be filed, and was urged; the urging that came last is the round."""
    last = PeriodEvent.objects.filter(
        period=OuterRef("period"), unit=OuterRef("unit"), verb=PeriodVerb.URGED
    ).order_by("-pk")
    return (
        unsigned()
        .taking_reports(now)
        .annotate(subject_key=_subject(), turn=Cast(Subquery(last.values("pk")[:1]), CharField()))
        .filter(turn__isnull=False)
        .select_related("unit", "period")
    )


def urging_letters(rows: list[ReportExpectation], now: dt.datetime) -> Iterator[Letter]:
    """One for every liaison and leader of each unit."""
    people = _people({"unit__in": [row.unit_id for row in rows], "role__in": UNIT_ROLES}, "unit_id")
    for row in rows:
        due = timezone.localtime(row.period.due_at)
        words = "已过截止时间，请尽快" if row.period.is_past_due else f"请于{due:%m月%d日 %H:%M}前"
        for account_id in people[row.unit_id]:
            yield Letter(
                recipient_id=account_id,
                subject_key=row.subject_key,
                round=row.turn,
                title=f"扫黑办催报周报：{row.unit.name}",
                body=(
                    f"{row.unit.name}{row.period.label}周报目前为“{STATUSES[row.status]}”，"
                    f"{words}经主要负责人签字报送。本周确无情况的，也须报送零报告。"
                ),
                url=reverse("reporting:edit", args=[row.period_id, row.unit.code]),
            )


def closing_again(now: dt.datetime) -> QuerySet[Reopening]:
    """The reopenings on their last day whose report is not signed. What was opened for no longer
    than that was told of it when it was opened."""
    owing = unsigned().filter(period=OuterRef("period"), unit=OuterRef("unit"))
    last = Reopening.objects.in_force(now).filter(
        Exists(owing), until__lte=now + LAST_DAY, opened_at__lt=F("until") - LAST_DAY
    )
    key = Concat(Value("reopening:"), Cast("pk", CharField()))
    return last.annotate(subject_key=key, turn=Value("eve")).select_related("unit", "period")


def reopened_letters(rows: list[Reopening], now: dt.datetime) -> Iterator[Letter]:
    """One for every liaison and leader of the unit."""
    people = _people({"unit__in": [row.unit_id for row in rows], "role__in": UNIT_ROLES}, "unit_id")
    for row in rows:
        for account_id in people[row.unit_id]:
            yield Letter(
                recipient_id=account_id,
                subject_key=row.subject_key,
                round=row.turn,
                title=f"补报即将截止：{row.unit.name}",
                body=(
                    f"{row.unit.name}{row.period.label}周报尚未签字报送，补报于{_moment(row.until)}"
                    "截止，到时自动关闭。请主要负责人尽快签字报送；确无情况的，也须报送零报告。"
                ),
                url=reverse("reporting:edit", args=[row.period_id, row.unit.code]),
            )


def _subject() -> Concat:
    """The unit's report of the week, whether there is one yet or not."""
    key = (Value("period:"), Cast("period_id", CharField()), Value(":unit:"))
    return Concat(*key, Cast("unit_id", CharField()))


def _people(held: dict[str, Any], by: str) -> dict[int, set[int]]:
    """The active people of those memberships."""
    people: dict[int, set[int]] = defaultdict(set)
    rows = Membership.objects.filter(account__is_active=True, **held)
    for key, account_id in rows.values_list(by, "account_id"):
        people[key].add(account_id)
    return people


def _moment(moment: dt.datetime) -> str:
    local = timezone.localtime(moment)
    return f"{local.month}月{local.day}日 {local:%H:%M}"


WEEKLY = declare(Reminder("weekly_reminder", owed, letters))
REOPENED = declare(Reminder("weekly_reopened_eve", closing_again, reopened_letters))
OVERDUE = declare(Reminder("weekly_overdue", overdue, office_letters))
#: Sent by the office's hand (`reporting.board`), never fired; declared so that what waits of it is
#: let go once the unit has signed.
URGED = declare(Reminder("weekly_urged", urged, urging_letters, pace=Pace.PROMPT))
