"""Corrections of received reports: two in effect, one to be received, one to be signed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from demo.accounts import People
from demo.clock import Clock
from demo.texts import MARK
from departments.models import Account, Unit
from reporting.corrections.models import CorrectionEvent, EarlierVersion, WeeklyCorrection
from reporting.corrections.states import CorrectionState as S
from reporting.periods.models import ReportPeriod
from reporting.weekly.models import WeeklyReport, WeeklyReportEvent

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
STATES = {
    "start": S.DRAFT,
    "submit": S.AWAITING_SIGNATURE,
    "sign": S.SIGNED,
    "receive": S.RECEIVED,
}
STEPS = tuple(STATES)


@dataclass(frozen=True)
class Story:
    """By how much the publicity of a report is corrected, why, and how far that has come."""

    change: int
    why: str
    steps: tuple[str, ...]
    by_office: bool = False


STORIES = (
    Story(2, "漏报两场院坝会。", STEPS),
    Story(-1, "其中一场与上周重复，不予计入。", STEPS, by_office=True),
    Story(1, "补计周五晚上的宣传。", STEPS[:3]),
    Story(-1, "场次多填了一场。", STEPS[:2]),
)


def make(*, town: Unit, people: People, span: Clock) -> None:
    """A town that has corrections keeps them. The caller holds the transaction."""
    if WeeklyCorrection.objects.filter(report__unit__jurisdiction=town).exists():
        return
    over = ReportPeriod.objects.filter(jurisdiction=town, ends_on__lt=span.today)
    # Of the week before the last: its bulletin has been issued.
    for period in over.order_by("-starts_on")[1:2]:
        reports = period.reports.received().filter(
            is_zero=False, figures__events__gte=1, filed_at__lte=period.due_at
        )
        listed = reports.select_related("unit", "period").order_by("unit__path")
        for report, story in zip(listed, STORIES, strict=False):
            _write(report, story, people)


def _write(report: WeeklyReport, story: Story, people: People) -> None:
    actors = _actors(report, story, people)
    begun = max(report.received_at, report.period.due_at + DAY)
    made = WeeklyCorrection.objects.create(
        report=report,
        by_office=story.by_office,
        drafted_by=actors["start"],
        created_at=begun,
        saved_at=begun,
        form_version=report.form_version,
        figures=report.figures | {"events": report.figures["events"] + story.change},
        texts=report.texts,
        counted=report.counted,
        remarks=report.remarks,
        corrects=report.signature,
        reason=f"{MARK}{story.why}",
    )
    _record(made, actors["start"], "start", "", made.saved_at)
    for hours, (before, verb) in enumerate(pairwise(story.steps), start=1):
        at = begun + hours * HOUR
        made.state, made.version = STATES[verb], made.version + 1
        if verb == "sign":
            made.signed_by, made.signed_at = actors[verb], at
            made.signature = made.compute_signature()
        elif verb == "receive":
            made.received_by, made.received_at = actors[verb], at
        made.save()
        _record(made, actors[verb], verb, STATES[before], at)
    if made.state == S.RECEIVED:
        _take_effect(report, made)


def _take_effect(report: WeeklyReport, made: WeeklyCorrection) -> None:
    values = report.values_of_paper()
    EarlierVersion.objects.create(report=report, correction=made, at=made.received_at, **values)
    for name, value in made.values_of_paper().items():
        setattr(report, name, value)
    report.version += 1
    report.save()
    WeeklyReportEvent.objects.create(
        report=report,
        at=made.received_at,
        actor=made.received_by,
        actor_name=made.received_by.full_name,
        unit_name=made.received_by.main_unit.name,
        verb="correct",
        from_state=report.state,
        to_state=report.state,
        note=f"{made.kind_label}：{made.reason}",
        signature=report.signature,
    )


def _actors(report: WeeklyReport, story: Story, people: People) -> dict[str, Account]:
    if story.by_office:
        who: Iterable[Account] = (people.office, people.office, people.director, people.director)
    else:
        liaison, leader = people.liaison[report.unit_id], people.leader[report.unit_id]
        who = (liaison, liaison, leader, people.office)
    return dict(zip(STEPS, who, strict=True))


def _record(
    made: WeeklyCorrection, actor: Account, verb: str, source: str, at: dt.datetime
) -> None:
    CorrectionEvent.objects.create(
        correction=made,
        at=at,
        actor=actor,
        actor_name=actor.full_name,
        unit_name=actor.main_unit.name if actor.main_unit else "",
        verb=verb,
        from_state=source,
        to_state=made.state,
        signature=made.signature,
    )
