"""How a batch of disposals moves."""

from rules import always_false as nobody

from audit.machine import Machine, Transition
from leads.disposals.permissions import (
    can_approve_disposal,
    can_review,
    can_send_back,
    can_withdraw,
)
from leads.disposals.states import BEFORE
from leads.disposals.states import BatchState as B

DISPOSAL = Machine(
    Transition("submit", B.PROPOSED, B.REVIEWED, "复核完毕，送批", can_review),
    Transition("send_back", B.REVIEWED, B.PROPOSED, "退回复核", can_send_back, needs_note=True),
    Transition("approve", B.REVIEWED, B.APPROVED, "批准处置", can_approve_disposal),
    # The background does what was approved.
    Transition("start", B.APPROVED, B.RUNNING, "开始处置", nobody),
    Transition("finish", B.RUNNING, B.DONE, "处置完毕", nobody),
    *(
        Transition("withdraw", state, B.WITHDRAWN, "撤回", can_withdraw, needs_note=True)
        for state in BEFORE
    ),
)
#: Verbs of the timeline that no transition has.
OTHER_LABELS = {"propose": "提出"}


def verb_label(verb: str) -> str:
    return OTHER_LABELS.get(verb) or DISPOSAL.label(verb)
