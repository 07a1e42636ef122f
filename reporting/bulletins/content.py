"""What a bulletin says of its week before anybody has written into it: counts and fixed sentences.

All units of the town read it. What it tells of leads are sums alone, of leads that are kept from
nobody: neither limited ones nor those from which a conflict of interest keeps somebody. So no
difference between a sum and a list that a person sees tells of a lead that they do not see.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from departments.acting import as_system
from leads.conflicts.models import ConflictOfInterest
from leads.models import Lead
from leads.querysets import LeadQuerySet
from leads.states import ENDED, Finding, LeadState, Secrecy
from reporting.bulletins.filing import GROUPS, Filing, filing_of
from reporting.bulletins.models import Bulletin
from reporting.corrections.differences import moved, zeros_moved
from reporting.corrections.models import WeeklyCorrection
from reporting.periods.models import ReportPeriod
from reporting.statistics.services import count_leads
from reporting.statistics.states import Measure
from reporting.weekly.models import WeeklyReport
from reporting.weekly.states import ZERO_LABEL
from reporting.weekly.sums import Sum, figures_of_week, sums

OPEN = "leads_open"


def taken(period: ReportPeriod) -> dict[str, Any]:
    """All content of the week's bulletin, as of now, by the names of its fields."""
    now = timezone.now()
    filing = filing_of(period, now)
    with as_system():
        leads = told_leads(period)
        figures = _lead_figures(leads, period)
        progress = _progress(leads.filter(is_major=True), period)
        overdue = leads.overdue().count()
    figures += _report_figures(period)
    return {
        "title": f"扫黑除恶工作周通报（{period.short_label}）",
        "situation": _situation(period, filing, figures),
        "figures": figures,
        "filing": filing.groups,
        "praised": filing.praised,
        "named": filing.named,
        "progress": progress,
        "asks": _asks(filing, overdue),
        "taken_at": now,
    }


def told_leads(period: ReportPeriod) -> LeadQuerySet:
    """The town's leads that a bulletin may count."""
    kept = ConflictOfInterest.objects.in_force().values("lead")
    leads = Lead.objects.filter(jurisdiction=period.jurisdiction_id, secrecy=Secrecy.NORMAL)
    return leads.exclude(pk__in=kept)


def _lead_figures(leads: LeadQuerySet, period: ReportPeriod) -> list[dict[str, Any]]:
    before = _before(period)
    now = count_leads(leads, period)
    then = count_leads(leads, before) if before else None
    proven = (Finding.PROVEN, Finding.PARTLY_PROVEN)

    def counted(counts: dict[tuple[str, str], int] | None, keys: Any) -> int | None:
        return None if counts is None else sum(counts.get(key, 0) for key in keys)

    rows = [
        ("leads_registered", "新登记线索", [(Measure.LEAD_WEEK, "registered")]),
        ("leads_closed", "办结线索", [(Measure.LEAD_WEEK, "closed")]),
        ("leads_proven", "其中查实", [(Measure.LEAD_FINDING, one) for one in proven]),
        ("leads_disproven", "其中查否", [(Measure.LEAD_FINDING, Finding.DISPROVEN)]),
    ]
    figures = [
        _figure(code, label, "件", counted(now, keys), counted(then, keys))
        for code, label, keys in rows
    ]
    open_now = now.get((Measure.LEAD_WEEK, "open"), 0)
    return [*figures, _figure(OPEN, "在办线索", "件", open_now, _open_then(before))]


def _open_then(before: ReportPeriod | None) -> int | None:
    """How many were open then is known where last week's bulletin told it; not afterwards."""
    told = Bulletin.objects.issued().filter(period=before).first() if before else None
    figures = {row["code"]: row["now"] for row in told.figures} if told else {}
    return figures.get(OPEN)


def _report_figures(period: ReportPeriod) -> list[dict[str, Any]]:
    """What the units' signed reports say in sum; what no unit was asked for has no number."""
    before = _before(period)
    now, then = _sums(period), _sums(before) if before else {}
    return [
        _figure(code, f"各单位报送：{one.figure.label}", one.figure.unit, _total(one), _total(last))
        for code, one in now.items()
        for last in [then.get(code)]
    ]


def corrected_since(bulletin: Bulletin) -> list[dict[str, Any]]:
    """What corrections of reports have moved of its figures since these were taken.

    Each with its label and unit of measure, the week in which it stands (本周, 上周), what the
    bulletin `told`, and what that comes to by the corrections `now`. Of zero reports, whose number
    stands in its words alone, `by` how many there are more (多) or fewer (少) now. The bulletin
    stays as it is.
    """
    taken_at, found = bulletin.taken_at, []
    before = _before(bulletin.period)
    weeks = [("本周", "now", bulletin.period), *([("上周", "before", before)] if before else [])]
    for week, column, period in weeks:
        accepted = WeeklyCorrection.objects.changing(period, taken_at).select_related("replaced")
        change = moved(accepted)
        found += [
            {
                "label": row["label"],
                "unit": row["unit"],
                "week": week,
                "told": row[column],
                "now": row[column] + change[row["code"]],
            }
            for row in bulletin.figures
            if row["code"] in change and row[column] is not None
        ]
        if column == "now" and (by := zeros_moved(accepted)):
            by_words = f"多 {by}" if by > 0 else f"少 {-by}"
            found.append({"label": ZERO_LABEL, "unit": "个", "week": week, "by": by_words})
    return found


def _sums(period: ReportPeriod) -> dict[str, Sum]:
    filed = WeeklyReport.objects.filed().filter(period=period)
    found = sums(figures_of_week(period), filed.values_list("figures", flat=True))
    return {one.figure.code: one for one in found}


def _total(one: Sum | None) -> int | None:
    return one.total if one and one.units else None


def _figure(code: str, label: str, unit: str, now: int | None, before: int | None) -> dict:
    return {"code": code, "label": label, "unit": unit, "now": now, "before": before}


def _before(period: ReportPeriod) -> ReportPeriod | None:
    day = period.starts_on - dt.timedelta(days=1)
    return ReportPeriod.objects.filter(jurisdiction=period.jurisdiction_id, ends_on=day).first()


def _situation(period: ReportPeriod, filing: Filing, figures: list[dict[str, Any]]) -> str:
    count = {row["code"]: row["now"] for row in figures}
    parts = [f"{GROUPS[code]}{len(filing.groups[code])}个" for code in list(GROUPS)[:4]]
    spared = len(filing.groups["exempt"])
    reports = (
        f"{period.label}，全镇应报送周报的单位{filing.owed}个，"
        f"已报送{filing.filed}个，其中零报告{filing.zero}个；{'，'.join(parts)}"
        f"{f'；免报{spared}个' if spared else ''}。"
    )
    leads = (
        f"本周新登记线索{count['leads_registered']}件，办结{count['leads_closed']}件，"
        f"目前在办{count[OPEN]}件。"
    )
    return f"{reports}\n{leads}"


def _progress(leads: LeadQuerySet, period: ReportPeriod) -> str:
    """Counts and states of the major leads: not a number, a title, a place or a name."""
    first, after = period.bounds
    new = Q(registered_at__gte=first, registered_at__lt=after)
    closed = Q(closed_at__gte=first, closed_at__lt=after)
    cells = leads.order_by().values("state")
    by_state = {
        one["state"]: one
        for one in cells.annotate(
            leads=Count("pk"), new=Count("pk", filter=new), closed=Count("pk", filter=closed)
        )
    }
    standing = [
        f"{label}{by_state[code]['leads']}件"
        for code, label in LeadState.choices
        if code in by_state and code not in ENDED
    ]
    total = sum(one["leads"] for code, one in by_state.items() if code not in ENDED)
    how = (
        f"目前在办重大线索{total}件：{'，'.join(standing)}。"
        if standing
        else ("目前没有在办的重大线索。")
    )
    week_new = sum(one["new"] for one in by_state.values())
    week_closed = sum(one["closed"] for one in by_state.values())
    return f"本周新登记重大线索{week_new}件，办结{week_closed}件。\n{how}"


def _asks(filing: Filing, overdue: int) -> str:
    """The standing asks, and what the week's figures call for."""
    asks = ["请各单位按时报送下周周报，由主要负责人签字；确无情况的，签字报送零报告。"]
    if filing.named:
        asks.append("请本周未报、迟报和退回后未重报的单位查明原因，尽快补报或重报。")
    if overdue:
        asks.append(f"目前有{overdue}件线索已过办理期限，请承办单位抓紧核查、及时反馈。")
    asks.append("发现重大线索、重大案件，第一时间报告扫黑办，不等周报。")
    return "\n".join(asks)
