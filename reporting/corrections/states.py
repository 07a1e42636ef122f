"""Where a correction stands."""

from django.db import models


class CorrectionState(models.TextChoices):
    DRAFT = "draft", "草稿"
    AWAITING_SIGNATURE = "awaiting_signature", "待签"
    SIGNED = "signed", "已签待收"
    RECEIVED = "received", "已生效"
    RETURNED = "returned", "退回"
    DROPPED = "dropped", "已放弃"


SIGNED = (CorrectionState.SIGNED, CorrectionState.RECEIVED)
EDITABLE = (CorrectionState.DRAFT, CorrectionState.RETURNED)
#: What the other side, of unit and office, may read: a draft is its side's own paper.
SHOWN_OUTSIDE = (*SIGNED, CorrectionState.RETURNED)
ENDED = (CorrectionState.RECEIVED, CorrectionState.DROPPED)

TONES = {
    CorrectionState.DRAFT: "idle",
    CorrectionState.AWAITING_SIGNATURE: "warn",
    CorrectionState.SIGNED: "active",
    CorrectionState.RECEIVED: "ok",
    CorrectionState.RETURNED: "late",
    CorrectionState.DROPPED: "idle",
}
