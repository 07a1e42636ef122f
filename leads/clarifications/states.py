"""Where a clarification stands, and how it is made known."""

from django.db import models

from leads.states import Finding

#: Findings by which something was verified to be untrue. What could not be verified is not untrue.
UNTRUE = (Finding.DISPROVEN, Finding.PARTLY_PROVEN)


class ClarificationState(models.TextChoices):
    PROPOSED = "proposed", "待批准"
    APPROVED = "approved", "待澄清"
    DONE = "done", "已澄清"
    REJECTED = "rejected", "未批准"
    WITHDRAWN = "withdrawn", "已撤回"


class Made(models.TextChoices):
    """How somebody's name is cleared; it is for them to say whether anybody hears of it."""

    IN_PERSON = "in_person", "当面澄清"
    IN_UNIT = "in_unit", "单位范围澄清"
    WRITTEN = "written", "书面澄清"
    IN_PUBLIC = "in_public", "公开场合澄清"
    UNWANTED = "unwanted", "本人不愿公开"


#: Ways that have a place.
HELD = (Made.IN_PERSON, Made.IN_UNIT, Made.IN_PUBLIC)
#: No longer to be made known.
VOID = (ClarificationState.REJECTED, ClarificationState.WITHDRAWN)
TONES = {
    ClarificationState.PROPOSED: "warn",
    ClarificationState.APPROVED: "active",
    ClarificationState.DONE: "ok",
    ClarificationState.REJECTED: "idle",
    ClarificationState.WITHDRAWN: "idle",
}
