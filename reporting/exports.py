"""What the reporting pages offer as a file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import F
from django.utils import timezone

from departments.models import Account
from jobs.exports import Column, Export, Sheet, register
from jobs.models import ExportedRows
from reporting.board.exports import WEEKLY_MATRIX
from reporting.board.rates import standing
from reporting.periods import week
from reporting.periods.models import ReportExpectation, ReportPeriod
from reporting.weekly.form import Figure
from reporting.weekly.permissions import can_see_board
from reporting.weekly.states import EXEMPT, FILED, MISSING, STATUSES, ZERO_LABEL, WeeklyState
from reporting.weekly.sums import figures_of_week

__all__ = ["WEEKLY_MATRIX", "WEEKLY_TALLY"]


def _period(user: Account, params: dict[str, Any]) -> ReportPeriod:
    """The week, if the person may see it; asked again when the file is made."""
    try:
        return ReportPeriod.objects.visible_to(user).get(pk=int(params["period"]))
    except (KeyError, TypeError, ValueError, OverflowError, ReportPeriod.DoesNotExist):
        raise ValidationError("没有这个报送周期。") from None


def _clean(user: Account, params: dict[str, Any]) -> dict[str, Any]:
    period = _period(user, params)
    return {
        "period": period.pk,
        "starts_on": period.starts_on.isoformat(),
        "ends_on": period.ends_on.isoformat(),
    }


def _expected(user: Account, period: ReportPeriod) -> Any:
    return ReportExpectation.objects.visible_to(user).with_status(period).order_by("unit__path")


def _count(user: Account, params: dict[str, Any]) -> int:
    return _expected(user, _period(user, params)).count()


def _build(user: Account, params: dict[str, Any]) -> Sheet:
    period = _period(user, params)
    figures = figures_of_week(period)
    return Sheet(
        title=f"{period.short_label}扫黑除恶专项斗争工作周报统计表",
        subtitle=(
            f"填报单位：{period.jurisdiction.name}扫黑办",
            f"周期：{period.starts_on}至{period.ends_on}",
            f"填报日期：{timezone.localdate():%Y-%m-%d}",
            f"单位：{'、'.join(dict.fromkeys(figure.unit for figure in figures))}",
        ),
        columns=(
            Column(heading="单位", width=16),
            Column(heading="报送状态", width=10),
            Column(heading="报送日期", width=12, kind="date"),
            *(
                Column(
                    heading=figure.label,
                    group=figure.block,
                    width=2 * len(figure.label) + 2,
                    kind="count",
                )
                for figure in figures
            ),
        ),
        rows=_rows(user, period, figures),
    )


def _rows(user: Account, period: ReportPeriod, figures: list[Figure]) -> Iterator[tuple[Any, ...]]:
    """One row a unit. Who has not reported is said to be missing, and has no numbers: not zeros.

    Nor has a unit a number where it was not asked for one.
    """
    expected = _expected(user, period).values_list(
        "unit__name", "status", "filed_zero", F("report__filed_at"), F("report__figures")
    )
    nothing, _ = standing(MISSING, period=period, now=timezone.now())
    for name, status, is_zero, filed_at, given in expected.iterator(chunk_size=500):
        filed = status in FILED
        numbers = given if filed else {}
        yield (
            name,
            _status(status, is_zero=is_zero, nothing=nothing),
            filed_at if filed else None,
            *(numbers.get(figure.code) for figure in figures),
        )


def _status(status: str, *, is_zero: bool, nothing: str) -> str:
    """`nothing` is the word for what has not been signed: 未报, 逾期 or 缺报."""
    if is_zero:
        return ZERO_LABEL
    if status in FILED:
        return "已报"
    return STATUSES[status] if status in (WeeklyState.RETURNED, EXEMPT) else nothing


def _may_fetch(user: Account, params: dict[str, Any], _rows: ExportedRows | None) -> bool:
    return ReportPeriod.objects.visible_to(user).filter(pk=params["period"]).exists()


def _file_name(params: dict[str, Any]) -> str:
    first = dt.date.fromisoformat(params["starts_on"])
    last = dt.date.fromisoformat(params["ends_on"]) if "ends_on" in params else None
    return f"周报统计表-{week.short_label(first, last)}.xlsx"


WEEKLY_TALLY = register(
    Export(
        id="weekly_tally",
        title="周报统计表",
        allowed=can_see_board,
        build=_build,
        file_name=_file_name,
        clean=_clean,
        count=_count,
        may_fetch=_may_fetch,
    )
)
