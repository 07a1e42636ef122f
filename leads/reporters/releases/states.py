"""Where a request for an identity stands."""

from django.db import models


class ReleaseState(models.TextChoices):
    ASKED = "asked", "待审批"
    APPROVED = "approved", "已批准"
    REJECTED = "rejected", "未批准"
    WITHDRAWN = "withdrawn", "已撤回"
    ENDED = "ended", "已结束"


#: A person has at most one request about a lead in these.
LIVE = (ReleaseState.ASKED, ReleaseState.APPROVED)
TONES = {
    ReleaseState.ASKED: "warn",
    ReleaseState.APPROVED: "active",
    ReleaseState.REJECTED: "idle",
    ReleaseState.WITHDRAWN: "idle",
    ReleaseState.ENDED: "idle",
}
#: The longest that a release may last, whatever the director says, in days.
MOST_DAYS = 14
