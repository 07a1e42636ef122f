"""The transition tables as a document, made from the machines themselves."""

from __future__ import annotations

from rules import Predicate

from audit.machine import Machine, Transition
from leads import permissions
from leads.clarifications import permissions as clarifications
from leads.clarifications.machine import CLARIFICATION
from leads.clarifications.states import ClarificationState
from leads.disposals import permissions as disposals
from leads.disposals.machine import DISPOSAL
from leads.disposals.states import BatchState
from leads.machine import ASSIGNMENT, EXTENSION, LEAD, nobody
from leads.reporters import permissions as reporters
from leads.reporters.releases.machine import RELEASE
from leads.reporters.releases.states import ReleaseState
from leads.rewards import permissions as rewards
from leads.rewards.machine import REWARD
from leads.rewards.states import RewardState
from leads.states import AssignmentState, ExtensionState, LeadState

WHO = {
    permissions.can_handle: "the office of the town, unless the lead concerns them",
    permissions.can_correct_what_it_logged: "the office of the town, and the unit that logged it",
    permissions.can_approve: "the office's director, unless the lead concerns them",
    permissions.can_work_assignment: "liaison or leader of the assigned unit",
    permissions.can_sign_feedback: "leader of the assigned unit",
    permissions.can_review_assignment: "the office of the town, unless the lead concerns them",
    permissions.can_decide_extension: "the office's director, unless the lead concerns them",
    permissions.can_work_extension: "liaison or leader of the unit that asked",
    rewards.can_approve_first: "the office's director, who did not propose it",
    rewards.can_approve_second: "a town leader, who neither proposed nor approved it",
    rewards.can_pay: "the office of the town, who did not approve it",
    rewards.can_withdraw: "the office of the town",
    reporters.can_decide: "the office's director, never of one's own request",
    reporters.can_withdraw: "whoever asked",
    reporters.can_end: "whoever asked, the office's director, a custodian; the clock",
    clarifications.can_decide: "the office's director, unless the lead concerns them",
    clarifications.can_see_to: "the office of the town, unless the lead concerns them",
    disposals.can_review: "the office of the town",
    disposals.can_send_back: "the office's director",
    disposals.can_approve_disposal: "the office's director, who neither proposed nor reviewed it",
    nobody: "nobody: follows the assignments, or the background does it",
}
TABLES = (
    ("Lead", LEAD, LeadState),
    ("Assignment", ASSIGNMENT, AssignmentState),
    ("Request for more time", EXTENSION, ExtensionState),
    ("Reward", REWARD, RewardState),
    ("Request to see who reported", RELEASE, ReleaseState),
    ("Clarification", CLARIFICATION, ClarificationState),
    ("Batch of disposals", DISPOSAL, BatchState),
)


def document() -> str:
    """Every table, in the order of the code. A database trigger refuses every other change."""
    parts = [
        "# States\n\nMade from `leads/machine.py` by `manage.py write_state_tables`; do not edit.\n"
    ]
    for title, machine, states in TABLES:
        names = dict(states.choices)
        rows = [_row(transition, names) for transition in machine.transitions]
        head = "| from | verb | to | who | needs a reason |\n|---|---|---|---|---|\n"
        parts.append(f"\n## {title}\n\n{head}{''.join(rows)}\n{_ends(machine, names)}\n")
    return "".join(parts)


def _row(transition: Transition, names: dict[str, str]) -> str:
    source, target = (f"{names[one]} `{one}`" for one in (transition.source, transition.target))
    needs = "yes" if transition.needs_note else ""
    verb = f"{transition.label} `{transition.verb}`"
    return f"| {source} | {verb} | {target} | {_who(transition.who)} | {needs} |\n"


def _who(predicate: Predicate) -> str:
    return WHO[predicate]


def _ends(machine: Machine, names: dict[str, str]) -> str:
    left = {str(transition.source) for transition in machine.transitions}
    ends = [f"{label} `{state}`" for state, label in names.items() if state not in left]
    return f"Ends: {', '.join(ends)}." if ends else "Every state can be left."
