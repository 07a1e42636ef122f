"""How a weekly report moves."""

from audit.machine import Machine, Transition
from reporting.weekly.permissions import receives, reports_for, signs_for
from reporting.weekly.states import WeeklyState as S


def _row(verb, source, target, label, who, *, needs_note=False):
    return Transition(
        verb=verb, source=source, target=target, label=label, who=who, needs_note=needs_note
    )


WEEKLY = Machine(
    _row("submit", S.DRAFT, S.AWAITING_SIGNATURE, "送签", reports_for),
    _row("submit", S.RETURNED, S.AWAITING_SIGNATURE, "送签", reports_for),
    _row("withdraw", S.AWAITING_SIGNATURE, S.DRAFT, "撤回修改", reports_for),
    # The leader may also write the report, or mend it, and sign it in one go.
    _row("sign", S.DRAFT, S.SIGNED, "签字报送", signs_for),
    _row("sign", S.AWAITING_SIGNATURE, S.SIGNED, "签字报送", signs_for),
    _row("sign", S.RETURNED, S.SIGNED, "签字报送", signs_for),
    _row("receive", S.SIGNED, S.RECEIVED, "签收", receives),
    _row("return", S.SIGNED, S.RETURNED, "退回", receives, needs_note=True),
)

#: Verbs of the timeline that change no state.
OTHER_LABELS = {"start": "开始填报", "edit": "修改"}


def verb_label(verb: str) -> str:
    return OTHER_LABELS.get(verb) or WEEKLY.label(verb)
