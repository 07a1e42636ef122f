"""What a person can do with a lead besides the next step: the menu of its page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from departments.models import Account
from leads.circle.permissions import can_grant_reading
from leads.codes.permissions import can_issue, has_a_reporter
from leads.conflicts.permissions import can_recuse
from leads.fading.permissions import can_keep_open
from leads.machine import LEAD
from leads.models import Lead
from leads.permissions import can_handle
from leads.rewards.services import can_be_rewarded
from leads.services.afterwards import CONTACTABLE
from leads.states import WITH_UNITS, LeadState, ReporterKind


@dataclass(frozen=True)
class Action:
    label: str
    url: str


#: Steps of the lead that are offered in its menu, by verb.
STEPS = {
    "correct": "更正",
    "merge": "并案",
    "unmerge": "撤销并案",
    "refer": "移送上级",
    "decline": "不予受理",
    "archive": "归档",
    "restart": "重启办理",
}


def actions_for(user: Account, lead: Lead) -> list[Action]:
    """The menu, in the order of a lead's life; empty for who only reads."""
    verbs = {transition.verb for transition in LEAD.open_to(user, lead)}
    if "correct" in verbs and lead.was_assigned:
        verbs.remove("correct")
    names = _of_the_office(lead, user) if can_handle.test(user, lead) else []
    if can_grant_reading.test(user, lead):
        names.append(("grant_reading", "授权镇领导查阅"))
    if lead.fades and can_keep_open.test(user, lead):
        names.append(("keep_open", "解除受限" if lead.is_restricted else "暂缓受限"))
    if can_issue.test(user, lead) and has_a_reporter.test(user, lead):
        names.append(("code", "查询码"))
    if can_recuse.test(user, lead):
        names.append(("recuse", "申请回避"))
    names += [(verb, label) for verb, label in STEPS.items() if verb in verbs]
    return [Action(label, reverse(f"leads:{name}", args=[lead.number])) for name, label in names]


def _of_the_office(lead: Lead, user: Account) -> list[tuple[str, str]]:
    """What the office does with a lead as it stands, besides its steps."""
    offered = (
        (lead.state in WITH_UNITS, "add_units", "加派单位"),
        (lead.is_open, "split", "拆分"),
        (
            lead.reporter_kind == ReporterKind.NAMED and lead.state in CONTACTABLE,
            "follow_up",
            "记录回访",
        ),
        (can_be_rewarded(lead), "lead_reward", "举报奖励"),
        (has_a_reporter.test(user, lead), "reply", "答复举报人"),
        (_waits_for_receipt(lead), "receipt", "登记移送回执"),
        (True, "circle", "知悉范围"),
        (not lead.is_open, "hold", "暂停处置"),
    )
    return [(name, label) for holds, name, label in offered if holds]


def _waits_for_receipt(lead: Lead) -> Any:
    return (
        lead.state in (LeadState.REFERRED, LeadState.ARCHIVED)
        and lead.referrals.filter(round=lead.round, received_on=None).exists()
    )
