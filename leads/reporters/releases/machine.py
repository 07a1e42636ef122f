"""How a request for an identity moves."""

from audit.machine import Machine, Transition
from leads.reporters.permissions import can_decide, can_end, can_withdraw
from leads.reporters.releases.states import ReleaseState as R

RELEASE = Machine(
    Transition("approve", R.ASKED, R.APPROVED, "批准调阅", can_decide),
    Transition("reject", R.ASKED, R.REJECTED, "不同意调阅", can_decide, needs_note=True),
    Transition("withdraw", R.ASKED, R.WITHDRAWN, "撤回调阅申请", can_withdraw),
    # Also what the clock does when the time is over.
    Transition("end", R.APPROVED, R.ENDED, "结束调阅", can_end),
)
