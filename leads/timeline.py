"""Who is next: the step that a lead waits for, shown at the end of its timeline."""

from dataclasses import dataclass

from departments.models import Account
from leads.models import Extension, Lead
from leads.states import AssignmentState, LeadState

OFFICE_STEPS = {
    LeadState.REGISTERED: "受理研判",
    LeadState.ACCEPTED: "研判",
    LeadState.ASSESSED: "转办",
    LeadState.REPORTED_BACK: "审核办结",
}
UNIT_STEPS = {
    AssignmentState.PENDING: "签收",
    AssignmentState.VERIFYING: "核查反馈",
    AssignmentState.AWAITING_SIGNATURE: "负责人签字",
}


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


def awaited_step(lead: Lead, user: Account, *, adds: bool = False) -> list[AwaitedStep]:
    """The next step of each who has one, as far as `user` sees them; empty when all is done.

    `adds`: the reporter has added something that the office has not read.
    """
    read = [AwaitedStep("阅处举报人补充", "扫黑办")] if adds else []
    return _of_the_lead(lead, user) + read


def _of_the_lead(lead: Lead, user: Account) -> list[AwaitedStep]:
    if lead.state in OFFICE_STEPS:
        return [AwaitedStep(OFFICE_STEPS[lead.state], "扫黑办")]
    if lead.state == LeadState.AWAITING_CLOSURE:
        return [AwaitedStep("批准办结", "扫黑办主任")]
    if lead.state == LeadState.REFERRED and lead.referrals.filter(received_on=None).exists():
        return [AwaitedStep("登记移送回执", "扫黑办")]
    if not lead.is_open:
        return []
    waiting = lead.assignments.visible_to(user).filter(state__in=UNIT_STEPS)
    waiting = waiting.select_related("unit")
    steps = [AwaitedStep(UNIT_STEPS[item.state], item.unit.name) for item in waiting]
    if Extension.objects.visible_to(user).open().filter(assignment__lead=lead).exists():
        steps.append(AwaitedStep("审批延期", "扫黑办主任"))
    return steps
