"""Leads by the thousand: lives thought up one by one, rows written in batches."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from random import Random

from django.db import connection, models

from demo import clock, texts
from demo.accounts import People
from demo.clock import Clock
from demo.copying import copy
from demo.figures import WeekFigures
from demo.lives import Act, Actor, Life, Rests, outcome, plan, squeeze
from demo.scenarios import Scenario
from demo.town import CHANNELS, Town
from departments.models import Domain, Unit
from leads import number_only
from leads.callbacks import services as callbacks
from leads.conflicts import services as conflicts
from leads.deadlines.rules import Rules
from leads.models import Alert, Channel, Lead, MajorCriterion, Reporter
from leads.reporters.identity import Identity
from leads.states import Disposition, Finding, LeadState, ReporterKind

BATCH = 2000
#: Every so many villages, one stays quiet: it logs no lead, and can report zero.
QUIET_EVERY = 6
#: So many people report by name, some of them more than once.
REPORTERS = 40
FROM_THE_PUBLIC = ("hotline", "mailbox", "visit")
MAJOR_SHARE, UMBRELLA_SHARE, VILLAGE_NAMED_SHARE = 0.06, 0.04, 0.25


class Author:
    """Thinks up one life after the other; the same random source gives the same lives."""

    def __init__(self, town: Town, people: People, span: Clock, rng: Random) -> None:
        self.town, self.people, self.span, self.rng = town, people, span, rng
        self._rests = Rests(rng)
        self._rules = Rules.of(town.unit.pk)
        self._scenario_weights = [scenario.weight for scenario, _, _ in town.scenarios]
        self._channel_weights = [CHANNELS[channel.code] for channel in town.channels]
        self._loud = [
            village for place, village in enumerate(town.villages, 1) if place % QUIET_EVERY
        ]

    def think_up(self, number: str, start: float) -> tuple[Life, list[Unit]]:
        """The life of the lead that was registered at `start`, and the units that it names."""
        rng, town = self.rng, self.town
        channel = rng.choices(town.channels, self._channel_weights)[0]
        scenario, domain, conduct = rng.choices(town.scenarios, self._scenario_weights)[0]
        umbrella = rng.random() < UMBRELLA_SHARE and not channel.number_only
        rest = self._rests.deal(self.span.end - start)
        place = self._place(channel)
        registrant = self._registrant(channel, place, domain)
        spot = rng.choice(scenario.spots)
        title, words = texts.allegation(
            rng,
            scenario,
            channel=channel.code,
            from_the_public=channel.code in FROM_THE_PUBLIC,
            place=place.name if place else "",
            spot=spot,
            umbrella=umbrella,
        )
        said = {"channel": channel, "title": title, "allegation": words, "place_detail": spot}
        if channel.number_only:
            place = None
            said = number_only.settle(said | {"external_number": texts.national_platform(rng)})
            said |= texts.marked(said["title"], said["allegation"])
        if umbrella and town.umbrella:
            conduct = town.umbrella
        # What a clerk leaves open is settled at the assessment.
        settled = rest not in (LeadState.REGISTERED, LeadState.ACCEPTED, LeadState.DECLINED)
        guessed = not channel.number_only and rng.random() < 0.5
        lead = Lead(
            number=number,
            submission=uuid.uuid5(uuid.NAMESPACE_URL, f"demo:{number}"),
            jurisdiction=town.unit,
            reporter_kind=self._reporter(channel),
            received_on=clock.date(start - rng.choice((0, 0, 0, 1, 2))),
            place=place,
            domain=domain if settled or guessed else None,
            conduct=conduct if settled or guessed else None,
            is_major=rng.random() < (0.5 if umbrella else MAJOR_SHARE),
            umbrella_suspected=umbrella,
            registered_by=registrant.account,
            registered_unit=registrant.unit,
            registered_at=clock.at(start),
            **said,
        )
        named = self._named(scenario, place, registrant, umbrella=umbrella)
        life = Life(lead)
        life.record("register", actor=registrant, at=start, target=LeadState.REGISTERED)
        units = self._recipients(domain, named, umbrella=umbrella)
        self._live(life, rest, units, start)
        return life, named

    def _live(self, life: Life, rest: LeadState, units: list[Unit], start: float) -> None:
        """Let the lead take its steps until it comes to rest."""
        rng, office = self.rng, self._office()
        steps = [rng.uniform(0.05, 0.6)]
        steps += [steps[0] + rng.uniform(0.05, 1), steps[0] + rng.uniform(1, 1.6)]
        acts = plan(rng, rest, len(units), may_refuse=not life.lead.umbrella_suspected)
        steps += [steps[2] + act.after for act in acts]
        for longest in (2, 1, 8):  # proposed, closed, filed
            steps.append(steps[-1] + rng.uniform(0.3, longest))
        at = squeeze(rng, start=start, end=self.span.end, steps=steps)
        if rest == LeadState.REGISTERED:
            return
        if rest == LeadState.DECLINED:
            note = texts.declined(rng)
            life.move("decline", LeadState.DECLINED, actor=office, at=at[0], note=note)
            return
        life.move("accept", LeadState.ACCEPTED, actor=office, at=at[0])
        if rest == LeadState.ACCEPTED:
            return
        if rest == LeadState.REFERRED:
            note, authority = texts.referred()
            life.refer(actor=office, at=at[1], note=note, authority=authority)
            return
        life.move("assess", LeadState.ASSESSED, actor=office, at=at[1])
        if rest == LeadState.ASSESSED:
            return
        words = texts.instructions(rng)
        life.assign(units, actor=office, at=at[2], rules=self._rules, words=words)
        finding, disposition = outcome(rng, umbrella=life.lead.umbrella_suspected)
        for act, moment in zip(acts, at[3:], strict=False):
            self._act(life, act, moment, finding, disposition)
        self._end(life, rest, finding, disposition, at[-3:])

    def _act(
        self, life: Life, act: Act, at: float, finding: Finding, disposition: Disposition
    ) -> None:
        """One thing that a unit, or the office about a unit's work, does."""
        rng, assignment = self.rng, life.assignments[act.place]
        actor = self._of(assignment.unit)
        if act.verb == "return":
            note = texts.returned(rng)
            life.give_back(assignment, actor=self._office(), at=at, note=note)
        elif act.verb == "sign":
            life.sign(assignment, actor=actor, at=at)
        elif act.verb == "refuse":
            life.refuse(assignment, actor=actor, at=at, note=texts.refused())
        elif act.verb == "report":
            said = texts.feedback(rng, finding, disposition)
            life.report(assignment, actor=actor, at=at, words=said)
        else:
            leader = Actor(self.people.leader[assignment.unit_id], assignment.unit)
            life.sign_off(assignment, actor=leader, at=at)

    def _end(
        self,
        life: Life,
        rest: LeadState,
        finding: Finding,
        disposition: Disposition,
        at: list[float],
    ) -> None:
        """What the office does once every unit has reported."""
        if rest not in (LeadState.AWAITING_CLOSURE, LeadState.CLOSED, LeadState.ARCHIVED):
            return
        director = Actor(self.people.director, self.town.office)
        life.propose(finding, disposition, actor=self._office(), at=at[0])
        if rest != LeadState.AWAITING_CLOSURE:
            life.close(actor=director, at=at[1])
        if rest == LeadState.ARCHIVED:
            life.move("archive", LeadState.ARCHIVED, actor=self._office(), at=at[2])

    def _place(self, channel: Channel) -> Unit | None:
        if channel.code == "village" and self._loud:
            return self.rng.choice(self._loud)
        if not self.town.villages or self.rng.random() < 0.12:
            return None
        return self.rng.choice(self.town.villages)

    def _registrant(self, channel: Channel, place: Unit | None, domain: Domain) -> Actor:
        if channel.code == "village" and place:
            return self._of(place)
        if channel.code == "police":
            return self._of(self.town.police)
        departments = self.town.responsible[domain.pk]
        if channel.code == "transfer" and departments:
            return self._of(self.rng.choice(departments))
        return self._office()

    def _reporter(self, channel: Channel) -> ReporterKind:
        if channel.code not in FROM_THE_PUBLIC:
            return ReporterKind.NONE
        return ReporterKind.NAMED if self.rng.random() < 0.35 else ReporterKind.ANONYMOUS

    def _named(
        self, scenario: Scenario, place: Unit | None, registrant: Actor, *, umbrella: bool
    ) -> list[Unit]:
        """The units that the lead names: never the one that logged it."""
        rng, town = self.rng, self.town
        named = None
        if umbrella and rng.random() < 0.6:
            responsible = [unit for units in town.responsible.values() for unit in units]
            # The two that every such lead goes to are not among those it speaks of.
            able = [unit for unit in responsible if unit not in (town.police, town.discipline)]
            named = rng.choice(able) if able else None
        elif scenario.domain == "grassroots" and rng.random() < VILLAGE_NAMED_SHARE:
            named = place
        return [named] if named and named != registrant.unit else []

    def _recipients(self, domain: Domain, named: list[Unit], *, umbrella: bool) -> list[Unit]:
        town, chance = self.town, self.rng.random()
        if umbrella:
            return [town.police, town.discipline]
        fit = [
            unit
            for unit in town.responsible[domain.pk]
            if unit not in named and unit != town.police
        ]
        if chance < 0.5 or not fit:
            return [town.police]
        chosen = [self.rng.choice(fit)]
        return chosen if chance < 0.75 else [*chosen, town.police]

    def _office(self) -> Actor:
        account = self.people.director if self.rng.random() < 0.12 else self.people.office
        return Actor(account, self.town.office)

    def _of(self, unit: Unit) -> Actor:
        members = self.people.leader if self.rng.random() < 0.1 else self.people.liaison
        return Actor(members[unit.pk], unit)


def make(
    *,
    town: Town,
    people: People,
    span: Clock,
    count: int,
    rng: Random,
    progress: Callable[[int], object],
) -> WeekFigures:
    """Write `count` leads with all that belongs to them; returns what they say about the weeks.

    `progress` is told how many were written, batch by batch. The caller holds the transaction.
    """
    author = Author(town, people, span, rng)
    figures = WeekFigures()
    starts = span.moments(rng, count)
    batch: list[tuple[Life, list[Unit]]] = []
    for number, start in zip(numbers(town.unit, starts), starts, strict=True):
        life, named = author.think_up(number, start)
        figures.add(life)
        batch.append((life, named))
        if len(batch) == BATCH:
            write(batch)
            progress(len(batch))
            batch.clear()
    write(batch)
    progress(len(batch))
    return figures


def numbers(town: Unit, starts: list[float]) -> Iterator[str]:
    """Numbers for leads registered at `starts`, from the series that the town goes on with."""
    for year, count in sorted(Counter(clock.date(start).year for start in starts).items()):
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO leads_numberseries (jurisdiction_id, year, last) VALUES (%s, %s, %s) "
                "ON CONFLICT (jurisdiction_id, year) "
                "DO UPDATE SET last = leads_numberseries.last + EXCLUDED.last RETURNING last",
                [town.pk, year, count],
            )
            last = cursor.fetchone()[0]
        for value in range(last - count + 1, last + 1):
            yield f"{town.code.upper()}-{year}-{value:05d}"


def _unseen(lead: Lead) -> Alert:
    """The alert of a major lead that nobody has looked at yet."""
    return Alert(lead=lead, raised_by_id=lead.registered_by_id, raised_at=lead.registered_at)


def _told_by(leads: list[Lead]) -> Iterator[Reporter]:
    """Who reported, for leads of named reporters, unsaved; every so often the same person again."""
    named = [lead for lead in leads if lead.reporter_kind == ReporterKind.NAMED]
    for lead in named:
        place = int(lead.number.rpartition("-")[2]) % REPORTERS
        reporter = Reporter(
            lead=lead, added_by_id=lead.registered_by_id, added_at=lead.registered_at
        )
        reporter.put(
            Identity(name=f"演示·举报人{place}", phone=f"1380000{place:04d}", address="演示地址")
        )
        yield reporter


def _weighed(leads: list[Lead]) -> list[models.Model]:
    """By what each of these leads is a major one, unsaved: officials, or one in turn."""
    criteria = {one.code: one for one in MajorCriterion.objects.active()}
    in_turn = list(criteria.values())
    if not in_turn:
        return []
    row = Lead.criteria.through
    return [
        row(
            lead=lead,
            majorcriterion=criteria.get("officials", in_turn[0])
            if lead.umbrella_suspected
            else in_turn[place % len(in_turn)],
        )
        for place, lead in enumerate(leads)
    ]


def write(batch: list[tuple[Life, list[Unit]]]) -> None:
    lives = [life for life, _ in batch]
    naming = Lead.named_units.through
    copy([life.lead for life in lives])
    copy([_unseen(life.lead) for life in lives if life.lead.is_major and life.is_with_the_office])
    copy([naming(lead=life.lead, unit=unit) for life, named in batch for unit in named])
    copy(_weighed([life.lead for life in lives if life.lead.is_major]))
    conflicts.derive_rows([life.lead.pk for life in lives])
    callbacks.expect_all([life.lead for life in lives if life.lead.is_open])
    Reporter.objects.bulk_create(_told_by([life.lead for life in lives if life.lead.is_open]))
    copy([item for life in lives for item in life.assignments])
    written = [item for life in lives for item in life.feedback]
    copy(written)
    for item in written:
        item.assignment_id = item.assignment.pk
    signatures = [item for life in lives for item in life.signatures]
    for item in signatures:
        item.digest = item.feedback.digest
    copy(signatures)
    copy([item for life in lives for item in life.proposals])
    copy([item for life in lives for item in life.referrals])
    copy([item for life in lives for item in life.events])
    # Checked now: PostgreSQL would keep every row in memory for its check until the commit.
    connection.check_constraints()
