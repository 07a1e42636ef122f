"""Weekly reports: past weeks mostly received, the current one half done."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from demo import clock, report_form, texts
from demo.accounts import People
from demo.clock import Clock
from demo.figures import WeekFigures
from demo.lives import Actor
from demo.report_files import Binder
from departments.models import Unit, UnitKind
from reporting.form_versions.services import form_of_week
from reporting.periods import week
from reporting.periods.models import ReportExpectation, ReportPeriod
from reporting.periods.services import close_periods, open_period
from reporting.weekly.models import WeeklyReport, WeeklyReportEvent
from reporting.weekly.states import WeeklyState

#: The ways that reports go, as the steps that they take: closed weeks, weeks that still take late
#: reports, and the current one, each as a deck of about as many cards as a town has units.
DONE = ("start", "submit", "sign", "receive")
MENDED = ("start", "submit", "sign", "return", "submit", "sign", "receive")
SENT_BACK = ("start", "submit", "sign", "return")
DECKS = {
    "closed": {DONE: 32, MENDED: 3, ("start",): 1, (): 2},
    "open": {DONE: 26, MENDED: 2, DONE[:3]: 4, SENT_BACK: 2, ("start",): 1, (): 3},
    "current": {DONE: 7, DONE[:3]: 6, SENT_BACK: 2, DONE[:2]: 4, ("start",): 5, (): 13},
}
TARGETS = {
    "start": WeeklyState.DRAFT,
    "submit": WeeklyState.AWAITING_SIGNATURE,
    "sign": WeeklyState.SIGNED,
    "receive": WeeklyState.RECEIVED,
    "return": WeeklyState.RETURNED,
}
LATE_SHARE = 0.06
#: Half of the villages that have nothing to say sign that there was nothing.
ZERO_SHARE = 0.5
#: One village in so many does so whenever it has nothing to say.
SILENT_EVERY = 4


@dataclass
class Desk:
    """Everything that the reports of one town are made from."""

    town: Unit
    office: Unit
    people: People
    span: Clock
    figures: WeekFigures
    binder: Binder
    rng: Random

    def make(self, progress: Callable[[int], object]) -> None:
        """Open the weeks of the demo and file their reports; those that are there stay.

        `progress` is told about each week. The caller holds the transaction.
        """
        report_form.settle(town=self.town, director=self.people.director, today=self.span.today)
        in_hand: Counter[int] = Counter()
        for back in range(self.span.weeks, -1, -1):
            period = self._open(self.span.today - dt.timedelta(weeks=back))
            self._file(period, in_hand)
            progress(1)
        close_periods(self.span.now)

    def _open(self, day: dt.date) -> ReportPeriod:
        period, opened = open_period(jurisdiction=self.town, day=day)
        if opened:
            ReportPeriod.objects.filter(pk=period.pk).update(
                opened_at=week.at_hour(period.starts_on, 0)
            )
        return period

    def _file(self, period: ReportPeriod, in_hand: Counter[int]) -> None:
        there = set(period.reports.values_list("unit_id", flat=True))
        expected = ReportExpectation.objects.filter(period=period).select_related("unit")
        cards: list[tuple[str, ...]] = []
        reports, events = [], []
        for item in expected.order_by("unit__path"):
            unit, first = item.unit, period.starts_on
            in_hand[unit.pk] += self.figures.of(unit.pk, first, "given")
            in_hand[unit.pk] -= self.figures.of(unit.pk, first, "done")
            if not cards:
                cards = self._shuffled(period)
            steps = cards.pop()
            if steps and unit.pk not in there:
                report = self._write(period, unit, in_hand[unit.pk])
                events += self._take(report, steps)
                if report.pk is None:
                    reports.append(report)
        WeeklyReport.objects.bulk_create(reports)
        WeeklyReportEvent.objects.bulk_create(events)

    def _shuffled(self, period: ReportPeriod) -> list[tuple[str, ...]]:
        if period.ends_on >= self.span.today:
            deck = DECKS["current"]
        else:
            deck = DECKS["closed" if period.closes_at <= self.span.now else "open"]
        cards = [steps for steps, count in deck.items() for _ in range(count)]
        self.rng.shuffle(cards)
        return cards

    def _write(self, period: ReportPeriod, unit: Unit, in_hand: int) -> WeeklyReport:
        """The report's content: what the leads say, and some publicity."""
        rng = self.rng
        form = form_of_week(self.town.pk, period.starts_on).asked_of(unit.kind)
        counts = {
            figure.code: self.figures.of(unit.pk, period.starts_on, figure.code)
            for figure in form.figures
        }
        if "in_hand" in counts:
            counts["in_hand"] = in_hand
        is_zero = (
            unit.kind == UnitKind.VILLAGE
            and not any(counts.values())
            and (rng.random() < ZERO_SHARE or _is_silent(unit))
        )
        words = {text.code: "" for text in form.texts}
        if not is_zero:
            counts |= texts.publicity(rng)
            if report_form.VISITS in counts:
                counts[report_form.VISITS] = counts["people"] // 4
            words |= texts.week(rng)
        return WeeklyReport(
            period=period,
            unit=unit,
            form_version=form.version,
            figures=counts,
            texts=words,
            is_zero=is_zero,
            drafted_by=self.people.liaison[unit.pk],
            version=0,
        )

    def _take(self, report: WeeklyReport, steps: tuple[str, ...]) -> list[WeeklyReportEvent]:
        """Let the report take `steps`, as the services would; returns its timeline.

        One that has files is saved on the way: they are bound to what is in the database.
        """
        events = []
        state = ""
        has_files = self.binder.takes(report, steps)
        for verb, at in zip(steps, self._times(report.period, len(steps)), strict=True):
            actor = self._who(report, verb)
            source, state = state, TARGETS[verb]
            report.state = state
            report.version += 1
            if verb == "start":
                report.created_at = report.saved_at = at
            elif verb == "sign":
                report.signed_by = actor.account
                report.signed_at = report.filed_at = at
                report.signature = report.compute_signature()
            elif verb == "return":
                report.signed_by = report.signed_at = report.filed_at = None
                report.signature = ""
            elif verb == "receive":
                report.received_by, report.received_at = actor.account, at
            events.append(
                WeeklyReportEvent(
                    report=report,
                    at=at,
                    actor=actor.account,
                    actor_name=actor.account.full_name,
                    unit_name=actor.unit.name,
                    verb=verb,
                    from_state=source,
                    to_state=state,
                    note=texts.week_returned(self.rng) if verb == "return" else "",
                    signature=report.signature,
                )
            )
            if has_files and verb == "start":
                report.save()
                events.append(self.binder.attach(report, at))
            if has_files:
                report.save()
        if has_files and report.is_filed:
            events.append(self.binder.scan(report, at))
        return events

    def _who(self, report: WeeklyReport, verb: str) -> Actor:
        if verb in ("receive", "return"):
            return Actor(self.people.office, self.office)
        members = self.people.leader if verb == "sign" else self.people.liaison
        return Actor(members[report.unit_id], report.unit)

    def _times(self, period: ReportPeriod, count: int) -> list[dt.datetime]:
        """So many times in order: around the deadline, or in what there is of the current week."""
        rng, end = self.rng, self.span.end
        first = float(period.starts_on.toordinal())
        if period.ends_on < self.span.today:
            due = clock.moment(period.due_at)
            signed = due - rng.uniform(0.02, 1.5)
            if rng.random() < LATE_SHARE:
                signed = due + rng.uniform(0.05, 2.5)
            # Start and submission come before the signature, everything else after it.
            before = sorted(signed - rng.uniform(0.05, 1.2) for _ in range(2))
            after = sorted(signed + rng.uniform(0.02, 1.2) for _ in range(max(count - 3, 0)))
            moments = [max(first, min(at, end - 0.001)) for at in (*before, signed, *after)]
            return [clock.at(at) for at in moments[:count]]
        if end - first >= 1:
            return [clock.at(at) for at in sorted(rng.uniform(first, end) for _ in range(count))]
        # The week has only just begun: somebody is always early.
        minutes = sorted((rng.uniform(1, 60) for _ in range(count)), reverse=True)
        return [self.span.now - dt.timedelta(seconds=round(minute * 60)) for minute in minutes]


def _is_silent(unit: Unit) -> bool:
    return sum(unit.code.encode()) % SILENT_EVERY == 0
