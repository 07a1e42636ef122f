"""How a lead, its assignments and requests for more time move: the tables that all else follows.

`docs/states.md` is made from them by `manage.py write_state_tables`.
"""

from rules import always_false as nobody

from audit.machine import Machine, Transition
from leads.permissions import (
    can_approve,
    can_correct_what_it_logged,
    can_decide_extension,
    can_handle,
    can_review_assignment,
    can_sign_feedback,
    can_work_assignment,
    can_work_extension,
)
from leads.states import AssignmentState as A
from leads.states import ExtensionState as E
from leads.states import LeadState as L

LEAD = Machine(
    Transition("accept", L.REGISTERED, L.ACCEPTED, "受理", can_handle),
    Transition("decline", L.REGISTERED, L.DECLINED, "不予受理", can_handle, needs_note=True),
    Transition("decline", L.ACCEPTED, L.DECLINED, "不予受理", can_handle, needs_note=True),
    Transition("assess", L.ACCEPTED, L.ASSESSED, "研判", can_handle),
    Transition("assign", L.ASSESSED, L.ASSIGNED, "转办", can_handle),
    # The next five only follow what happens to the assignments: nobody takes them by hand.
    Transition("start", L.ASSIGNED, L.VERIFYING, "开始核查", nobody),
    Transition("conclude", L.VERIFYING, L.REPORTED_BACK, "反馈完毕", nobody),
    Transition("reopen", L.REPORTED_BACK, L.VERIFYING, "退回核查", nobody),
    Transition("unassign", L.ASSIGNED, L.ASSESSED, "待重新转办", nobody),
    Transition("unassign", L.VERIFYING, L.ASSESSED, "待重新转办", nobody),
    Transition("propose_closing", L.REPORTED_BACK, L.AWAITING_CLOSURE, "报请办结", can_handle),
    Transition("recall_closing", L.AWAITING_CLOSURE, L.REPORTED_BACK, "撤回报批", can_handle),
    Transition(
        "reject_closing",
        L.AWAITING_CLOSURE,
        L.REPORTED_BACK,
        "不同意办结",
        can_approve,
        needs_note=True,
    ),
    Transition("close", L.REPORTED_BACK, L.CLOSED, "办结", can_approve),
    Transition("close", L.AWAITING_CLOSURE, L.CLOSED, "批准办结", can_approve),
    Transition("merge", L.REGISTERED, L.MERGED, "并案", can_handle, needs_note=True),
    Transition("merge", L.ACCEPTED, L.MERGED, "并案", can_handle, needs_note=True),
    Transition("merge", L.ASSESSED, L.MERGED, "并案", can_handle, needs_note=True),
    Transition("unmerge", L.MERGED, L.ACCEPTED, "撤销并案", can_handle, needs_note=True),
    Transition("refer", L.ACCEPTED, L.REFERRED, "移送上级", can_handle, needs_note=True),
    Transition("refer", L.ASSESSED, L.REFERRED, "移送上级", can_handle, needs_note=True),
    Transition("refer", L.REPORTED_BACK, L.REFERRED, "移送上级", can_handle, needs_note=True),
    Transition("archive", L.CLOSED, L.ARCHIVED, "归档", can_handle),
    Transition("archive", L.DECLINED, L.ARCHIVED, "归档", can_handle),
    Transition("archive", L.REFERRED, L.ARCHIVED, "归档", can_handle),
    Transition("restart", L.CLOSED, L.ACCEPTED, "重启", can_handle, needs_note=True),
    Transition("restart", L.DECLINED, L.ACCEPTED, "重启", can_handle, needs_note=True),
    Transition("restart", L.REFERRED, L.ACCEPTED, "重启", can_handle, needs_note=True),
    Transition("restart", L.ARCHIVED, L.ACCEPTED, "重启", can_handle, needs_note=True),
    # What was logged is set right before anyone works on it; the state stays.
    Transition("correct", L.REGISTERED, L.REGISTERED, "更正", can_correct_what_it_logged),
    Transition("correct", L.ACCEPTED, L.ACCEPTED, "更正", can_handle),
    Transition("correct", L.ASSESSED, L.ASSESSED, "更正", can_handle),
)

ASSIGNMENT = Machine(
    Transition("sign", A.PENDING, A.VERIFYING, "签收", can_work_assignment),
    Transition("refuse", A.PENDING, A.REFUSED, "退回交办", can_work_assignment, needs_note=True),
    Transition("refuse", A.VERIFYING, A.REFUSED, "退回交办", can_work_assignment, needs_note=True),
    Transition(
        "withdraw", A.PENDING, A.WITHDRAWN, "撤回交办", can_review_assignment, needs_note=True
    ),
    Transition("report", A.VERIFYING, A.AWAITING_SIGNATURE, "反馈送签", can_work_assignment),
    Transition("revise", A.AWAITING_SIGNATURE, A.VERIFYING, "退回修改", can_work_assignment),
    # The leader may also write the feedback, and sign it in one go.
    Transition("sign_off", A.VERIFYING, A.REPORTED, "签字反馈", can_sign_feedback),
    Transition("sign_off", A.AWAITING_SIGNATURE, A.REPORTED, "签字反馈", can_sign_feedback),
    Transition("return", A.REPORTED, A.VERIFYING, "退回", can_review_assignment, needs_note=True),
    Transition("return", A.ACCEPTED, A.VERIFYING, "退回", can_review_assignment, needs_note=True),
    Transition("approve", A.REPORTED, A.ACCEPTED, "审核通过", can_review_assignment),
)

EXTENSION = Machine(
    Transition("grant", E.ASKED, E.GRANTED, "批准延期", can_decide_extension),
    Transition("deny", E.ASKED, E.DENIED, "不同意延期", can_decide_extension, needs_note=True),
    Transition("drop", E.ASKED, E.DROPPED, "撤回延期申请", can_work_extension),
)

#: Verbs of the timeline that are not changes of state.
OTHER_LABELS = {
    "register": "登记",
    "import": "导入",
    "add_units": "加派",
    "progress": "进展",
    "remind": "催办",
    "acknowledge": "知悉重大线索",
    "ask_extension": "申请延期",
    "receipt": "收到移送回执",
    "follow_up": "回访",
    "split": "拆分",
    "split_from": "由拆分产生",
    "take_in": "并入",
    "let_go": "撤销并入",
    "attach": "添加附件",
    "detach": "撤下附件",
    "recuse": "回避",
    "lift": "解除回避",
    "circle": "调整知悉范围",
    "grant_reading": "授权查阅",
    "end_reading": "终止查阅",
    "urgent_look": "紧急查阅",
    "know_urgent": "知悉紧急查阅",
    "issue_code": "发放查询码",
    "replace_code": "补发查询码",
    "supplement": "举报人补充",
    "read_supplement": "阅处举报人补充",
    "share_supplement": "阅处并转承办单位",
    "reply": "答复举报人",
    "propose_clarification": "提出澄清",
    "approve_clarification": "同意澄清",
    "reject_clarification": "不同意澄清",
    "withdraw_clarification": "撤回澄清",
    "make_known_clarification": "记录澄清",
    "restrict": "转为受限",
    "keep_open": "解除（暂缓）受限",
    "hold": "暂停处置",
    "lift_hold": "恢复处置",
}
#: Verbs on a lead itself that are the office's own affair: no unit reads them.
OFFICE_VERBS = (
    *("recuse", "lift", "circle"),
    *("grant_reading", "end_reading", "urgent_look", "know_urgent"),
    *("issue_code", "replace_code", "reply"),
    *("supplement", "read_supplement", "share_supplement"),
    *("keep_open", "hold", "lift_hold"),
    *("propose_clarification", "approve_clarification", "reject_clarification"),
    *("withdraw_clarification", "make_known_clarification"),
)


def verb_label(verb: str, source: str = "") -> str:
    """The word for `verb` in a timeline, whichever table it comes from.

    `source` is the state that the step left, where one verb has different words.
    """
    if verb in OTHER_LABELS:
        return OTHER_LABELS[verb]
    for machine in (LEAD, ASSIGNMENT, EXTENSION):
        found = machine.find(verb, source)
        if found is not None:
            return found.label
        label = machine.label(verb)
        if label != verb:
            return label
    return verb
