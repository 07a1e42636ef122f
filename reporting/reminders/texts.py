"""The words of reminders: what they may name, and how they are checked. Nothing of a lead."""

from __future__ import annotations

from django.core.exceptions import ValidationError

from leads.naming import names_a_lead
from pages import places

#: What a text may name, and what stands there in the message.
PLACES = {
    "单位": "欠报的单位",
    "周次": "如 2026年第47周（11月21日—11月27日）",
    "状态": "周报目前的状态，如“未报”“草稿”“待签”",
    "截止时间": "如 11月27日 12:00",
}


def check(text: str) -> None:
    """Raise ValidationError for a place that no reminder knows, or a lead that is named.

    A reminder goes to everybody who owes a report.
    """
    places.check(text, PLACES, "单位")
    if names_a_lead(text):
        raise ValidationError("催报消息发给所有欠报单位，不得写线索编号和线索内容。")
