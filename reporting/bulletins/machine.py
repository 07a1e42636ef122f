"""How a bulletin moves. Once issued it moves no more."""

from audit.machine import Machine, Transition
from reporting.bulletins.permissions import approves, prepares
from reporting.bulletins.states import BulletinState as S

BULLETIN = Machine(
    Transition("submit", S.DRAFT, S.SUBMITTED, "报请审批", prepares),
    Transition("withdraw", S.SUBMITTED, S.DRAFT, "撤回修改", prepares),
    Transition("return", S.SUBMITTED, S.DRAFT, "退回修改", approves, needs_note=True),
    Transition("issue", S.SUBMITTED, S.ISSUED, "批准印发", approves),
)

#: Verbs of the timeline that change no state.
OTHER_LABELS = {
    "make": "生成通报",
    "edit": "修改",
    "refresh": "重新取数",
    "remind": "提醒阅读",
}


def verb_label(verb: str) -> str:
    return OTHER_LABELS.get(verb) or BULLETIN.label(verb)
