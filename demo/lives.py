"""How a demo lead lives: the steps that the lead services would take, with times made up.

Nothing is written here. A life ends as unsaved rows, whose states, versions and timeline agree
with each other as if the services had been called one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from demo import clock, texts
from departments.models import Account, Unit
from leads.deadlines.rules import Rules, kind_of
from leads.models import (
    Assignment,
    ClosureProposal,
    Feedback,
    FeedbackSignature,
    Lead,
    LeadEvent,
    Referral,
)
from leads.states import VOID, AssignmentRole, AssignmentState, Disposition, Finding, LeadState

#: Where the lives of a hundred or so leads come to rest, by age in days. Young ones have hardly
#: begun, old ones are through, and some in between are late.
RESTS: tuple[tuple[float, dict[LeadState, int]], ...] = (
    (
        3,
        {
            LeadState.REGISTERED: 3,
            LeadState.ACCEPTED: 1,
            LeadState.ASSESSED: 1,
            LeadState.ASSIGNED: 4,
            LeadState.VERIFYING: 3,
            LeadState.DECLINED: 1,
        },
    ),
    (
        14,
        {
            LeadState.REGISTERED: 1,
            LeadState.ACCEPTED: 1,
            LeadState.ASSESSED: 1,
            LeadState.ASSIGNED: 3,
            LeadState.VERIFYING: 8,
            LeadState.REPORTED_BACK: 3,
            LeadState.AWAITING_CLOSURE: 1,
            LeadState.CLOSED: 4,
            LeadState.REFERRED: 1,
            LeadState.DECLINED: 2,
        },
    ),
    (
        35,
        {
            LeadState.ASSIGNED: 1,
            LeadState.VERIFYING: 4,
            LeadState.REPORTED_BACK: 1,
            LeadState.AWAITING_CLOSURE: 1,
            LeadState.CLOSED: 14,
            LeadState.ARCHIVED: 2,
            LeadState.DECLINED: 2,
        },
    ),
    (
        float("inf"),
        {
            LeadState.VERIFYING: 1,
            LeadState.CLOSED: 12,
            LeadState.ARCHIVED: 34,
            LeadState.REFERRED: 1,
            LeadState.DECLINED: 4,
        },
    ),
)
FINDINGS = {
    Finding.PROVEN: 18,
    Finding.PARTLY_PROVEN: 20,
    Finding.DISPROVEN: 36,
    Finding.DOUBTFUL: 12,
    Finding.UNVERIFIABLE: 14,
}
DISPOSITIONS = {
    Finding.PROVEN: (Disposition.CASE_FILED, Disposition.ADMINISTRATIVE),
    Finding.PARTLY_PROVEN: (Disposition.ADMINISTRATIVE, Disposition.SECTOR_CLEANUP),
    Finding.DISPROVEN: (Disposition.NO_ACTION, Disposition.CLARIFIED),
    Finding.DOUBTFUL: (Disposition.NO_ACTION, Disposition.SECTOR_CLEANUP),
    Finding.UNVERIFIABLE: (Disposition.NO_ACTION,),
}
RETURNED_SHARE = 0.1
#: How often the second of two units says that the lead is not its to verify.
REFUSED_SHARE = 0.12
#: A life is not squeezed into less than this share of the time that there is.
SQUEEZE = (0.6, 0.98)


@dataclass(frozen=True)
class Actor:
    """Someone who acts, and the unit that the timeline names."""

    account: Account
    unit: Unit


class Rests:
    """Deals out where lives end, so that even a few leads show every state of their age."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._decks: list[list[LeadState]] = [[] for _ in RESTS]

    def deal(self, age: float) -> LeadState:
        place = next(place for place, (limit, _) in enumerate(RESTS) if age < limit)
        deck = self._decks[place]
        if not deck:
            deck += [state for state, count in RESTS[place][1].items() for _ in range(count)]
            self._rng.shuffle(deck)
        return deck.pop()


@dataclass
class Life:
    """A lead and all that happened to it so far, unsaved."""

    lead: Lead
    assignments: list[Assignment] = field(default_factory=list)
    events: list[LeadEvent] = field(default_factory=list)
    feedback: list[Feedback] = field(default_factory=list)
    signatures: list[FeedbackSignature] = field(default_factory=list)
    proposals: list[ClosureProposal] = field(default_factory=list)
    referrals: list[Referral] = field(default_factory=list)

    @property
    def is_with_the_office(self) -> bool:
        return not self.assignments and self.lead.is_open

    def record(
        self,
        verb: str,
        *,
        actor: Actor,
        at: float,
        source: str = "",
        target: str,
        note: str = "",
        assignment: Assignment | None = None,
    ) -> None:
        self.events.append(
            LeadEvent(
                lead=self.lead,
                assignment=assignment,
                at=clock.at(at),
                actor_id=actor.account.pk,
                actor_name=actor.account.full_name,
                unit_name=actor.unit.name,
                verb=verb,
                from_state=source,
                to_state=target,
                note=note,
            )
        )

    def move(
        self, verb: str, target: LeadState, *, actor: Actor, at: float, note: str = ""
    ) -> None:
        """A step of the lead itself, which the timeline shows."""
        self.record(verb, actor=actor, at=at, source=self.lead.state, target=target, note=note)
        self.follow(target)

    def follow(self, target: LeadState) -> None:
        """A change of the lead's state as the consequence of a step that is shown already."""
        self.lead.state = target
        self.lead.version += 1

    def assign(
        self, units: Sequence[Unit], *, actor: Actor, at: float, rules: Rules, words: str
    ) -> None:
        lead = self.lead
        deadline = rules.deadline(kind_of(is_major=lead.is_major), clock.date(at))
        lead.due_on, lead.near_days = deadline.due_on, deadline.near_days
        joint = lead.umbrella_suspected
        leading = units if joint else units[:1]
        note = f"{'双移交' if joint else '主办单位'}：{'、'.join(unit.name for unit in leading)}。"
        if others := "、".join(unit.name for unit in units if unit not in leading):
            note += f"协办单位：{others}。"
        note += words
        self.move("assign", LeadState.ASSIGNED, actor=actor, at=at, note=note)
        self.assignments = [
            Assignment(
                lead=lead,
                unit=unit,
                role=AssignmentRole.LEAD if unit in leading else AssignmentRole.ASSIST,
                is_joint=joint,
                due_on=lead.due_on,
                near_days=lead.near_days,
                instructions=words,
                assigned_by=actor.account,
                assigned_at=clock.at(at),
            )
            for unit in units
        ]

    def sign(self, assignment: Assignment, *, actor: Actor, at: float) -> None:
        assignment.signed_by, assignment.signed_at = actor.account, clock.at(at)
        self._step(assignment, "sign", AssignmentState.VERIFYING, actor=actor, at=at)
        if self.lead.state == LeadState.ASSIGNED:
            self.follow(LeadState.VERIFYING)

    def refuse(self, assignment: Assignment, *, actor: Actor, at: float, note: str) -> None:
        self._step(assignment, "refuse", AssignmentState.REFUSED, actor=actor, at=at, note=note)

    def report(
        self, assignment: Assignment, *, actor: Actor, at: float, words: dict[str, str]
    ) -> None:
        self._step(assignment, "report", AssignmentState.AWAITING_SIGNATURE, actor=actor, at=at)
        self.feedback.append(
            Feedback(assignment=assignment, by=actor.account, at=clock.at(at), **words)
        )

    def sign_off(self, assignment: Assignment, *, actor: Actor, at: float) -> None:
        assignment.reported_at = clock.at(at)
        self._step(assignment, "sign_off", AssignmentState.REPORTED, actor=actor, at=at)
        written = next(row for row in reversed(self.feedback) if row.assignment is assignment)
        # The digest is filled in once the feedback has its keys.
        self.signatures.append(
            FeedbackSignature(feedback=written, digest="", by=actor.account, at=clock.at(at))
        )
        if self._in_force() <= {AssignmentState.REPORTED}:
            self.follow(LeadState.REPORTED_BACK)

    def _in_force(self) -> set[str]:
        return {item.state for item in self.assignments if item.state not in VOID}

    def give_back(self, assignment: Assignment, *, actor: Actor, at: float, note: str) -> None:
        self._step(assignment, "return", AssignmentState.VERIFYING, actor=actor, at=at, note=note)
        if self.lead.state == LeadState.REPORTED_BACK:
            self.follow(LeadState.VERIFYING)

    def propose(
        self, finding: Finding, disposition: Disposition, *, actor: Actor, at: float
    ) -> None:
        self.move("propose_closing", LeadState.AWAITING_CLOSURE, actor=actor, at=at)
        self.proposals.append(
            ClosureProposal(
                lead=self.lead,
                round=1,
                finding=finding,
                disposition=disposition,
                closing_words=texts.closing(disposition),
                by=actor.account,
                at=clock.at(at),
            )
        )

    def close(self, *, actor: Actor, at: float) -> None:
        """As proposed, by the director."""
        lead, proposal = self.lead, self.proposals[-1]
        lead.finding, lead.disposition = proposal.finding, proposal.disposition
        lead.closing_words, lead.closed_at = proposal.closing_words, clock.at(at)
        self.move("close", LeadState.CLOSED, actor=actor, at=at, note=lead.closing_words)
        for assignment in self.assignments:
            if assignment.state == AssignmentState.REPORTED:
                assignment.state = AssignmentState.ACCEPTED
                assignment.version += 1

    def refer(self, *, actor: Actor, at: float, note: str, authority: str) -> None:
        self.move("refer", LeadState.REFERRED, actor=actor, at=at, note=note)
        self.referrals.append(
            Referral(
                lead=self.lead,
                round=1,
                authority=authority,
                referred_on=clock.date(at),
                pages=3,
                by=actor.account,
            )
        )

    def _step(
        self,
        assignment: Assignment,
        verb: str,
        target: AssignmentState,
        *,
        actor: Actor,
        at: float,
        note: str = "",
    ) -> None:
        self.record(
            verb,
            actor=actor,
            at=at,
            source=assignment.state,
            target=target,
            note=note,
            assignment=assignment,
        )
        assignment.state = target
        assignment.version += 1


@dataclass(frozen=True)
class Act:
    """Something that a unit, or the office about a unit's work, is going to do."""

    after: float
    verb: str
    place: int


def plan(rng: Random, rest: LeadState, units: int, *, may_refuse: bool) -> list[Act]:
    """What the units do with a lead that comes to rest at `rest`, counted from its assignment."""
    if rest == LeadState.ASSIGNED:
        return []
    acts = []
    # Where verifying goes on, the first unit is still at it; the others may be through.
    for place in range(units):
        steps = 3
        if rest == LeadState.VERIFYING:
            steps = rng.choice((1, 1, 2)) if place == 0 else rng.randint(0, 3)
        if place and may_refuse and rng.random() < REFUSED_SHARE:
            acts.append(Act(rng.uniform(0.1, 1), "refuse", place))
            continue
        acts += _plan_unit(rng, place, steps, back=rng.random() < RETURNED_SHARE)
    return sorted(acts, key=lambda act: act.after)


def _plan_unit(rng: Random, place: int, steps: int, *, back: bool) -> list[Act]:
    """`steps` 0: not signed; 1: verifying; 2: written down; 3: signed by the unit's leader.

    `back`: was sent back in between.
    """
    if steps == 0:
        return []
    after = rng.uniform(0.1, 1.5)
    acts = [Act(after, "sign", place)]
    if back:
        acts.append(Act(after := after + rng.uniform(2, 8), "report", place))
        acts.append(Act(after := after + rng.uniform(0.05, 0.5), "sign_off", place))
        acts.append(Act(after := after + rng.uniform(0.2, 1.5), "return", place))
    if steps >= 2:
        acts.append(Act(after := after + rng.uniform(2, 9), "report", place))
    if steps == 3:
        acts.append(Act(after + rng.uniform(0.05, 0.5), "sign_off", place))
    return acts


def squeeze(rng: Random, *, start: float, end: float, steps: list[float]) -> list[float]:
    """The moments of `steps` (days after `start`), drawn together where they would pass `end`."""
    longest = steps[-1]
    if start + longest >= end:
        scale = (end - start) * rng.uniform(*SQUEEZE) / longest
        steps = [step * scale for step in steps]
    return [start + step for step in steps]


def outcome(rng: Random, *, umbrella: bool) -> tuple[Finding, Disposition]:
    """A finding, and a disposition that goes with it."""
    finding = rng.choices(list(FINDINGS), list(FINDINGS.values()))[0]
    if umbrella and finding in (Finding.PROVEN, Finding.PARTLY_PROVEN):
        return finding, Disposition.TO_DISCIPLINE
    return finding, rng.choice(DISPOSITIONS[finding])
