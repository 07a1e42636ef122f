"""The counted figures as tiles and bars, each with the address of the rows that it counts."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.http import urlencode

from departments.models import Account, Domain
from leads.querysets import LeadQuerySet
from leads.states import ENDED, Finding, LeadState
from reporting.periods.models import ReportPeriod
from reporting.statistics.models import Tally, Withheld
from reporting.statistics.states import NO_DOMAIN, Measure
from reporting.weekly.states import FILED, MISSING

Counts = dict[tuple[str, str], int]


def counted(user: Account, period: ReportPeriod) -> tuple[Counts, dt.datetime | None]:
    """The period's counted figures and the moment they stand for; none before the first count.

    Without what is withheld from `user`, so that no difference between a figure and the list
    behind it tells of it; none either for whom the last count did not know yet.
    """
    withheld = Withheld.objects.filter(
        period=period, account=user, measure=OuterRef("measure"), key=OuterRef("key")
    )
    tallies = Tally.objects.visible_to(user).filter(period=period)
    rows = list(
        tallies.filter(period__roll_up__readers__contains=[user.pk]).annotate(
            stands_for=F("period__roll_up__as_of"),
            shown=F("count") - Coalesce(Subquery(withheld.values("count")), 0),
        )
    )
    counts = {(row.measure, row.key): max(row.shown, 0) for row in rows}
    return counts, rows[0].stands_for if rows else None


def bars(counts: Counts, period: ReportPeriod) -> dict[str, Any]:
    """The leads by state and by domain, and what the week's closed ones came to."""
    names = dict(Domain.objects.values_list("code", "name")) | {NO_DOMAIN: "领域未确定"}
    states = [
        _bar(label, counts.get((Measure.LEAD_STATE, code), 0), state=code)
        | {"tone": "idle" if code in ENDED else ""}
        for code, label in LeadState.choices
    ]
    domains = [
        _bar(names.get(key, key), count, domain=key, open="true")
        for (measure, key), count in sorted(counts.items(), key=lambda item: -item[1])
        if measure == Measure.LEAD_DOMAIN and count
    ]
    week = {"closed_after": period.starts_on, "closed_before": period.ends_on}
    findings = [
        _bar(label, counts.get((Measure.LEAD_FINDING, code), 0), finding=code, **week)
        for code, label in Finding.choices
    ]
    return {
        "states": states,
        "states_top": _top(states),
        "domains": domains,
        "domains_top": _top(domains),
        "findings": findings,
        "findings_top": _top(findings),
    }


def tiles(counts: Counts, period: ReportPeriod, reports: dict[str, int]) -> list[dict[str, Any]]:
    """The numbers on top. Those of the leads say — until they were counted for the first time."""

    def lead(label: str, measure: Measure, key: str, *, tone: str = "", **query: object) -> dict:
        count = counts.get((measure, key))
        return {
            "label": label,
            "value": "—" if count is None else count,
            "unit": "" if count is None else "件",
            "tone": tone if count else "",
            "url": _leads(**query),
        }

    week = {"registered_after": period.starts_on, "registered_before": period.ends_on}
    board = reverse("reporting:board")
    return [
        lead("逾期线索", Measure.LEAD_DUE, "overdue", tone="late", due="overdue"),
        lead("临期线索", Measure.LEAD_DUE, "near", tone="warn", due="near"),
        lead("在办线索", Measure.LEAD_WEEK, "open", open="true"),
        lead("本周新登记", Measure.LEAD_WEEK, "registered", **week),
        {
            "label": "未动笔单位",
            "value": reports[MISSING],
            "unit": "个",
            "note": f"应报 {reports['total']}，未报送 {unfiled(reports)}",
            "tone": "late" if reports[MISSING] else "ok",
            "url": f"{board}?{urlencode({'period': period.pk, 'status': MISSING})}",
        },
    ]


def unfiled(reports: dict[str, int]) -> int:
    """How many units have no report that their leader has signed."""
    return reports["total"] - sum(reports[state] for state in FILED)


def unit_tiles(waiting: LeadQuerySet) -> list[dict[str, Any]]:
    """What of a unit's work is late or soon will be, counted as the lists behind the tiles are."""
    return [
        {
            "label": label,
            "value": count,
            "unit": "件",
            "tone": tone if count else "",
            "url": _leads(tab="todo", due=code),
        }
        for label, code, tone, count in (
            ("逾期线索", "overdue", "late", waiting.overdue().count()),
            ("临期线索", "near", "warn", waiting.near_due().count()),
        )
    ]


def _bar(label: str, count: int, **query: object) -> dict[str, Any]:
    return {"label": label, "value": count, "url": _leads(**query)}


def _top(bars: list[dict[str, Any]]) -> int:
    return max((bar["value"] for bar in bars), default=0) or 1


def _leads(**query: object) -> str:
    return f"{reverse('leads:list')}?{urlencode(query)}"
