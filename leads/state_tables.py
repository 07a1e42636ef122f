"""The machines of the leads, for the document that shows every machine."""

from __future__ import annotations

from audit.state_tables import StateTable
from leads import permissions
from leads.clarifications import permissions as clarifications
from leads.clarifications.machine import CLARIFICATION
from leads.clarifications.states import ClarificationState
from leads.disposals import permissions as disposals
from leads.disposals.machine import DISPOSAL
from leads.disposals.states import BatchState as DisposalState
from leads.imports import permissions as imports
from leads.imports.machine import BATCH as IMPORT
from leads.imports.states import BatchState as ImportState
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
    imports.can_work_batch: "the office of the town, unless the ledger concerns them",
    nobody: "nobody: follows the assignments, or the background does it",
}
TABLES = (
    StateTable("Lead", LEAD, LeadState, WHO),
    StateTable("Assignment", ASSIGNMENT, AssignmentState, WHO),
    StateTable("Request for more time", EXTENSION, ExtensionState, WHO),
    StateTable("Reward", REWARD, RewardState, WHO),
    StateTable("Request to see who reported", RELEASE, ReleaseState, WHO),
    StateTable("Clarification", CLARIFICATION, ClarificationState, WHO),
    StateTable("Batch of disposals", DISPOSAL, DisposalState, WHO),
    StateTable("Import of a ledger", IMPORT, ImportState, WHO),
)
