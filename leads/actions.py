"""What a person can do with a lead besides the next step: the menu of its page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from departments.models import Account
from leads.conflicts.permissions import can_recuse
from leads.machine import LEAD
from leads.models import Lead
from leads.permissions import can_handle
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
    names: list[tuple[str, str]] = []
    if can_handle.test(user, lead):
        if lead.state in WITH_UNITS:
            names.append(("add_units", "加派单位"))
        if lead.is_open:
            names.append(("split", "拆分"))
        if lead.reporter_kind == ReporterKind.NAMED and lead.state in CONTACTABLE:
            names.append(("follow_up", "记录回访"))
        if _waits_for_receipt(lead):
            names.append(("receipt", "登记移送回执"))
    if can_recuse.test(user, lead):
        names.append(("recuse", "申请回避"))
    names += [(verb, label) for verb, label in STEPS.items() if verb in verbs]
    return [Action(label, reverse(f"leads:{name}", args=[lead.number])) for name, label in names]


def _waits_for_receipt(lead: Lead) -> Any:
    return (
        lead.state in (LeadState.REFERRED, LeadState.ARCHIVED)
        and lead.referrals.filter(round=lead.round, received_on=None).exists()
    )
