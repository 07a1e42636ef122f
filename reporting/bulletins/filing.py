"""How the units of a week reported, as a bulletin tells it, and what has changed of that since."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db.models import Window
from django.db.models.functions import RowNumber

from reporting.bulletins.models import Bulletin
from reporting.bulletins.states import BulletinState
from reporting.periods.models import ReportExpectation, ReportPeriod
from reporting.weekly.states import EXEMPT, FILED, WeeklyState

#: Who was in time in so many weeks running is praised; weeks in which it was exempt are no gap.
WEEKS_IN_TIME = 4
#: Weeks longer ago are not looked at, whatever a unit was exempt from.
LOOK_BACK = dt.timedelta(weeks=52)
#: So many of the units whose standing has changed are named to who would submit or issue.
CHANGES_TOLD = 3
#: The groups of units by how they reported, in the order in which they are told.
GROUPS = {
    "on_time": "按时报送",
    "late": "迟报",
    "returned": "退回后未重报",
    "missing": "未报",
    "exempt": "免报",
}
#: The word for a unit that is in none of them.
NOT_OWED = "不在应报名单"

Units = list[dict[str, Any]]


@dataclass
class Filing:
    """How the units reported, and which of them to praise and to name."""

    groups: dict[str, Units] = field(default_factory=lambda: {code: [] for code in GROUPS})
    praised: Units = field(default_factory=list)
    named: Units = field(default_factory=list)
    zero: int = 0

    @property
    def owed(self) -> int:
        return sum(len(units) for code, units in self.groups.items() if code != "exempt")

    @property
    def filed(self) -> int:
        return len(self.groups["on_time"]) + len(self.groups["late"])


class Standing(NamedTuple):
    """One unit in a week: in which group, whether with a zero report, whether it is exempt."""

    unit: int
    name: str
    group: str
    is_zero: bool
    is_spared: bool


class Change(NamedTuple):
    """A unit that stands elsewhere than the bulletin says, in the words of the groups."""

    name: str
    told: str
    now: str


def filing_of(period: ReportPeriod, now: dt.datetime) -> Filing:
    """How each unit stands. Before the deadline nobody is named; exempt units never are."""
    found = Filing()
    steady = _in_time_for_weeks(period)
    for one in _standings(period):
        unit = {"id": one.unit, "name": one.name}
        found.groups[one.group].append(unit)
        found.zero += one.is_zero
        if one.group == "on_time" and one.unit in steady:
            found.praised.append(unit)
        elif one.group not in ("on_time", "exempt") and not one.is_spared and period.due_at <= now:
            found.named.append(unit)
    return found


def exempt_units(period: ReportPeriod) -> set[int]:
    """The keys of those who need not report in the week, whether they did or not."""
    spared = period.expectations.filter(exemption__isnull=False)
    return set(spared.values_list("unit", flat=True))


def still_listed(bulletin: Bulletin, name: str, groups: dict[str, Units]) -> Units:
    """Of the units that a person `named` or `praised`, those who belong there by `groups` of now.

    Named are kept who did not report as asked, late ones among them, and none that is exempt;
    praised, who were in time, and who were late already when a person praised them.
    """
    then, now = _codes(bulletin.filing), _codes(groups)
    if name == "named":
        spared = exempt_units(bulletin.period)
        fitting = {unit for unit, code in now.items() if code not in ("on_time", "exempt")} - spared
    else:
        known = {unit for unit, code in now.items() if code == "late" and then.get(unit) == code}
        fitting = {unit for unit, code in now.items() if code == "on_time"} | known
    return [unit for unit in getattr(bulletin, name) if unit["id"] in fitting]


def changes_since(bulletin: Bulletin) -> list[Change]:
    """The units that stand in another group now than when its figures were taken; one query."""
    told = _codes(bulletin.filing)
    names = {unit["id"]: unit["name"] for code in GROUPS for unit in bulletin.filing[code]}
    standings = _standings(bulletin.period)
    now = {one.unit: one.group for one in standings}
    names |= {one.unit: one.name for one in standings}
    words = GROUPS | {None: NOT_OWED}
    return [
        Change(names[unit], words[told.get(unit)], words[now.get(unit)])
        for unit in now | told
        if told.get(unit) != now.get(unit)
    ]


def outdated(bulletin: Bulletin) -> str:
    """Why it may be neither submitted nor issued as it stands, and what to do; or empty.

    What waits for approval is not changed: it goes back to a draft before its figures are taken.
    """
    changes = changes_since(bulletin)
    if not changes:
        return ""
    few = "，".join(f"{one.name}由“{one.told}”变为“{one.now}”" for one in changes[:CHANGES_TOLD])
    more = "等" if len(changes) > CHANGES_TOLD else ""
    then = (
        "请重新取数后再报请审批。"
        if bulletin.state == BulletinState.DRAFT
        else "待审批的通报不能改动，请先撤回修改或退回修改，重新取数后再报请审批。"
    )
    return f"取数以后，有 {len(changes)} 个单位的报送情况有变化：{few}{more}。{then}"


def _standings(period: ReportPeriod) -> list[Standing]:
    rows = ReportExpectation.objects.with_status(period).order_by("unit__path")
    names = ("unit_id", "unit__name", "status", "filed_late", "filed_zero", "exemption_id")
    return [
        Standing(key, name, _group(status, is_late=is_late), is_zero, exemption is not None)
        for key, name, status, is_late, is_zero, exemption in rows.values_list(*names)
    ]


def _codes(groups: dict[str, Units]) -> dict[int, str]:
    """In which group each unit is."""
    return {unit["id"]: code for code in GROUPS for unit in groups[code]}


def _group(status: str, *, is_late: bool) -> str:
    if status in FILED:
        return "late" if is_late else "on_time"
    return status if status in (EXEMPT, WeeklyState.RETURNED) else "missing"


def _in_time_for_weeks(period: ReportPeriod) -> set[int]:
    """The units that were in time in the last `WEEKS_IN_TIME` weeks that they owed, this one too.

    Who owed fewer is not among them: a town's first weeks praise nobody.
    """
    owed = ReportExpectation.objects.filter(
        period__jurisdiction=period.jurisdiction_id,
        period__starts_on__range=(period.starts_on - LOOK_BACK, period.starts_on),
    )
    last = (
        owed.with_status()
        .exclude(status=EXEMPT)
        .annotate(place=Window(RowNumber(), partition_by="unit", order_by="-period__starts_on"))
        .filter(place__lte=WEEKS_IN_TIME)
        .order_by()
    )
    rows = last.values_list("unit_id", "status", "filed_late")
    in_time = Counter(unit for unit, status, is_late in rows if status in FILED and not is_late)
    return {unit for unit, weeks in in_time.items() if weeks == WEEKS_IN_TIME}
