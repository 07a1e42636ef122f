"""How a weekly report moves."""

from audit.machine import Machine, Transition
from reporting.weekly.permissions import receives, reports_for, signs_for
from reporting.weekly.states import WeeklyState as S

WEEKLY = Machine(
    Transition("submit", S.DRAFT, S.AWAITING_SIGNATURE, "送签", reports_for),
    Transition("submit", S.RETURNED, S.AWAITING_SIGNATURE, "送签", reports_for),
    Transition("withdraw", S.AWAITING_SIGNATURE, S.DRAFT, "撤回修改", reports_for),
    # The leader may also write the report, or mend it, and sign it in one go.
    Transition("sign", S.DRAFT, S.SIGNED, "签字报送", signs_for),
    Transition("sign", S.AWAITING_SIGNATURE, S.SIGNED, "签字报送", signs_for),
    Transition("sign", S.RETURNED, S.SIGNED, "签字报送", signs_for),
    Transition("receive", S.SIGNED, S.RECEIVED, "签收", receives),
    Transition("return", S.SIGNED, S.RETURNED, "退回", receives, needs_note=True),
)

#: Verbs of the timeline that change no state.
OTHER_LABELS = {
    "start": "开始填报",
    "edit": "修改",
    "correct": "更正生效",
    "attach": "添加附件",
    "detach": "撤下附件",
    "scan": "上传盖章扫描件",
}


def verb_label(verb: str) -> str:
    return OTHER_LABELS.get(verb) or WEEKLY.label(verb)
