"""Where a weekly report stands, and how a unit stands that has none."""

from django.db import models


class WeeklyState(models.TextChoices):
    DRAFT = "draft", "草稿"
    AWAITING_SIGNATURE = "awaiting_signature", "待签"
    SIGNED = "signed", "已签待收"
    RECEIVED = "received", "已签收"
    RETURNED = "returned", "退回"


#: Signed by the unit's leader: only then has the unit reported.
FILED = (WeeklyState.SIGNED, WeeklyState.RECEIVED)
#: What the office and leaders may read: a draft is not yet the unit's word.
SHOWN_OUTSIDE = (*FILED, WeeklyState.RETURNED)
EDITABLE = (WeeklyState.DRAFT, WeeklyState.RETURNED)

#: The status of a unit without a report. It is never shown, nor counted, as zero.
MISSING = "missing"
MISSING_LABEL = "未报"
#: The status of a unit that need not report in the week.
EXEMPT = "exempt"
EXEMPT_LABEL = "免报"
#: Those of the filed reports that say, signed, that there was nothing.
ZERO = "zero"
ZERO_LABEL = "零报告"

#: Every status of the board, in its order: each unit has just one.
STATUSES = {
    MISSING: MISSING_LABEL,
    WeeklyState.DRAFT.value: WeeklyState.DRAFT.label,
    WeeklyState.AWAITING_SIGNATURE.value: WeeklyState.AWAITING_SIGNATURE.label,
    WeeklyState.RETURNED.value: WeeklyState.RETURNED.label,
    WeeklyState.SIGNED.value: WeeklyState.SIGNED.label,
    WeeklyState.RECEIVED.value: WeeklyState.RECEIVED.label,
    EXEMPT: EXEMPT_LABEL,
}
TONES = {
    MISSING: "late",
    WeeklyState.DRAFT.value: "idle",
    WeeklyState.AWAITING_SIGNATURE.value: "warn",
    WeeklyState.RETURNED.value: "late",
    WeeklyState.SIGNED.value: "active",
    WeeklyState.RECEIVED.value: "ok",
    EXEMPT: "idle",
}


def tone_of(status: str, *, is_past_due: bool) -> str:
    """The tone of a unit's status: who has not reported is late once it is due, not before."""
    return "idle" if status == MISSING and not is_past_due else TONES[status]
