"""The board of units and weeks as a file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from departments.models import Account, UnitKind
from jobs.exports import Column, Export, Sheet, register
from reporting.board.forms import MOST_WEEKS
from reporting.board.rates import Rate, word
from reporting.periods import week
from reporting.periods.models import ReportExpectation, ReportPeriod
from reporting.weekly.permissions import can_see_board
from reporting.weekly.states import EXEMPT, FILED


def town_weeks(user: Account, since: dt.date, until: dt.date) -> list[ReportPeriod]:
    """The weeks of one town that the person sees, oldest first."""
    visible = ReportPeriod.objects.visible_to(user).select_related("jurisdiction")
    within = visible.filter(starts_on__lte=until, ends_on__gte=since)
    found = list(within.order_by("jurisdiction_id", "starts_on"))
    return [one for one in found if one.jurisdiction_id == found[0].jurisdiction_id]


def _clean(user: Account, params: dict[str, Any]) -> dict[str, Any]:
    try:
        since, until = (dt.date.fromisoformat(params[name]) for name in ("since", "until"))
    except (KeyError, TypeError, ValueError):
        raise ValidationError("请选择起止日期。") from None
    if not dt.timedelta(0) <= until - since <= dt.timedelta(weeks=MOST_WEEKS):
        raise ValidationError(f"最多 {MOST_WEEKS} 周。")
    if not town_weeks(user, since, until):
        raise ValidationError("这段时间没有报送周期。")
    kept = {"since": since.isoformat(), "until": until.isoformat()}
    kind = params.get("kind", "")
    if kind and kind not in UnitKind.values:
        raise ValidationError("没有这个单位类别。")
    return kept | ({"kind": kind} if kind else {})


def _weeks(user: Account, params: dict[str, Any]) -> list[ReportPeriod]:
    return town_weeks(user, *(dt.date.fromisoformat(params[name]) for name in ("since", "until")))


def _owed(user: Account, params: dict[str, Any], periods: list[ReportPeriod]) -> Any:
    """What is owed in the weeks, by the units of one kind where one is asked for."""
    owed = ReportExpectation.objects.visible_to(user).filter(period__in=periods)
    kind = params.get("kind", "")
    return owed.filter(unit__kind=kind) if kind else owed


def _count(user: Account, params: dict[str, Any]) -> int:
    return _owed(user, params, _weeks(user, params)).values("unit").distinct().count()


def _build(user: Account, params: dict[str, Any]) -> Sheet:
    periods = _weeks(user, params)
    now = timezone.now()
    return Sheet(
        title="扫黑除恶专项斗争工作周报报送情况表",
        subtitle=(
            f"填报单位：{periods[0].jurisdiction.name}扫黑办" if periods else "",
            f"单位类别：{UnitKind(params['kind']).label if params.get('kind') else '全部'}",
            f"周期：{params['since']}至{params['until']}",
            f"填报日期：{timezone.localdate():%Y-%m-%d}",
            "单位：次",
        ),
        columns=(
            Column(heading="单位", width=16),
            Column(heading="类别", width=12),
            *(Column(heading=_heading(one), group=f"{one.starts_on.year}年") for one in periods),
            Column(heading="应报", group="已截止的周期", width=8, kind="count"),
            Column(heading="已报", group="已截止的周期", width=8, kind="count"),
            Column(heading="按时", group="已截止的周期", width=8, kind="count"),
            Column(heading="报送率", group="已截止的周期", width=9, share=("已报", "应报")),
            Column(heading="按时率", group="已截止的周期", width=9, share=("按时", "应报")),
        ),
        rows=_rows(_owed(user, params, periods), periods, now),
    )


def _heading(period: ReportPeriod) -> str:
    label = week.short_label(period.starts_on, period.ends_on)
    return label.removeprefix(f"{period.starts_on.year}年")


def _rows(owed: Any, periods: list[ReportPeriod], now: dt.datetime) -> Iterator[tuple[Any, ...]]:
    """One row a unit; a week in which it owed nothing is empty."""
    by_key = {period.pk: period for period in periods}
    names = ("unit_id", "unit__name", "unit__kind")
    cells = ("period_id", "status", "filed_zero", "filed_late")
    found = owed.with_status().order_by("unit__path", "unit_id")
    rows = found.values_list(*names, *cells).iterator(chunk_size=2000)
    for (_, name, kind), of_unit in groupby(rows, key=lambda row: row[:3]):
        said, rate = {}, Rate()
        for *_, period_id, status, is_zero, is_late in of_unit:
            period, filed = by_key[period_id], status in FILED
            text = word(status, is_zero=is_zero, period=period, now=now)
            said[period_id] = f"{text}（迟）" if is_late else text
            if period.due_at <= now and status != EXEMPT:
                rate.add(filed=filed, on_time=filed and not is_late)
        yield (
            name,
            UnitKind(kind).label,
            *(said.get(period.pk, "") for period in periods),
            rate.expected,
            rate.filed,
            rate.on_time,
            rate.filed_percent,
            rate.on_time_percent,
        )


WEEKLY_MATRIX = register(
    Export(
        id="weekly_matrix",
        title="周报报送情况表",
        allowed=can_see_board,
        build=_build,
        file_name=lambda params: f"周报报送情况表-{params['since']}至{params['until']}.xlsx",
        clean=_clean,
        count=_count,
        may_fetch=lambda user, params, _rows: bool(_weeks(user, params)),
    )
)
