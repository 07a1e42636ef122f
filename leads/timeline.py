"""Who is next: the step that a lead waits for, shown at the end of its timeline."""

from dataclasses import dataclass

from departments.models import Account
from leads.models import Lead
from leads.states import AssignmentState, LeadState

OFFICE_STEPS = {
    LeadState.REGISTERED: "受理研判",
    LeadState.ACCEPTED: "研判",
    LeadState.ASSESSED: "转办",
    LeadState.REPORTED_BACK: "审核办结",
}
UNIT_STEPS = {AssignmentState.PENDING: "签收", AssignmentState.VERIFYING: "核查反馈"}


@dataclass(frozen=True)
class AwaitedStep:
    """A step that has not happened, in the shape of a timeline row."""

    verb_label: str
    unit_name: str
    at: None = None
    actor_name: str = ""
    note: str = ""
    from_label: str = ""
    to_label: str = ""
    is_current: bool = True


def awaited_step(lead: Lead, user: Account) -> list[AwaitedStep]:
    """The next step of each who has one, as far as `user` sees them; empty when all is done."""
    if lead.state in OFFICE_STEPS:
        return [AwaitedStep(OFFICE_STEPS[lead.state], "扫黑办")]
    if not lead.is_open:
        return []
    waiting = lead.assignments.visible_to(user).filter(state__in=UNIT_STEPS)
    waiting = waiting.select_related("unit")
    return [AwaitedStep(UNIT_STEPS[item.state], item.unit.name) for item in waiting]
