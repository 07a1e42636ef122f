"""How a reward moves."""

from audit.machine import Machine, Transition
from leads.rewards.permissions import (
    can_approve_first,
    can_approve_second,
    can_pay,
    can_withdraw,
)
from leads.rewards.states import RewardState as R

REWARD = Machine(
    Transition("approve", R.PROPOSED, R.APPROVED_ONCE, "初审同意", can_approve_first),
    Transition("reject", R.PROPOSED, R.REJECTED, "不同意", can_approve_first, needs_note=True),
    Transition("approve", R.APPROVED_ONCE, R.APPROVED, "复审同意", can_approve_second),
    Transition(
        "reject", R.APPROVED_ONCE, R.REJECTED, "不同意", can_approve_second, needs_note=True
    ),
    Transition("pay", R.APPROVED, R.PAID, "发放", can_pay),
    Transition("withdraw", R.PROPOSED, R.WITHDRAWN, "撤回", can_withdraw, needs_note=True),
    Transition("withdraw", R.APPROVED_ONCE, R.WITHDRAWN, "撤回", can_withdraw, needs_note=True),
    Transition("withdraw", R.APPROVED, R.WITHDRAWN, "撤回", can_withdraw, needs_note=True),
)


def verb_label(verb: str, source: str) -> str:
    if verb == "propose":
        return "提出"
    found = REWARD.find(verb, source)
    return found.label if found else verb
