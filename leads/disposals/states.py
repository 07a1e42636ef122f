"""Kinds of outcome, and where a batch of disposals and each of its leads stand."""

from django.db import models

from leads.states import Finding, LeadState


class OutcomeKind(models.TextChoices):
    """How a lead ended: what its retention goes by."""

    PROVEN = "proven", "查实、部分查实"
    DISPROVEN = "disproven", "查否"
    UNCLEAR = "unclear", "存疑、无法核查"
    DECLINED = "declined", "不予受理"
    REFERRED = "referred", "移送上级"


FINDINGS = {
    OutcomeKind.PROVEN: (Finding.PROVEN, Finding.PARTLY_PROVEN),
    OutcomeKind.DISPROVEN: (Finding.DISPROVEN,),
    OutcomeKind.UNCLEAR: (Finding.DOUBTFUL, Finding.UNVERIFIABLE),
}
#: Leads in these are disposed of when their time has passed. One that was merged goes with the
#: lead that it became part of.
ENDED = (LeadState.CLOSED, LeadState.DECLINED, LeadState.REFERRED, LeadState.ARCHIVED)


class BatchState(models.TextChoices):
    PROPOSED = "proposed", "待复核"
    REVIEWED = "reviewed", "待批准"
    APPROVED = "approved", "已批准"
    RUNNING = "running", "处置中"
    DONE = "done", "已完成"
    WITHDRAWN = "withdrawn", "已撤回"


#: Not begun yet.
BEFORE = (BatchState.PROPOSED, BatchState.REVIEWED, BatchState.APPROVED)
#: Two people have agreed.
AGREED = (BatchState.APPROVED, BatchState.RUNNING, BatchState.DONE)
TONES = {
    BatchState.PROPOSED: "active",
    BatchState.REVIEWED: "warn",
    BatchState.APPROVED: "active",
    BatchState.RUNNING: "active",
    BatchState.DONE: "ok",
    BatchState.WITHDRAWN: "idle",
}


class Decision(models.TextChoices):
    """What the review says of one lead; nothing, as long as nobody has looked at it."""

    DISPOSE = "dispose", "处置"
    KEEP = "keep", "继续留存"


class ItemOutcome(models.TextChoices):
    WAITING = "waiting", "未处置"
    DISPOSED = "disposed", "已处置"
    KEPT = "kept", "继续留存"
    HELD = "held", "暂停处置"
    BLOCKED = "blocked", "有未了事项，没有处置"
    RELEASED = "released", "批次已撤回"


ITEM_TONES = {
    ItemOutcome.WAITING: "active",
    ItemOutcome.DISPOSED: "ok",
    ItemOutcome.KEPT: "idle",
    ItemOutcome.HELD: "warn",
    ItemOutcome.BLOCKED: "late",
    ItemOutcome.RELEASED: "idle",
}
