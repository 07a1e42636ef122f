"""Where a reward stands."""

from django.db import models


class RewardState(models.TextChoices):
    PROPOSED = "proposed", "待初审"
    APPROVED_ONCE = "approved_once", "待复审"
    APPROVED = "approved", "待发放"
    PAID = "paid", "已发放"
    REJECTED = "rejected", "未批准"
    WITHDRAWN = "withdrawn", "已撤回"


#: Those that came to nothing: another may be proposed.
VOID = (RewardState.REJECTED, RewardState.WITHDRAWN)
TONES = {
    RewardState.PROPOSED: "warn",
    RewardState.APPROVED_ONCE: "warn",
    RewardState.APPROVED: "active",
    RewardState.PAID: "ok",
    RewardState.REJECTED: "idle",
    RewardState.WITHDRAWN: "idle",
}
