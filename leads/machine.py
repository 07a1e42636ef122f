"""How a lead and its assignments move: the two tables that everything else follows."""

from audit.machine import Machine, Transition
from leads.permissions import (
    can_handle,
    can_read_content,
    can_review_assignment,
    can_work_assignment,
)
from leads.states import AssignmentState as A
from leads.states import LeadState as L

LEAD = Machine(
    Transition("accept", L.REGISTERED, L.ACCEPTED, "受理", can_handle),
    Transition("decline", L.REGISTERED, L.DECLINED, "不予受理", can_handle, needs_note=True),
    Transition("assess", L.ACCEPTED, L.ASSESSED, "研判", can_handle),
    Transition("assign", L.ASSESSED, L.ASSIGNED, "转办", can_handle),
    # The next three follow the assignments: whoever moved one moves the lead with it.
    Transition("start", L.ASSIGNED, L.VERIFYING, "开始核查", can_read_content),
    Transition("conclude", L.VERIFYING, L.REPORTED_BACK, "反馈完毕", can_read_content),
    Transition("reopen", L.REPORTED_BACK, L.VERIFYING, "退回核查", can_handle),
    Transition("close", L.REPORTED_BACK, L.CLOSED, "办结", can_handle),
)

ASSIGNMENT = Machine(
    Transition("sign", A.PENDING, A.VERIFYING, "签收", can_work_assignment),
    Transition("report", A.VERIFYING, A.REPORTED, "反馈", can_work_assignment),
    Transition("return", A.REPORTED, A.VERIFYING, "退回", can_review_assignment, needs_note=True),
    Transition("approve", A.REPORTED, A.ACCEPTED, "审核通过", can_review_assignment),
)

#: Verbs of the timeline that are not changes of state.
OTHER_LABELS = {"register": "登记"}


def verb_label(verb: str) -> str:
    """The word for `verb` in a timeline, whichever table it comes from."""
    if verb in OTHER_LABELS:
        return OTHER_LABELS[verb]
    label = LEAD.label(verb)
    return label if label != verb else ASSIGNMENT.label(verb)
