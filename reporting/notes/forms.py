"""The line that a unit writes."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

from django import forms

from reporting.notes.models import LONGEST

WEEKDAYS = "一二三四五六日"


class NoteForm(forms.Form):
    """One line on one of `days`, the first of which is today."""

    submission = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    words = forms.CharField(
        label="一句话",
        max_length=LONGEST,
        help_text=f"写做了什么，最多 {LONGEST} 字。不写举报人、被反映人和其他人的姓名、电话，"
        "不写线索内容，不写涉密内容。",
        error_messages={"required": "请写一句话。"},
        widget=forms.TextInput(attrs={"autocomplete": "off", "enterkeyhint": "send"}),
    )
    day = forms.TypedChoiceField(
        label="日期",
        coerce=dt.date.fromisoformat,
        error_messages={"invalid_choice": "只能写本周内、今天或以前的日期，请重新选择。"},
    )
    block = forms.ChoiceField(
        label="板块",
        required=False,
        help_text="写周报时，这一句归到这个板块。",
        error_messages={"invalid_choice": "填报表单里没有这个板块，请重新选择。"},
    )

    def __init__(
        self, *args: Any, days: list[dt.date], blocks: Iterable[str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["day"].choices = [(day.isoformat(), _label(day, days[0])) for day in days]
        self.fields["block"].choices = [("", "不归板块"), *((block, block) for block in blocks)]


def _label(day: dt.date, today: dt.date) -> str:
    name = {0: "今天 ", 1: "昨天 "}.get((today - day).days, "")
    return f"{name}{day.month}月{day.day}日（周{WEEKDAYS[day.weekday()]}）"
