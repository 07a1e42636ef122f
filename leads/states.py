"""The states of a lead and of an assignment, and the words for how a lead ends."""

from django.db import models


class LeadState(models.TextChoices):
    REGISTERED = "registered", "已登记"
    ACCEPTED = "accepted", "已受理"
    DECLINED = "declined", "不予受理"
    ASSESSED = "assessed", "已研判"
    ASSIGNED = "assigned", "已转办"
    VERIFYING = "verifying", "核查中"
    REPORTED_BACK = "reported_back", "已反馈"
    AWAITING_CLOSURE = "awaiting_closure", "待批办结"
    CLOSED = "closed", "已办结"
    MERGED = "merged", "已并案"
    REFERRED = "referred", "已移送上级"
    ARCHIVED = "archived", "已归档"


class AssignmentState(models.TextChoices):
    PENDING = "pending", "待签收"
    VERIFYING = "verifying", "核查中"
    AWAITING_SIGNATURE = "awaiting_signature", "反馈待签"
    REPORTED = "reported", "已反馈"
    ACCEPTED = "accepted", "已审核"
    REFUSED = "refused", "已退回交办"
    WITHDRAWN = "withdrawn", "已撤回"


class ExtensionState(models.TextChoices):
    """Where a unit's request for more time stands. No value is also one of an assignment's."""

    ASKED = "asked", "待审批"
    GRANTED = "granted", "已批准"
    DENIED = "denied", "未批准"
    DROPPED = "dropped", "已撤回申请"


class Finding(models.TextChoices):
    """What verification found: a statement about the allegation, never about a person."""

    PROVEN = "proven", "查实"
    PARTLY_PROVEN = "partly_proven", "部分查实"
    DISPROVEN = "disproven", "查否"
    DOUBTFUL = "doubtful", "存疑"
    UNVERIFIABLE = "unverifiable", "无法核查"


#: What was not found to be so: such a lead fades from view (`leads.fading`).
UNPROVEN = (Finding.DISPROVEN, Finding.DOUBTFUL, Finding.UNVERIFIABLE)


class Disposition(models.TextChoices):
    """What follows from the finding: a separate axis."""

    CASE_FILED = "case_filed", "立案"
    TO_DISCIPLINE = "to_discipline", "移送纪检"
    ADMINISTRATIVE = "administrative", "行政处理"
    SECTOR_CLEANUP = "sector_cleanup", "转行业整治"
    NO_ACTION = "no_action", "不予处理"
    CLARIFIED = "clarified", "澄清"


class ReporterKind(models.TextChoices):
    """Whether the reporter gave a name; the name itself is never kept with the lead."""

    NAMED = "named", "实名"
    ANONYMOUS = "anonymous", "匿名"
    NONE = "none", "非群众举报"


class ContactWay(models.TextChoices):
    """How a reporter was called back."""

    PHONE = "phone", "电话"
    IN_PERSON = "in_person", "当面"
    WRITTEN = "written", "书面"
    NOT_REACHED = "not_reached", "未联系上"


class Attitude(models.TextChoices):
    """What a reporter thinks of how the lead was handled."""

    SATISFIED = "satisfied", "满意"
    FAIRLY_SATISFIED = "fairly_satisfied", "基本满意"
    DISSATISFIED = "dissatisfied", "不满意"
    NOT_SAID = "not_said", "未表态"


class Secrecy(models.TextChoices):
    """How wide the circle of those is who read a lead; never a classification.

    A limited lead is read by the director, whoever of the office logged it, its handlers
    (`leads.circle`) and the units that have it. The rest of the office and the town's leaders see
    its number and how it stands.
    """

    NORMAL = "normal", "普通"
    LIMITED = "limited", "限定"


class AssignmentRole(models.TextChoices):
    LEAD = "lead", "主办"
    ASSIST = "assist", "协办"


#: States in which the next step is the office's.
WAITING_FOR_OFFICE = (
    LeadState.REGISTERED,
    LeadState.ACCEPTED,
    LeadState.ASSESSED,
    LeadState.REPORTED_BACK,
)
#: States in which units have the lead.
WITH_UNITS = (LeadState.ASSIGNED, LeadState.VERIFYING, LeadState.REPORTED_BACK)
#: States in which nothing more is to be done.
ENDED = (
    LeadState.DECLINED,
    LeadState.CLOSED,
    LeadState.MERGED,
    LeadState.REFERRED,
    LeadState.ARCHIVED,
)
OPEN = tuple(state for state in LeadState if state not in ENDED)
#: Assignments whose unit still has work to do.
WAITING_FOR_UNIT = (
    AssignmentState.PENDING,
    AssignmentState.VERIFYING,
    AssignmentState.AWAITING_SIGNATURE,
)
#: Assignments that came to nothing: their unit no longer has the lead.
VOID = (AssignmentState.REFUSED, AssignmentState.WITHDRAWN)

#: The tones of the dots beside the words of states (docs/frontend.md), one table for each machine,
#: since two machines may share a code: filled while work goes on (any state that is not here),
#: green when it is done, hollow where none has begun or none will.
LEAD_TONES = {
    LeadState.DECLINED: "idle",
    LeadState.CLOSED: "ok",
    LeadState.MERGED: "idle",
    LeadState.REFERRED: "idle",
    LeadState.ARCHIVED: "ok",
}
ASSIGNMENT_TONES = {
    AssignmentState.PENDING: "idle",
    AssignmentState.ACCEPTED: "ok",
    AssignmentState.REFUSED: "idle",
    AssignmentState.WITHDRAWN: "idle",
}
EXTENSION_TONES = {
    ExtensionState.ASKED: "warn",
    ExtensionState.GRANTED: "ok",
    ExtensionState.DENIED: "idle",
    ExtensionState.DROPPED: "idle",
}
UNDER_WAY = "active"
