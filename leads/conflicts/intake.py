"""What a person is told who logs a lead that is then kept from them, or from the office."""

from __future__ import annotations

from departments.models import Account
from leads.models import Lead
from leads.permissions import is_barred
from leads.services.telling import office_of


def kept_away_words(lead: Lead, user: Account) -> str:
    """Where the lead goes instead; empty when `user` goes on seeing it and the office has it."""
    if not office_of(lead).exists():
        return (
            f"线索 {lead.number} 涉及扫黑办，扫黑办整体回避，平台内不再流转。"
            "已通知镇领导和纪委按书面程序办理，请将书面材料直接交镇领导或纪委。"
        )
    if is_barred.test(user, lead):
        return (
            f"线索 {lead.number} 反映的单位或人员与您或您的单位有关，按回避规定，"
            "您不再看到这条线索，由扫黑办的其他人员办理。"
        )
    return ""
