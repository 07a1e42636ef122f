"""How a correction moves. What the office makes takes effect with its director's signature."""

from audit.machine import Machine, Transition
from reporting.corrections.permissions import receives, signs, writes
from reporting.corrections.states import CorrectionState as S

CORRECTION = Machine(
    Transition("submit", S.DRAFT, S.AWAITING_SIGNATURE, "送签", writes),
    Transition("submit", S.RETURNED, S.AWAITING_SIGNATURE, "送签", writes),
    Transition("withdraw", S.AWAITING_SIGNATURE, S.DRAFT, "撤回修改", writes),
    Transition("sign", S.DRAFT, S.SIGNED, "签字", signs),
    Transition("sign", S.AWAITING_SIGNATURE, S.SIGNED, "签字", signs),
    Transition("sign", S.RETURNED, S.SIGNED, "签字", signs),
    Transition("receive", S.SIGNED, S.RECEIVED, "签收生效", receives),
    Transition("return", S.SIGNED, S.RETURNED, "退回", receives, needs_note=True),
    Transition("drop", S.DRAFT, S.DROPPED, "放弃", writes),
    Transition("drop", S.AWAITING_SIGNATURE, S.DROPPED, "放弃", writes),
    Transition("drop", S.RETURNED, S.DROPPED, "放弃", writes),
)

#: Verbs of the timeline that change no state.
OTHER_LABELS = {"start": "开始填写", "edit": "修改"}


def verb_label(verb: str) -> str:
    return OTHER_LABELS.get(verb) or CORRECTION.label(verb)
