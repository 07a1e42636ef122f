"""How a clarification moves."""

from audit.machine import Machine, Transition
from leads.clarifications.permissions import can_decide, can_see_to
from leads.clarifications.states import ClarificationState as C

CLARIFICATION = Machine(
    Transition("approve", C.PROPOSED, C.APPROVED, "同意澄清", can_decide),
    Transition("reject", C.PROPOSED, C.REJECTED, "不同意澄清", can_decide, needs_note=True),
    Transition("make_known", C.APPROVED, C.DONE, "记录澄清", can_see_to),
    Transition("withdraw", C.PROPOSED, C.WITHDRAWN, "撤回澄清", can_see_to, needs_note=True),
    Transition("withdraw", C.APPROVED, C.WITHDRAWN, "撤回澄清", can_see_to, needs_note=True),
)
